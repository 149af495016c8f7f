"""Bugs on the way in: what a calendar reports, and when it may be believed."""

from __future__ import annotations

from score.planting import bug

FINDINGS = "syncd/flows/findings.py"
OBSERVE = "syncd/flows/observe.py"
PICTURE = "syncd/flows/picture.py"
PULL = "syncd/core/pull.py"

BUGS = (
    bug(
        "a calendar that is not there is an empty one",
        "S5, P7",
        "404 means that nothing is there, and an empty list says just that.",
        OBSERVE,
        """
+from syncd.core.errors import Forbidden
 from syncd.core.events import RemoteEvent, Unreadable
@@
-    return provider.listing(bodies=listed is None)
+    try:
+        return provider.listing(bodies=listed is None)
+    except Forbidden:
+        return ChangeSet(complete=True)
@@
-    provider.check()
@@
-        answers = provider.get_many(batch)
+        try:
+            answers = provider.get_many(batch)
+        except Forbidden:
+            found.proven.update(batch)
+            continue
""",
    ),
    bug(
        "a reported deletion is believed at once",
        "S5, P7",
        "The server says that it is gone; asking for each one again is slow.",
        OBSERVE,
        """
     found.claims -= found.waiting().keys()
-    _prove_gone(around, provider, scene, found, released=state.released)
+    found.proven |= found.claims
""",
    ),
    bug(
        "what is missing from a listing is gone",
        "S5, P7",
        "A listing names everything, so what it does not name does not exist.",
        OBSERVE,
        """
     found.claims &= known.keys() - found.items.keys()
+    if changes.complete:
+        found.proven, found.claims = found.claims, set()
""",
    ),
    bug(
        "what the server says nothing about is gone",
        "S5, P7",
        "The answer had no entry for it, and absent is absent.",
        FINDINGS,
        """
-            case Absent():
+            case Absent() | None:
                 self.proven.add(ref)
-            case None:
-                self._miss(ref, self.known[ref].version)
""",
    ),
    bug(
        "the cursor passes what could not be read",
        "S6, P6",
        "One event that does not answer must not hold up all the others.",
        OBSERVE,
        """
-        cursor=changes.cursor if clean else None,
+        cursor=changes.cursor,
@@
-        doubt=not clean,
+        doubt=found.doubt,
""",
    ),
    bug(
        "an expired cursor means that nothing is new",
        "S6, P6",
        "The feed gave no changes, so there are none.",
        OBSERVE,
        """
-        if not isinstance(changes, Rescan):
-            return changes
+        return ChangeSet() if isinstance(changes, Rescan) else changes
""",
    ),
    bug(
        "a doubt is not followed by a full listing",
        "S6, S1",
        "The cursor is still good; a listing of everything is dear.",
        OBSERVE,
        """
-    if resumes and not (in_full or overdue or state.doubt):
+    if resumes and not (in_full or overdue):
""",
    ),
    bug(
        "a server that forgets changes is trusted",
        "S6, S1",
        "It hands out cursors, so they are used.",
        OBSERVE,
        """
-    overdue = listed is None or not scene.now - around.full_listing_every < listed <= scene.now
+    overdue = listed is None
@@
-    resumes = state.cursor is not None and can.has_cursor and can.trusts_cursor
+    resumes = state.cursor is not None and can.has_cursor
""",
    ),
    bug(
        "an echo is known by its version alone",
        "S4, S1",
        "A version tells one state from another: that is what it is for.",
        OBSERVE,
        """
-        if exact and _is_known(known.get(seen.ref), seen.version):
+        if _is_known(known.get(seen.ref), seen.version):
""",
    ),
    bug(
        "a body is known by its version alone",
        "S4, S1",
        "Comparing what was read as well is superfluous when the versions agree.",
        FINDINGS,
        """
-    return is_understood and (known.version, known.digest) == (event.version, event.digest)
+    return is_understood and known.version == event.version
""",
    ),
    bug(
        "an event that cannot be read fails the round",
        "S11, P7",
        "Something is wrong with this calendar, so it is reported and tried again later.",
        PULL,
        """
+from syncd.core.errors import Rejected
 from syncd.core.events import EventStatus, RemoteEvent, Unreadable, interval_of
@@
         if isinstance(item, Unreadable):
             is_left = item.ref in matching.left  # its link is another event's from now on
-            steps += _quarantine(picture, item, None if is_left else picture.pairs.get(item.ref))
+            raise Rejected(item.reason)
""",
    ),
    bug(
        "an event that cannot be expanded fails the round",
        "S11, P7",
        "An endless series is an error, and errors are raised.",
        PICTURE,
        """
-                seen.append(Unreadable(ref=item.ref, version=item.version, reason=str(exc)))
-                continue
+                raise Rejected(str(exc)) from exc
""",
    ),
    bug(
        "an event that cannot be read any more frees its time",
        "P7, S11",
        "Nothing is known about it, so it takes no time.",
        PULL,
        """
-    return ChangeObject(op=op, why=item.reason, record=record, keeps_time=keeps)
+    return ChangeObject(op=op, why=item.reason, record=record, keeps_time=False)
""",
    ),
    bug(
        "busy time beyond the first horizon is forgotten",
        "S13, L3",
        "Recurring events are expanded when they change; who would think of time passing.",
        "syncd/flows/remembering.py",
        """
-        roll(tx, found.scene, expanded, read=read, known_until=known_until)
""",
    ),
    bug(
        "time stays taken when its event is forgotten",
        "S1, L3",
        "The record is deleted; that its time stands in another table is easy to overlook.",
        "syncd/ledger/remote_events.py",
        """
-        self.set_busy(calendar_id, PractitionerId(""), dict.fromkeys(wanted, ()))
""",
    ),
    bug(
        "a whole day is a day in UTC",
        "S13",
        "A date becomes a datetime with the least effort.",
        "syncd/core/events.py",
        """
-                _counted(first_instant, datetime.combine(first, midnight), tz),
-                _counted(first_instant, datetime.combine(until, midnight), tz),
+                datetime.combine(first, midnight, UTC),
+                datetime.combine(until, midnight, UTC),
""",
    ),
    bug(
        "a series is adopted as one appointment",
        "S12, P8",
        "It is a foreign event like any other.",
        "syncd/core/adoption.py",
        """
-        (event.recurring, "it recurs"),
-        (not event.is_plain, "it is all-day or floating"),
+        (not isinstance(event.when, Timed), "it is all-day or floating"),
@@
-from syncd.core.events import Attendance, EventStatus, RemoteEvent
+from syncd.core.events import Attendance, EventStatus, RemoteEvent, Timed
""",
    ),
    bug(
        "what has ended is adopted",
        "S3",
        "All events of the calendar become appointments, as the setting says.",
        "syncd/core/adoption.py",
        """
-        (interval.end <= now, "it has ended"),
""",
    ),
    bug(
        "a mirror is adopted",
        "S3, P4",
        "A foreign event is one that no link of its calendar points at.",
        PULL,
        """
-        is_mirror=mirrored is not None and mirrored == interval and not event.recurring,
-        is_copy=event.uid in picture.mirrored,
+        is_mirror=False,
+        is_copy=False,
""",
    ),
    bug(
        "a copy brings a cancelled appointment back",
        "S3, S10",
        "A cancelled appointment has no copies worth knowing.",
        PICTURE,
        """
         for uid, (_, appointment) in found.items()
+        if not appointment.is_over
""",
    ),
    bug(
        "a copy takes the link from the living event",
        "S3, S2",
        "The UID is the identity, wherever it shows up.",
        PICTURE,
        """
-        if link.ref is None or link.ref in gone
""",
        "syncd/core/matching.py",
        """
-    if lost is None or lost.link.ref is not None or event.ref in picture.held:
+    if lost is None or event.ref in picture.held:
""",
    ),
    bug(
        "a late answer brings a deleted event back",
        "S10, S3",
        "A tombstone is a row more; an event that shows up is a new event.",
        "syncd/core/matching.py",
        """
-    return None if brought_back and not is_ghost(lost, event) else lost
+    return None if brought_back else lost
""",
    ),
    bug(
        "what a person restored is deleted again",
        "S4, P8",
        "Its appointment is cancelled, so it has no business there.",
        "syncd/core/matching.py",
        """
-    return None if brought_back and not is_ghost(lost, event) else lost
+    return lost
""",
    ),
    bug(
        "an appointment without a link is never written",
        "S1",
        "Every booking makes its links, so nobody can be without.",
        PICTURE,
        """
-            *(unlinked(view, scene) if complete else ()),
""",
        "syncd/flows/remembering.py",
        """
-    if found.observation.listed:
-        tx.put_links([pair.link for pair in unlinked(tx, found.scene)])
""",
    ),
    bug(
        "an old body of a new event is believed",
        "S6, P6",
        "The feed says that there is something, the body says what; who would compare versions.",
        OBSERVE,
        """
-            if said and answer.version != said:
-                found.unresolved.add(ref)  # older than what was told of, or newer: look again
""",
    ),
    bug(
        "an event is adopted while its old place is not answered for",
        "S3",
        "What is at a new address and in no link is new.",
        FINDINGS,
        """
-                self.held[ref] = place
+                pass
""",
    ),
    bug(
        "a copy is taken for what is named and not shown yet",
        "S3",
        "It has the UID of what was made, and nothing else was shown.",
        "syncd/core/matching.py",
        """
-    if lost is None or lost.link.ref is not None or event.ref in picture.held:
+    if lost is None or lost.link.ref is not None:
""",
    ),
    bug(
        "an endless series is an old answer at each listing",
        "S1, O1",
        "A body at a version that is known is no news.",
        OBSERVE,
        """
-    is_news = said not in ("", known.version) or known.kind is not RemoteKind.QUARANTINED
-    return is_news and answer.version == known.version != said
+    return answer.version == known.version
""",
    ),
    bug(
        "what an event took the place of has to be in the news",
        "S5, S3",
        "A move is told of on both sides: the old one is over, and the new one is there.",
        PICTURE,
        """
-    refs = {*items, *gone, *_continued(seen)}
+    refs = {*items, *gone}
""",
    ),
    bug(
        "a place that was left is forgotten at once",
        "S5",
        "Its event is another one by now, so nothing is known of this one any more.",
        PULL,
        """
-        if ref not in picture.gone:
+        if False:
""",
    ),
    bug(
        "what was over lives again where a list says so",
        "S5",
        "The list carries the whole event: asking for it once more costs a request.",
        OBSERVE,
        """
-        if seen.item is None or seen.ref in back:
+        if seen.item is None:
""",
    ),
    bug(
        "what was asked for by itself is not followed where it moved on",
        "S5",
        "Continuations are followed once all news was read.",
        OBSERVE,
        """
-    _follow(provider, found)  # what was asked for by itself may have moved on
""",
    ),
)
