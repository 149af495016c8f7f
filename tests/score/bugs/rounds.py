"""Bugs of order: transactions, cursors, leases, and what one round leaves behind for the next."""

from __future__ import annotations

from score.planting import bug

SYNC = "syncd/flows/sync.py"
ADOPTING = "syncd/flows/adopting.py"
APPLY = "syncd/flows/apply.py"
REMEMBERING = "syncd/flows/remembering.py"
STATES = "syncd/ledger/states.py"

BUGS = (
    bug(
        "the cursor is stored before the changes are applied",
        "S6, P6",
        "Reading and applying are two steps, and the first one ends with its cursor.",
        SYNC,
        """
     if plan.pull or after != found.state:
+        def first(tx: Transaction) -> None:
+            tx.require_fence(found.scene.calendar.id, mandate.fence)
+            require_unmoved(tx, found)
+            store(tx, found, after, expanded)
+
+        around.ledger.write(first)
         apply_pull(
@@
-            begin=lambda tx: require_unmoved(tx, found),
-            finish=lambda tx: store(tx, found, after, expanded),
""",
    ),
    bug(
        "the cursor is stored with the first batch",
        "S6, P6",
        "It has to go with some transaction.",
        APPLY,
        """
-        if last and finish is not None:
+        if finish is not None:
""",
    ),
    bug(
        "a failed round clears the doubt",
        "S6, S1",
        "The next round begins with a clean slate.",
        SYNC,
        """
                 error=str(exc),
-                doubt=True,
+                doubt=False,
""",
    ),
    bug(
        "a calendar is fresh although it could not be read",
        "O6, P7",
        "The round began now, and that is how old the picture is.",
        SYNC,
        """
+        tally.fresh_at = around.clock.now()
         found = look(around, provider, calendar_id, in_full=in_full)
-        tally.fresh_at = found.scene.now
""",
    ),
    bug(
        "a calendar that asks for patience is asked again at once",
        "O1",
        "Our own pauses are long enough.",
        SYNC,
        """
-    return max(pause, min(asked, timedelta(days=1))) if asked is not None else pause
+    return pause
""",
    ),
    bug(
        "a forbidden calendar ends the whole pass",
        "S11",
        "Only what may pass by itself is caught here.",
        SYNC,
        """
-    except (Unavailable, Refused) as exc:
+    except Unavailable as exc:
         failure, code, error = exc, exc.code, str(exc)
""",
    ),
    bug(
        "a suspended calendar is synced",
        "P7, O6",
        "The scheduler leaves it out, so nobody need look again.",
        SYNC,
        """
-        suspended = _suspension(around, calendar_id)
+        suspended = None
@@
-        if found.state.suspended_at is not None:
-            return _why_suspended(found.state)
""",
    ),
    bug(
        "a round writes its state over what a person did meanwhile",
        "P7, O6",
        "The round holds the lease, so the state is its own.",
        REMEMBERING,
        """
-    if not is_same_state or tx.calendar(scene.calendar.id) != scene.calendar:
+    if tx.calendar(scene.calendar.id) != scene.calendar:
""",
    ),
    bug(
        "a nudge during a round is taken for served",
        "S1, W4",
        "The round has just been done, so all that waited for it is served.",
        STATES,
        """
-                nudges_served=state.nudges,
+                nudges_served=row.nudges,
""",
    ),
    bug(
        "a link that changed under the plan is overwritten",
        "S4, S9",
        "The appointment's version is compared, which is enough.",
        APPLY,
        """
-        if [replace(each, base=None) for each in known] != [replace(before, base=None)]:
+        if len(known) > 1:
""",
    ),
    bug(
        "one batch applies steps in any order",
        "S4, S3",
        "The steps are independent of each other.",
        APPLY,
        """
-    _leave_places(tx, picture.scene, changes)
     simple = [step for step in changes if _is_simple(step)]
""",
    ),
    bug(
        "the fence is never checked",
        "S9",
        "Whoever has the lease may write, and it was taken a moment ago.",
        STATES,
        """
-        if current != fence:
+        if current is None:
""",
    ),
    bug(
        "a lease is judged by the clock and not by its fence",
        "S9",
        "It says until when it is good, so that is compared with the time.",
        STATES,
        """
-            select(_s.fence)
+            select(_s.lease_until)
             .where(_s.practice_id == self.practice_id, _s.calendar_id == calendar_id)
             .with_for_update()
         ).scalar_one_or_none()
-        if current != fence:
+        if current is not None and current <= self.now:
""",
    ),
    bug(
        "whoever takes a lease gets the same fence",
        "S9",
        "The node's name stands beside it, so a number that counts up looks superfluous.",
        STATES,
        """
-            .values(lease_node=node, lease_until=self._lease_end(ttl), fence=_s.fence + 1)
+            .values(lease_node=node, lease_until=self._lease_end(ttl), fence=_s.fence)
""",
    ),
    bug(
        "the outcome of a write is stored without the fence",
        "S9",
        "The write has been made; now it must be noted in any case.",
        "syncd/flows/push.py",
        """
-        tx.require_fence(self.scene.calendar.id, self.mandate.fence)
""",
    ),
    bug(
        "a pull is applied without the fence",
        "S9",
        "The fence is for writes to the calendar, and this writes to the ledger.",
        APPLY,
        """
-    tx.require_fence(picture.scene.calendar.id, mandate.fence)
""",
    ),
    bug(
        "a node lets go of a lease that it lost",
        "S9",
        "A round that ends frees its calendar.",
        STATES,
        """
                 _s.calendar_id == calendar_id,
-                _s.lease_node == node,
             )
             .values(**freed, **({"last_read_at": fresh_at} if fresh_at else {}))
""",
    ),
    bug(
        "an adopted appointment is not told to the other calendars",
        "S1",
        "It came from a calendar, so it is in the calendar.",
        ADOPTING,
        """
-    elsewhere = links_for(tx, added, but_for=calendar_id)
+    elsewhere = links_for(tx, [], but_for=calendar_id)
""",
    ),
    bug(
        "an adopted event is answered by one of ours",
        "S3, S7",
        "A new appointment gets a link to each calendar of its practitioner.",
        ADOPTING,
        """
-    elsewhere = links_for(tx, added, but_for=calendar_id)
+    elsewhere = links_for(tx, added)
""",
    ),
    bug(
        "a first reading that broke off leaves its series as they are",
        "L3, P2",
        "There was no horizon yet, so nothing has to roll.",
        "syncd/flows/remembering.py",
        """
-    if after.horizon_until != found.state.horizon_until:
+    if found.state.horizon_until not in (None, after.horizon_until):
""",
    ),
)
