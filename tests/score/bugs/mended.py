"""Bugs that the engine had, and that a history showed: each is undone once more."""

from __future__ import annotations

from score.planting import bug

APPLY = "syncd/flows/apply.py"
FAR_AHEAD = "syncd/flows/far_ahead.py"
FINDINGS = "syncd/flows/findings.py"
OBSERVE = "syncd/flows/observe.py"
PICTURE = "syncd/flows/picture.py"
PUSH = "syncd/flows/push.py"

BUGS = (
    bug(
        "a burnt identity waits for another day",
        "S1",
        "One more failed try is one more failed try.",
        PUSH,
        """
-        attempts = link.attempts + 1 if link.attempts < MANY_ATTEMPTS else MANY_ATTEMPTS - 1
+        attempts = link.attempts + 1
""",
    ),
    bug(
        "what was refused is tried at every listing",
        "S2, O1",
        "A listing is the time to try everything.",
        "syncd/flows/sync.py",
        """
-        patient = found.in_full or (listed_anew and not found.state.doubt)
+        patient = True
""",
    ),
    bug(
        "a title is asked of a calendar that takes none",
        "S2",
        "A publish calendar gets its title back, wherever it is.",
        "syncd/core/push.py",
        """
-    if wanted is None or not scene.takes_titles:
+    if wanted is None:
""",
    ),
    bug(
        "an event that was brought back before it was written anew is a stranger's",
        "S8",
        "Only an event that we are about to make can be one whose making we did not hear of.",
        PICTURE,
        """
-        and (link.intended is not None or _lives(marked[link.appointment_id]))
+        and link.intended is not None
""",
    ),
    bug(
        "of several events with one mark the last counts",
        "S3",
        "A mark is unique, so it can be a key.",
        PICTURE,
        """
-    for event in sorted(strangers, key=lambda each: (not _is_named_by_us(each, scene), each.ref)):
+    for event in sorted(strangers, key=lambda each: (_is_named_by_us(each, scene), each.ref)):
""",
    ),
    bug(
        "what an answer does not show is deleted already",
        "S3",
        "It was to be deleted, and it is not there: done.",
        PUSH,
        """
-                return Gone()  # or an old answer does not show it yet: the next look tells
+                return Done()
""",
    ),
    bug(
        "a moved event of unknown creation is a new appointment",
        "S3",
        "Its appointment was cancelled, so somebody must have brought it back.",
        "syncd/core/matching.py",
        """
-    brought_back = lost.appointment.is_over and lost.link.intended is None
+    brought_back = lost.appointment.is_over
""",
    ),
    bug(
        "a horizon that a wrong clock set is believed",
        "L3",
        "It reaches far enough, and that is all that matters.",
        "syncd/flows/rolling.py",
        """
-    return not BUSY_UNTIL - ROLL_BEFORE <= known_until - now <= BUSY_UNTIL + CLOCKS_DIFFER_BY
+    return not BUSY_UNTIL - ROLL_BEFORE <= known_until - now
""",
    ),
    bug(
        "a link ends for an appointment that was moved ahead meanwhile",
        "S1",
        "The event is gone, whatever became of the appointment.",
        APPLY,
        """
-    if any(current[step.before.id].version != step.before.version for step in ending):
+    if any(step.before.id not in current for step in ending):
""",
    ),
    bug(
        "a foreign event at a place that a link leaves is forgotten with it",
        "L3, S3",
        "The moves come first, in a transaction of their own.",
        APPLY,
        """
-    taking = sum(_place(step) in left for step in rest)
+    taking = 0
""",
    ),
    bug(
        "a calendar that was never read has nothing far ahead",
        "L3",
        "Without a horizon there is nothing beyond it.",
        FAR_AHEAD,
        """
-        if until is None or until < wanted.end:
+        if until is not None and until < wanted.end:
""",
    ),
    bug(
        "a series that nobody can expand any more is free",
        "L3",
        "What cannot be expanded takes no time that anybody knows of.",
        FAR_AHEAD,
        """
-        elif calendar.id in unknown:
-            found.append((calendar, unknown[calendar.id]))
""",
    ),
    bug(
        "a calendar that is switched on again stays without its events",
        "S1",
        "Only another mode means another set of events.",
        "syncd/flows/practice.py",
        """
-    if {"mode", "active"} & set(change.fields) and calendar.mode.writes:
+    if "mode" in change.fields and calendar.mode.writes:
""",
    ),
    bug(
        "an old answer counts as none",
        "S1",
        "What is older than what is known says nothing.",
        OBSERVE,
        """
             if before is not None and _is_old(answer, before, said):
-                found.unresolved.add(ref)
-                continue
+                answer = None
""",
    ),
    bug(
        "what is never shown holds everything up",
        "S11, S6",
        "As long as something could not be read, the calendar was not read.",
        FINDINGS,
        """
-        if known is None or (known.awaits, known.version) != (awaits, said):
-            self.unresolved.add(ref)
+        self.unresolved.add(ref)
""",
    ),
    bug(
        "a mirror stays one whatever becomes of its appointment",
        "L3, P2",
        "It has no news, so nothing about it has changed.",
        OBSERVE,
        """
-    stale = view.stale_mirrors(calendar_id, scene.practitioner.id)
+    stale = ()
""",
    ),
    bug(
        "a late update brings a called-off event back for good",
        "S3",
        "Who brings an event back wants it there, in whatever calendar.",
        "syncd/core/merge.py",
        """
-    if base is not None and base.cancelled and not shows_only:
+    if base is not None and base.cancelled:
""",
    ),
    bug(
        "an event that replaced another is known by the old one's identity",
        "S5, P7",
        "The link says which event it is, and that has not changed.",
        PUSH,
        """
-            uid=Uid("") if is_replaced else step.link.uid,
+            uid=step.link.uid,
""",
    ),
    bug(
        "a series in conflict does not roll on",
        "L3, P2",
        "What was looked at in this round takes its time already.",
        "syncd/flows/rolling.py",
        """
-        found = expanded.get(ref)
+        found = expanded.get(ref)
+        if ref in read:
+            continue
""",
    ),
    bug(
        "what was intended first is forgotten",
        "S7, S1",
        "What is intended now is what will be there.",
        "syncd/core/appointment.py",
        """
-        return replace(self, intended=wish, unanswered=before if wish is not None else ())
+        return replace(self, intended=wish, unanswered=before[:0])
""",
    ),
    bug(
        "what an event says is not compared with what is wanted of it",
        "S7",
        "It was asked to be tentative, and nobody told us that it is not any more.",
        "syncd/core/pull_linked.py",
        """
-        tentative=is_tentative if base is None or is_told else base.tentative,
+        tentative=is_tentative if base is None else base.tentative,
""",
    ),
    bug(
        "what an event is continued by is not followed",
        "S5",
        "The change feed names everything that is new.",
        OBSERVE,
        """
-    _follow(provider, found)
""",
    ),
    bug(
        "of an event and its copy the first by name is taken",
        "S8",
        "They have one UID, so they are the same.",
        "syncd/core/matching.py",
        """
-    return event.uid not in event.ref
+    return False
""",
    ),
)
