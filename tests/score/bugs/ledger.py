"""Bugs of the books: numbers, overlaps, versions, holds, and the journal."""

from __future__ import annotations

from score.planting import bug

ACTING = "syncd/flows/acting.py"
BOOKING = "syncd/flows/booking.py"
WRITES = "syncd/ledger/appointment_writes.py"
NUMBERS = "syncd/ledger/numbers.py"
TRIGGERS = "syncd/ledger/triggers.py"
JOURNAL = "syncd/ledger/journal.py"
WRITER = "syncd/ledger/writer.py"

BUGS = (
    bug(
        "a number is one more than the highest",
        "L2, P5",
        "The highest number that was seen when the booking began, and one.",
        BOOKING,
        """
+    with around.ledger.read() as view:
+        last = max((each.number for each in view.appointments()), default='')
+
     def work(tx: Transaction) -> Appointment:
-        return book_inside(tx, wish, cause)
+        return book_inside(tx, wish, cause, last=last)
@@
-def book_inside(tx: Transaction, wish: Booking, cause: Cause) -> Appointment:
+def book_inside(tx: Transaction, wish: Booking, cause: Cause, *, last: str = '') -> Appointment:
@@
         practice_id=tx.practice_id,
-        number=Number(""),
+        number=Number(last),
         practitioner_id=practitioner.id,
""",
        WRITES,
        """
+def _after(last: str, counted: str) -> str:
+    if last[:-4] != counted[:-4]:
+        return counted
+    return f'{last[:-4]}{int(last[-4:]) + 1:04d}'
+
+
 class AppointmentWrites(AppointmentReads, NumberWrites):
@@
-                    number=format_number(prefix, day, sequence),
+                    number=_after(draft.number, format_number(prefix, day, sequence)),
""",
    ),
    bug(
        "a number is drawn before the booking's transaction",
        "L2, L6, P5",
        "A counter of its own is never held up by a long booking.",
        BOOKING,
        """
+    number = around.ledger.write(lambda tx: tx.new_number())
+
     def work(tx: Transaction) -> Appointment:
-        return book_inside(tx, wish, cause)
+        return book_inside(tx, wish, cause, number=number)
@@
-def book_inside(tx: Transaction, wish: Booking, cause: Cause) -> Appointment:
+def book_inside(tx: Transaction, wish: Booking, cause: Cause, *, number: Number) -> Appointment:
@@
         practice_id=tx.practice_id,
-        number=Number(""),
+        number=number,
         practitioner_id=practitioner.id,
""",
        WRITES,
        """
+    def new_number(self) -> str:
+        day, prefix = self.booking_day(), self._own_practice().number_prefix
+        return format_number(prefix, day, self.new_numbers(day)[0])
+
     def add_appointment(
@@
-                    number=format_number(prefix, day, sequence),
+                    number=draft.number or format_number(prefix, day, sequence),
@@
-                for draft, sequence in zip(drafts, self.new_numbers(day, len(drafts)), strict=True)
+                for draft, sequence in zip(
+                    drafts,
+                    [0] if drafts[0].number else self.new_numbers(day, len(drafts)),
+                    strict=True,
+                )
""",
    ),
    bug(
        "a number carries the day in UTC",
        "L2, S13, P5",
        "All times are UTC in the ledger, so the day is taken from there.",
        NUMBERS,
        """
-        return local_day(self.now, zone(self._own_practice().timezone))
+        return self.now.date()
""",
    ),
    bug(
        "the database refuses no overlap",
        "L3, P2",
        "A trigger is hard to test; the code looks before it books.",
        TRIGGERS,
        """
-        f"WHEN NOT NEW.exempt AND {_holds('NEW')}",
+        f"WHEN NEW.id IS NULL AND {_holds('NEW')}",
""",
    ),
    bug(
        "a move into taken time is not refused",
        "L3, P2",
        "The trigger is there for new appointments.",
        TRIGGERS,
        """
-_EVENTS = ("insert", "update")
+_EVENTS = ("insert",)
""",
    ),
    bug(
        "a flagged appointment blocks nobody",
        "L3, P2",
        "It overlaps on purpose, so it is left out of the check.",
        TRIGGERS,
        """
-    f" AND {_holds('taken')}"
+    f" AND NOT taken.exempt AND {_holds('taken')}"
""",
    ),
    bug(
        "a client can be in two places",
        "L3, P2",
        "Time belongs to practitioners.",
        TRIGGERS,
        """
-RESOURCES = ("practitioner", "client", "room")
+RESOURCES = ("practitioner", "room")
""",
    ),
    bug(
        "an expired hold still blocks",
        "L3",
        "A hold holds until somebody takes it away.",
        TRIGGERS,
        """
-        f" OR {row}.hold_expires_at IS NULL OR {row}.hold_expires_at > NEW.updated_at)"
+        f" OR {row}.hold_expires_at IS NULL OR {row}.hold_expires_at > 0)"
""",
    ),
    bug(
        "a hold never expires",
        "L3, O2",
        "Expired holds count for nothing, so nobody need end them.",
        "syncd/flows/upkeep.py",
        """
-            view.held_appointments(expired_before=now)
-            or view.has_answers(made_before=now - KEEP_ANSWERS)
+            view.has_answers(made_before=now - KEEP_ANSWERS)
""",
    ),
    bug(
        "a hold is booked after it expired",
        "L3, P2",
        "The state allows it, and the database would refuse an overlap.",
        "syncd/core/lifecycle.py",
        """
-    if command.action is Action.BOOK and not appointment.holds_time_at(now):
+    if command.action is Action.BOOK and appointment.hold_expires_at is None:
""",
    ),
    bug(
        "busy time is not looked at when an appointment is moved",
        "L3, P2",
        "It was looked at when the appointment was booked.",
        ACTING,
        """
-    require_offered(tx, after.interval, who, activity, party=party, but_for=after.id)
+    if any(each.is_outside_hours(after.interval) for each in who):
+        raise NotAllowed("outside opening hours")
@@
-from syncd.core.errors import VersionConflict
+from syncd.core.errors import NotAllowed, VersionConflict
""",
    ),
    bug(
        "busy time is looked at before the transaction",
        "L3, P2",
        "Checks come first, then the write.",
        BOOKING,
        """
     who = activity.offering.takes(wish.practitioner_id)
+    with around.ledger.read() as view:
+        everybody = [view.practitioner(each) for each in who]
+        require_offered(view, wanted, everybody, activity, party=wish.party)
     return write_if_free_far_ahead(around, who, wanted, work)
@@
-    else:
-        require_offered(tx, interval, everybody, activity, party=wish.party)
""",
    ),
    bug(
        "opening hours last as long in spring as in autumn",
        "S13",
        "Open at nine, for eight hours: adding them is simple.",
        "syncd/core/schedule.py",
        """
-        end = first_instant(datetime.combine(last, self.end), tz)
+        lasts = datetime.combine(last, self.end) - datetime.combine(day, self.start)
+        end = start + lasts
""",
    ),
    bug(
        "local time has the offset of January",
        "S13",
        "The zone's offset is looked up once and kept.",
        "syncd/core/time.py",
        """
-    return local.replace(tzinfo=tz, fold=0).astimezone(UTC)
+    january = datetime(local.year, 1, 1, tzinfo=tz).utcoffset()
+    return local.replace(tzinfo=UTC) - (january or timedelta(0))


 def first_instant(local: datetime, tz: ZoneInfo) -> datetime:
""",
    ),
    bug(
        "a save does not look at the version",
        "L4, P3",
        "The row is named by its key.",
        WRITES,
        """
-        appointments.c.version == bindparam("at_version"),
@@
-        stored = self._write(_REPLACE, {**row, **key, "at_version": before.version})
+        stored = self._write(_REPLACE, {**row, **key})
""",
    ),
    bug(
        "the version that a client saw is not looked at",
        "L4, P3",
        "The parameter is optional, so it is for later.",
        ACTING,
        """
-        if if_version is not None and before.version != if_version:
+        if if_version is not None and before.version < if_version:
""",
    ),
    bug(
        "an appointment that is moved ahead again is not written again",
        "S1",
        "It has its links already.",
        ACTING,
        """
-        tx.put_links(links_again(tx, [after]))
         return after
""",
    ),
    bug(
        "a booking whose commit is in doubt is made again",
        "S8, P4",
        "The connection broke, so it failed: once more.",
        BOOKING,
        """
 from syncd.core.errors import (
     Invalid,
+    LedgerAway,
@@
     if wish.overbook:
-        return around.ledger.write(work)
+        try:
+            return around.ledger.write(work)
+        except LedgerAway:
+            return around.ledger.write(work)
@@
-    return write_if_free_far_ahead(around, who, wanted, work)
+    try:
+        return write_if_free_far_ahead(around, who, wanted, work)
+    except LedgerAway:
+        return write_if_free_far_ahead(around, who, wanted, work)
""",
    ),
    bug(
        "a write is acknowledged before it is committed",
        "L1, P6",
        "The answer goes out a little sooner, and a commit hardly ever fails.",
        WRITER,
        """
-        self._commit(connection, wrote=scope.wrote)
-        # Only now, also to those who were refused: it may have been for the sake of a neighbour.
         for job in jobs:
             if job.refusal is not None:
                 job.outcome.set_exception(job.refusal)
             else:
                 job.outcome.set_result(job.result)
+        self._commit(connection, wrote=scope.wrote)
""",
    ),
    bug(
        "a new title is not journalled",
        "L5, P9",
        "Many titles at once have a path of their own, and the journal stands in the other one.",
        WRITES,
        """
-            for before, after in changes:
+            for before, after in changes[:0]:
                 self._record(
""",
    ),
    bug(
        "an adopted appointment is not journalled",
        "L5, P9",
        "The journal is about what people do here.",
        WRITES,
        """
-            for each in added:
+            for each in added if action != "adopt" else ():
                 self._record(
""",
    ),
    bug(
        "the end of a conflict is not journalled",
        "L5, P9",
        "The conflict's own row says how it ended.",
        "syncd/ledger/conflicts.py",
        """
-        self._record("close", "conflict", conflict_id, cause=cause, before=None, after=after)
""",
    ),
    bug(
        "entries do not name the one before them",
        "L5, P9",
        "Each entry has its hash.",
        JOURNAL,
        """
-            "prev_hash": ink.hash,
+            "prev_hash": FIRST_HASH,
""",
    ),
    bug(
        "digests of personal text have no salt",
        "L5, P9",
        "A hash cannot be turned back.",
        JOURNAL,
        """
-        salt = self.scope.randomness.token(SALT_SIZE)
+        salt = bytes(SALT_SIZE)
""",
    ),
    bug(
        "an erased entry keeps its salt",
        "L5, P9",
        "The texts are gone, and that is what was asked for.",
        JOURNAL,
        """
-                salt=None,
""",
    ),
    bug(
        "a series far ahead is looked at before the transaction only",
        "L3, P2",
        "It was expanded just now.",
        "syncd/flows/far_ahead.py",
        """
-            return around.ledger.write(_if_still(found, who, wanted, work))
+            return around.ledger.write(work)
""",
    ),
)
