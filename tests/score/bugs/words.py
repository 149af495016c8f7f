"""Bugs of calendars that have the last word: what they say is missed, and what waits is told."""

from __future__ import annotations

from score.planting import bug

AWAITING = "syncd/core/awaiting.py"
PUSH = "syncd/flows/push.py"

BUGS = (
    bug(
        "what a calendar says to a booking is not heeded at once",
        "B2, P4",
        "The next look at the calendar finds the event, and there it is heeded.",
        PUSH,
        """
         refused = [each.step.appointment for each in sent if _is_refused(each)]
-        heed(tx, stored.values(), self.mandate.cause(here), refused=refused, by=here)
""",
    ),
    bug(
        "a booking that its calendar refused is kept",
        "B1, B2",
        "The calendar has spoken, so nothing is waited for any more.",
        AWAITING,
        """
     if any(each.calendar_id in refused_by for each in waiting):
-        return _over(_ended(appointment, now), waiting)
+        return _over(appointment, waiting)
""",
    ),
    bug(
        "other calendars are told while one has yet to say its word",
        "B4",
        "It takes its time already, so whoever looks at another calendar should see that.",
        "syncd/ledger/links.py",
        """
-                or_(links.c.awaited.is_not(None), ~awaited_anywhere(self.practice_id)),
""",
    ),
    bug(
        "whoever booked is answered before the calendar was",
        "B1",
        "The booking is durable, and its calendar is asked in a moment.",
        AWAITING,
        """
-    return Answer.WAIT if waits else Answer.MADE
+    return Answer.WAIT if waits and appointment.version > 1 else Answer.MADE
""",
    ),
    bug(
        "a mark stays on what needed no write",
        "B3",
        "Only what is sent is answered.",
        PUSH,
        """
-        heed(tx, [settled], self.mandate.cause(calendar_id), by=calendar_id)
""",
    ),
    bug(
        "silence is taken for a yes",
        "B2, B1",
        "Whoever waited shall not go without an appointment.",
        AWAITING,
        """
     if any(policies[each.calendar_id] is OnOutage.REFUSE for each in given_up):
-        return _over(_ended(appointment, now, why=NO_ANSWER), waiting)
+        return _over(_taken(appointment, waiting, now), waiting)
""",
    ),
)
