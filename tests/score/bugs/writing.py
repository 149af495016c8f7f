"""Bugs on the way out: what is sent to a calendar, under which condition, and what is noted of it."""

from __future__ import annotations

from score.planting import bug

PUSH = "syncd/flows/push.py"
PLAN = "syncd/core/push.py"

BUGS = (
    bug(
        "an update goes over whatever is there",
        "S4, P3",
        "Fetching the event again just before the write makes the endless 412s go away.",
        PUSH,
        """
-                before = self._before(step.link, step.link.ref)
+                found = self.provider.get_many([step.link.ref]).get(step.link.ref)
+                before = found if isinstance(found, RemoteEvent) else None
""",
    ),
    bug(
        "a conflict is retried with the new version",
        "S4, P3",
        "The server says which version it has now, so the write is simply sent again with that.",
        PUSH,
        """
                 result = self.provider.update(before, draft) if before else Conflict()
+                if isinstance(result, Conflict) and result.event is not None:
+                    result = self.provider.update(result.event, draft)
""",
    ),
    bug(
        "a delete carries no version",
        "S4, P3",
        "It shall go away in any case, so why ask which version it has.",
        PUSH,
        """
-            return self.provider.delete(ref, link.version)
+            return self.provider.delete(ref, Version(""))
""",
    ),
    bug(
        "a delete looks at no content",
        "S4, P3",
        "Servers whose versions mean nothing get a read and a delete; comparing looks superfluous.",
        PUSH,
        """
-            case RemoteEvent() as there if there.digest == link.digest:
+            case RemoteEvent() as there:
@@
-            case RemoteEvent() as there:
-                return Conflict(there)
""",
    ),
    bug(
        "each try to create has an identity of its own",
        "S8, P4",
        "A fresh UID for each request is what the examples of the libraries do.",
        PUSH,
        """
-                return _Sent(step=step, result=self.provider.create(draft))
+                fresh = replace(draft, uid=f"{draft.uid}-{self.provider.requests}", mark="")
+                return _Sent(step=step, result=self.provider.create(fresh))
""",
    ),
    bug(
        "a create without an answer is tried under another name",
        "S8, P4",
        "No answer means that it failed, and the name may be spoilt: take the next one.",
        PUSH,
        """
+            except Transient as exc:
+                if exc.ambiguous and step.op is Op.CREATE:
+                    sent.append(_Sent(step=step, result=KeyBurnt("no answer")))
+                failure = exc
+                break
             except Exception as exc:  # noqa: BLE001  raised again below, after the books are kept
""",
    ),
    bug(
        "an event of ours carries no mark",
        "S8, P4",
        "The UID says whose event it is, so a mark inside is one more thing that servers may drop.",
        PLAN,
        """
         status=EventStatus.TENTATIVE if tentative else EventStatus.CONFIRMED,
-        mark=appointment.id,
""",
    ),
    bug(
        "the base is stored before the write",
        "S1, S4",
        "One transaction less: note the new state first, then send it.",
        PUSH,
        """
-        tx.put_links([*settled, *(step.link.intends(step.base) for step in writes)])
+        noted = [
+            replace(each.link, base=each.base, pushed_version=each.appointment.version)
+            for each in writes
+        ]
+        tx.put_links([*settled, *noted])
""",
    ),
    bug(
        "the intent is not made durable",
        "S7, S8",
        "It is gone again a moment later, so the commit before the write looks like waste.",
        PUSH,
        """
-        tx.put_links([*settled, *(step.link.intends(step.base) for step in writes)])
+        tx.put_links(settled)
""",
    ),
    bug(
        "an edit during the write counts as written",
        "S1, S4",
        "The version is read when the outcome is stored: the newest is surely right.",
        PUSH,
        """
             state=LinkState.IN_SYNC,
-            pushed_version=step.appointment.version,
+            pushed_version=tx.appointment(step.appointment.id).version,
             attempts=0,
             problem=None,
         )
         if isinstance(found, RemoteEvent):
""",
    ),
    bug(
        "an old plan is written over a newer appointment",
        "S10, S7",
        "The plan was made a second ago; asking again whether it still holds is one query more.",
        PUSH,
        """
-            if is_as_planned(step.appointment, appointments[step.appointment.id])
+            if is_as_planned(step.appointment, step.appointment)
""",
    ),
    bug(
        "what is read back is taken for ours",
        "S4, P3",
        "We wrote it a moment ago, so what stands there is what we wrote.",
        PUSH,
        """
-        if isinstance(found, RemoteEvent) and is_answer(step, written, found):
+        if isinstance(found, RemoteEvent):
""",
    ),
    bug(
        "an event that was there already is not compared",
        "S4, P3",
        "It carries our identity, so it is the one that we wanted to create.",
        PUSH,
        """
-            case Adopted(event=event) | Conflict(event=RemoteEvent() as event):
+            case Adopted(event=event):
+                mine = replace(link, ref=event.ref, uid=event.uid, version=event.version)
+                mine = replace(mine, digest=event.digest, base=step.base, intended=None)
+                mine = replace(mine, pushed_version=step.appointment.version)
+                tx.put_links([replace(mine, state=LinkState.IN_SYNC)])
+                tx.put_remote_events([record_of(event, link.calendar_id, step.appointment)])
+                return True, False
+            case Conflict(event=RemoteEvent() as event):
""",
    ),
    bug(
        "an update of a vanished event is done with it",
        "S1, S5",
        "What is gone needs no update, so the link is closed like after a deletion.",
        PUSH,
        """
-            case Done():
+            case Done() | Gone():
@@
-            case Conflict() | Gone():
+            case Conflict():
""",
    ),
    bug(
        "a burnt identity is tried again",
        "S1, S8",
        "A refusal may pass; the next round tries the same once more.",
        PUSH,
        """
-        tx.put_links([replace(link.next_generation(), attempts=attempts, problem=reason)])
+        tx.put_links([replace(link, intended=None, attempts=attempts, problem=reason)])
""",
    ),
    bug(
        "one refused event ends the batch",
        "S11, P7",
        "An error is an error: stop, report, and try all of it again later.",
        PUSH,
        """
-                sent.append(_Sent(step=step, result=None, refusal=str(exc)))
+                failure = exc
+                break
""",
    ),
    bug(
        "a suspension does not stop the writes under way",
        "P7, O6",
        "Whether the calendar is suspended was looked at when the round began.",
        PUSH,
        """
-        if is_suspended or tx.calendar(calendar_id) != self.scene.calendar:
+        if tx.calendar(calendar_id) != self.scene.calendar:
""",
    ),
    bug(
        "an adopted event is deleted with its appointment",
        "S12, P8",
        "A cancelled appointment leaves its calendar, whoever made the event.",
        PLAN,
        """
-    if link.origin is Origin.OURS:
+    if link.ref is not None:
         return WriteEvent(op=Op.DELETE, why=why, link=link, appointment=appointment)
""",
    ),
    bug(
        "an update is a delete and a create",
        "S12, P8",
        "Not every server takes updates well; a new event is always clean.",
        PUSH,
        """
-                result = self.provider.update(before, draft) if before else Conflict()
+                result = Conflict()
+                if before is not None:
+                    self.provider.delete(before.ref, before.version)
+                    created = self.provider.create(replace(draft, title=draft.title or ""))
+                    result = created if isinstance(created, Written) else Conflict()
""",
    ),
    bug(
        "the title of an adopted event becomes ours",
        "S12, P8",
        "All events of a calendar look alike once they all carry the number.",
        "syncd/core/scene.py",
        """
-        if link.origin is Origin.ADOPTED:
-            return None
""",
    ),
    bug(
        "an adopted event gets our status",
        "S12, P8",
        "The appointment is booked, so the event says CONFIRMED and takes time.",
        PLAN,
        """
-        status=status if ours or revives or scene.hears_yes else None,
-        transparent=False if ours or revives else None,
+        status=status,
+        transparent=False,
""",
    ),
    bug(
        "a hold is written to the calendars",
        "P10, S3",
        "It takes time, so everybody should see it.",
        PLAN,
        """
-    if link.state in HELD_BACK or appointment.status is Status.PROPOSED:
+    if link.state in HELD_BACK:
""",
        "syncd/ledger/links.py",
        """
-                appointments.c.status != Status.PROPOSED.value,
""",
    ),
    bug(
        "a calendar that is only read is written to",
        "S7, P8",
        "Import is two-way with less to show, so its events are kept up to date as well.",
        "syncd/core/practice.py",
        """
-        return self in (Mode.TWO_WAY, Mode.PUBLISH)
+        return self is not Mode.BUSY
""",
    ),
    bug(
        "a public calendar shows the client's name",
        "P10",
        "The choice of what is told was made for the title, and somebody read the wrong field.",
        "syncd/core/scene.py",
        """
-from syncd.core.practice import Activity, Calendar, Practitioner
+from syncd.core.practice import Activity, Calendar, Disclosure, Practitioner
@@
-        return title_for(appointment, activity=activity, disclosure=self.calendar.shows)
+        return title_for(appointment, activity=activity, disclosure=Disclosure.FULL)
""",
    ),
    bug(
        "a refusal forgets the try before it",
        "S3, S8",
        "It was refused, so nothing is intended any more.",
        PUSH,
        """
-                tx.put_links([replace(kept, attempts=link.attempts + 1, problem=sent.refusal)])
+                kept = replace(link, intended=None)
+                tx.put_links([replace(kept, attempts=link.attempts + 1, problem=sent.refusal)])
""",
    ),
)
