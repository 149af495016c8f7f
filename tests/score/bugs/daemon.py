"""Bugs of the daemon: what is due when, what it believes in, and what it leaves when it ends."""

from __future__ import annotations

from score.planting import bug

LEASES = "syncd/daemon/leases.py"
GUARD = "syncd/daemon/guard.py"
TIMETABLE = "syncd/daemon/timetable.py"
BOARD = "syncd/daemon/board.py"
ROUNDS = "syncd/daemon/rounds.py"
STATES = "syncd/ledger/states.py"

BUGS = (
    bug(
        "a lease is believed in by the wall clock",
        "S9, S13",
        "A lease says until when it is good, and that is a time of day.",
        LEASES,
        """
-        return self._clock.monotonic() + self.ttl.total_seconds()
+        return self._clock.now().timestamp() + self.ttl.total_seconds()
@@
-        if lease is not None and self._clock.monotonic() < lease.until:
+        if lease is not None and self._clock.now().timestamp() < lease.until:
@@
-        return lease is not None and lease.fence == fence and self._clock.monotonic() < lease.until
+        return lease is not None and lease.fence == fence and self._clock.now().timestamp() < lease.until
""",
    ),
    bug(
        "a lease is dated by the node's own clock",
        "S9, S13",
        "The node knows what time it is, so why ask the database.",
        "syncd/flows/leases.py",
        """
-        fence = tx.take_lease(calendar_id, around.node, ttl)
+        fence = tx.take_lease(calendar_id, around.node, ttl, at=around.clock.now())
""",
        STATES,
        """
-        self, calendar_id: CalendarId, node: str, ttl: timedelta, *, ended: str | None = None
+        self,
+        calendar_id: CalendarId,
+        node: str,
+        ttl: timedelta,
+        *,
+        ended: str | None = None,
+        at: datetime | None = None,
     ) -> int | None:
@@
-                    _s.lease_until <= self._lease_now(),
-                    _s.lease_until > self._lease_end(LONGEST_LEASE),
+                    _s.lease_until <= literal(at or self.now, UtcDateTime),
                 ),
@@
-            .values(lease_node=node, lease_until=self._lease_end(ttl), fence=_s.fence + 1)
+            .values(
+                lease_node=node,
+                lease_until=literal((at or self.now) + ttl, UtcDateTime),
+                fence=_s.fence + 1,
+            )
""",
    ),
    bug(
        "a calendar is written to without a sure lease",
        "S9",
        "The lease was sure when the round began.",
        GUARD,
        """
-        if not self._may_write():
-            raise LeaseLost("the lease may have passed to another node; nothing more is written")
""",
    ),
    bug(
        "a lease that another node took is believed in",
        "S9",
        "The heartbeat prolonged everything, so everything is held.",
        LEASES,
        """
-                if calendar_id in kept:
-                    self._held[calendar_id] = Lease(lease.fence, until)
+                self._held[calendar_id] = Lease(lease.fence, until)
+                if calendar_id in kept:
+                    continue
                 else:
-                    del self._held[calendar_id]
                     lost.add(calendar_id)
""",
    ),
    bug(
        "a calendar whose lease was lost is written to all the same",
        "S9",
        "The fence is checked where the ledger is written, so the calendar needs no check of its own.",
        ROUNDS,
        """
-            may_write=lambda: self._leases.is_sure(calendar_id, mandate.fence),
+            may_write=lambda: calendar_id in self._leases.held(),
""",
    ),
    bug(
        "a pause after a failure is not kept",
        "O1",
        "Somebody is waiting for this calendar, so it is tried at once.",
        TIMETABLE,
        """
-        if self.retry is not None:
+        if self.retry is not None and self.nudge is None:
             return max(self.retry.at, self.rest_until)
""",
    ),
    bug(
        "a failing calendar is polled like any other",
        "O1",
        "It is asked once a minute, which harms nobody.",
        TIMETABLE,
        """
-        if self.retry is not None:
-            return max(self.retry.at, self.rest_until)
""",
    ),
    bug(
        "a nudge is not looked at",
        "W4, S1",
        "Polling finds everything in the end.",
        TIMETABLE,
        """
-        asked = [each.at for each in (self.nudge, self.look) if each is not None]
+        asked = [each.at for each in (self.look,) if each is not None]
""",
    ),
    bug(
        "a calendar is polled at times of day",
        "S13",
        "The next poll is a time like any other.",
        BOARD,
        """
-        now, moment = self._clock.now(), self._clock.monotonic()
+        now, moment = self._clock.now(), self._clock.now().timestamp()
@@
-        moment = self._clock.monotonic()
+        moment = self._clock.now().timestamp()
         waiting = [
@@
-        moment = self._clock.monotonic()
+        moment = self._clock.now().timestamp()
         calendar, practitioner = self._known[calendar_id]
@@
-                self._clock.monotonic(), again_after=PAUSES.get(outcome.ending)
+                self._clock.now().timestamp(), again_after=PAUSES.get(outcome.ending)
""",
    ),
    bug(
        "a calendar that was released is not taken up again",
        "S1, O2",
        "What is suspended leaves the timetable.",
        BOARD,
        """
-        for key in known:
+        for key in known:
+            if sight.states[key].suspended_at is not None:
+                self._table[key] = Entry(poll_at=float("inf"))
+                continue
             entry = self._table.get(key, Entry())
""",
    ),
    bug(
        "a round that was broken off is forgotten",
        "O2, S1",
        "It will be polled again.",
        BOARD,
        """
-        self._running.pop(key, None)
+        if outcome.ending is Ending.REPORTED:
+            self._running.pop(key, None)
""",
    ),
    bug(
        "a provider outlives its calendar's configuration",
        "S3, P8",
        "Connections are dear, so they are kept.",
        ROUNDS,
        """
-            if (opened.calendar, opened.practitioner, opened.generation) == wanted:
+            if opened.calendar.id == order.calendar.id:
                 return opened.provider
""",
    ),
    bug(
        "a node that stops keeps its leases",
        "O2, O3",
        "They run out by themselves.",
        "syncd/daemon/loop.py",
        """
-            self.leases.release(self._watch.unsaid)
+            self.leases.held()
""",
    ),
    bug(
        "freshness is told of calendars that others hold",
        "O6",
        "What was read was read, whoever holds it now.",
        STATES,
        """
-            if calendar_id in held
+            if calendar_id
         ]
""",
    ),
    bug(
        "a halted round counts as failed",
        "O6, O3",
        "It did not end well.",
        ROUNDS,
        """
             case Halted():
                 ending = Ending.HALTED
+                self._start_afresh(order)
""",
    ),
)
