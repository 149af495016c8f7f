"""Bugs of judgement: whose version stands, what is a conflict, and what the brake lets pass."""

from __future__ import annotations

from score.planting import bug

MERGE = "syncd/core/merge.py"
DISPUTE = "syncd/flows/dispute.py"
VANISHED = "syncd/core/pull_vanished.py"

BUGS = (
    bug(
        "the calendar wins a double edit",
        "S4, P3",
        "Last writer wins, and the calendar was read last.",
        MERGE,
        """
     if base is None or (_moved(base, ledger) and _moved(base, remote)):
-        return Verdict.CONFLICT
+        return Verdict.TAKE
""",
    ),
    bug(
        "the loser of a double edit is dropped",
        "S4, P3",
        "The ledger is the truth, so what the calendar says against it needs no record.",
        MERGE,
        """
-    if time is Verdict.PUSH and (base is None or _moved(base, remote)):
-        overruled = ConflictField.TIME
-    elif title is Verdict.PUSH and (base is None or remote.title != base.title):
+    if title is Verdict.PUSH and (base is None or remote.title != base.title):
@@
     if base is None or (_moved(base, ledger) and _moved(base, remote)):
-        return Verdict.CONFLICT
+        return Verdict.PUSH
""",
    ),
    bug(
        "a move in the calendar that a rule overrules leaves no trace",
        "S4, P3",
        "A publish calendar only shows, so what was changed there is of no interest.",
        MERGE,
        """
-    if time is Verdict.PUSH and (base is None or _moved(base, remote)):
-        overruled = ConflictField.TIME
-    elif title is Verdict.PUSH and (base is None or remote.title != base.title):
+    if title is Verdict.PUSH and (base is None or remote.title != base.title):
""",
    ),
    bug(
        "a conflict does not keep the loser's body",
        "S4, P3",
        "The times are in the record; the whole event is a lot of text.",
        DISPUTE,
        """
-        remote_body=event.body if event is not None else "",
+        remote_body="",
""",
    ),
    bug(
        "the loser's time is free during a conflict",
        "L3, P2",
        "The ledger's time stands, and the other one is only a wish.",
        DISPUTE,
        """
-    blocks = interval if new.field is ConflictField.TIME and new.resolution is None else None
+    blocks = None
""",
    ),
    bug(
        "each look opens the conflict anew",
        "S2, O6",
        "A conflict has a fresh id, like every other row.",
        DISPUTE,
        """
-        id=same[0].id if same else ConflictId(""),
+        id=ConflictId(""),
""",
    ),
    bug(
        "a conflict stays open when both sides agree again",
        "O6, S1",
        "Only a person closes a conflict.",
        "syncd/core/outcome.py",
        """
-        return pair.conflicts, how if pair.conflicts else None
+        return (), how if pair.conflicts else None
""",
    ),
    bug(
        "a removal cancels what was moved meanwhile",
        "S4, P3",
        "Gone is gone: whoever removed it wanted the appointment cancelled.",
        MERGE,
        """
-            touched = base is None or _moved(base, ledger) or not _may_be_changed(ledger.status)
+            touched = base is None or not _may_be_changed(ledger.status)
""",
    ),
    bug(
        "what a phone prunes is cancelled",
        "S5, P7",
        "An event that vanished is an appointment that is cancelled, whenever it was.",
        MERGE,
        """
-    if gone and (ledger.end <= now or _has_happened(ledger.status)):
+    if gone and _has_happened(ledger.status):
""",
    ),
    bug(
        "a move here is lost when only here was moved",
        "S4, S1",
        "What the calendar shows is the newest, so it is taken.",
        MERGE,
        """
-    return Verdict.PUSH if policy.mode.writes else Verdict.KEEP
+    return Verdict.TAKE if policy.mode.writes else Verdict.KEEP


 def _merge_title(
""",
    ),
    bug(
        "a calendar's own title is overwritten after each edit there",
        "S4, P8",
        "Our event shall show our title.",
        MERGE,
        """
-        return Verdict.PUSH if policy.mode is Mode.PUBLISH else Verdict.KEEP
+        return Verdict.PUSH
""",
    ),
    bug(
        "an event in a publish calendar cancels when it is removed",
        "S5, P7",
        "One rule for all calendars.",
        "syncd/core/practice.py",
        """
-        return OnRemoteDelete.RESTORE if publish else OnRemoteDelete.CANCEL
+        return OnRemoteDelete.CANCEL if publish else OnRemoteDelete.CANCEL
""",
    ),
    bug(
        "a restored event waits for ever",
        "S1",
        "The link is pending, and pending ones are written.",
        VANISHED,
        """
-            return outcome, bare.next_generation()
+            return outcome, bare
""",
    ),
    bug(
        "a restored event comes back under its old name",
        "S8, S1",
        "It is the same appointment, so it is the same event.",
        VANISHED,
        """
-            return outcome, bare.next_generation()
+            return outcome, replace(bare, base=None, pushed_version=0)
""",
    ),
    bug(
        "a link that ended cancels its appointment",
        "S5, P7",
        "Nothing in the calendar stands for it any more.",
        VANISHED,
        """
             op = Op.NOTE if appointment.is_over else Op.UNLINK
+            if appointment.status.value in ('pending', 'booked'):
+                op, appointment = Op.CANCEL, cancelled(scene, appointment, why)
             outcome = Outcome(op=op, why=why, appointment=appointment, state=LinkState.GONE)
""",
    ),
    bug(
        "there is no brake",
        "S5, P7",
        "The practice was held up by it once, so somebody made it an option that is off.",
        "syncd/core/plan.py",
        """
-    refused = None if released else _why_refused(pull, picture, limits)
+    refused = None
""",
    ),
    bug(
        "the brake does not count busy time",
        "S5, P7",
        "It protects appointments.",
        "syncd/core/plan.py",
        """
-        if isinstance(step, ChangeLink | ChangeObject) and step.removed_while_live
+        if isinstance(step, ChangeLink) and step.removed_while_live
""",
    ),
    bug(
        "the brake does not count cancelled events",
        "S5, P7",
        "A cancelled event is still there, so nothing was removed.",
        "syncd/core/pull_linked.py",
        """
-        removed_while_live=settled.op is Op.CANCEL and pair.appointment.end > scene.now,
+        removed_while_live=False,
""",
    ),
    bug(
        "an emptied calendar passes the brake",
        "S5, P7",
        "A practice with three appointments was held up: a ratio and a count are rules enough.",
        "syncd/core/brake.py",
        """
-    if removals >= live >= limits.empty_from:
-        return f"all {live} events are gone at once"
""",
    ),
    bug(
        "an empty listing wipes the calendar",
        "S5, P7",
        "Whoever empties a calendar means it, and a listing names everything.",
        "syncd/core/brake.py",
        """
-    if removals >= live >= limits.empty_from:
-        return f"all {live} events are gone at once"
@@
-    allowed = limits.allows(live)
+    allowed = limits.allows(live) if removals < live else live
""",
        "syncd/flows/observe.py",
        """
     found.claims &= known.keys() - found.items.keys()
+    if changes.complete and not changes.changed:
+        found.proven, found.claims = found.claims, set()
""",
    ),
    bug(
        "a release lasts for ever",
        "S5, P7",
        "Nobody thought of taking it back.",
        "syncd/flows/remembering.py",
        """
-        released=False,
+        released=state.released,
""",
    ),
    bug(
        "a person's decision is only half written down",
        "S4, S1",
        "The conflict is closed; the link will sort itself out.",
        "syncd/flows/resolving.py",
        """
-            tx.put_links([agreed or _keep_ledger(conflict, link)])
+            tx.put_links([agreed or replace(link, state=LinkState.IN_SYNC)])
""",
    ),
)
