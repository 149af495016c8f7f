"""Bugs that an oracle with wide excuses let pass: each was planted once and not found."""

from __future__ import annotations

from score.planting import bug

FINDINGS = "syncd/flows/findings.py"
OBSERVE = "syncd/flows/observe.py"
PUSH = "syncd/flows/push.py"

BUGS = (
    bug(
        "a moved overbooking stays exempt",
        "L3, P2",
        "Who was overbooked once was meant to be, so the flags are kept.",
        "syncd/flows/acting.py",
        """
-    flags = after.flags.difference(moved)
+    flags = after.flags.difference(moved[2:])
""",
    ),
    bug(
        "a round writes as its calendar was configured when it began",
        "S7, P10",
        "The round works with one picture, and the configuration is part of it.",
        PUSH,
        """
-        if is_suspended or tx.calendar(calendar_id) != self.scene.calendar:
+        if is_suspended:
""",
    ),
    bug(
        "a new name while the old one is written is lost",
        "S1",
        "What was planned is what is wanted, unless the appointment changed.",
        "syncd/flows/wanted.py",
        """
-    return (planned.version, planned.client) == (now.version, now.client)
+    return planned.version == now.version
""",
    ),
    bug(
        "a new name is told with the next move",
        "S1",
        "Who is meant is known by the number.",
        "syncd/flows/people.py",
        """
-            tx.nudge(tx.rewrite_client(client_id))  # a title may name them
+            pass
""",
    ),
    bug(
        "a change of length is no move",
        "S4, S13",
        "An appointment is known by when it starts.",
        "syncd/core/merge.py",
        """
-    return (before.start, before.end) != (after.start, after.end)
+    return before.start != after.start
""",
    ),
    bug(
        "the horizon never rolls",
        "L3",
        "Busy time is expanded when an event is read; there is no need to do it again.",
        "syncd/flows/remembering.py",
        """
-    rolls = has_to_roll(state.horizon_until, now)
+    rolls = state.horizon_until is None
""",
    ),
    bug(
        "failing calendars may take every place",
        "O1",
        "Whoever waits longest comes first; that is fair.",
        "syncd/daemon/timetable.py",
        """
-        if each.failing and for_failing <= 0:
-            continue
""",
    ),
    bug(
        "an event that is called off goes on taking its time",
        "S12, L3",
        "Its status says it all.",
        "syncd/core/push.py",
        """
-        transparent=True,
+        transparent=None,
""",
    ),
    bug(
        "only the practitioner is asked when an appointment is moved",
        "L3, P2",
        "Clients and rooms were looked at when it was booked.",
        "syncd/ledger/triggers.py",
        """
+        if event == "update" and resource != "practitioner":
+            continue
         if event == "update":
""",
    ),
    bug(
        "only the first batch asks whether the calendar was suspended",
        "P7",
        "Once a round is under way it had better be finished.",
        "syncd/flows/apply.py",
        """
-        if begin is not None:
+        if begin is not None and batch is batches[0]:
             begin(tx)
""",
    ),
    bug(
        "a lease is taken from whoever holds it",
        "S9",
        "If it is held by another name, that one must be an old process.",
        "syncd/flows/leases.py",
        """
-            if holder is not None and around.has_ended(holder):
+            if holder is not None:
""",
    ),
    bug(
        "the journal's entry says the new state twice",
        "L5, P9",
        "The object was at hand under both names.",
        "syncd/ledger/appointment_writes.py",
        """
-                before=snapshot(before),
+                before=snapshot(after),
                 after=snapshot(after),
             )
         return after
""",
    ),
    bug(
        "a stranger's event becomes the one that an appointment lost",
        "S3, S12",
        "The same identity must be the same event, wherever it stands.",
        "syncd/core/matching.py",
        """
-    if is_known_as_foreign(picture, event):
-        return None
     moved = displaced.get(event.uid)
""",
    ),
    bug(
        "busy time across the horizon is not looked for",
        "L3",
        "What begins before the horizon is known already.",
        "syncd/flows/far_ahead.py",
        """
-        if until is None or until < wanted.end:
+        if until is None or until < wanted.start:
""",
    ),
    bug(
        "a series ends with its first occurrence",
        "L3",
        "An event ends when its end says.",
        "syncd/core/pull.py",
        """
-        ends_at=None if event.recurring else interval.end,
+        ends_at=interval.end,
""",
    ),
    bug(
        "what moves outside the opening hours is not flagged",
        "S13",
        "The flag is set when it is adopted.",
        "syncd/core/pull_linked.py",
        """
-    if scene.is_outside_hours(interval, appointment.practitioners):
-        flags |= {Flag.OUTSIDE_HOURS}
     adopted = pair.link.origin is Origin.ADOPTED
""",
    ),
    bug(
        "every poll lists the whole calendar",
        "O1",
        "A listing is the truth, and it is fast enough on the test server.",
        OBSERVE,
        """
-    if resumes and not (in_full or overdue or state.doubt):
+    if resumes and in_full and not (overdue or state.doubt):
""",
    ),
    bug(
        "what left its place did not go anywhere",
        "S5",
        "The old place was asked for, and nothing is there.",
        FINDINGS,
        """
-                if place is not None:
+                if False:
""",
    ),
)
