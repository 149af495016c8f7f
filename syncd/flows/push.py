"""Write to a calendar what its dirty links need, so that a crash at any instant does no harm.

For each batch: the intents become durable, the writes go out one by one, what they left behind is
read back in one request and compared, and one small transaction records it. Nothing is sent twice
blindly: an ambiguous answer ends the round, and the next pull sees what became of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import structlog

from syncd.core.appointment import Link, LinkState
from syncd.core.errors import Rejected, Transient, Unavailable
from syncd.core.events import Absent, Found, RemoteEvent
from syncd.core.ids import EventRef, Uid, Version
from syncd.core.operations import ChangeLink, Op, WriteEvent
from syncd.core.pull_linked import pull_linked, relinked
from syncd.core.scene import Pair, Picture, Scene
from syncd.flows.adopting import record_of
from syncd.flows.apply import apply_link
from syncd.flows.awaiting import heed
from syncd.flows.effects import (
    agreed,
    is_answer,
    is_as_before,
    is_nowhere,
    is_spent,
    losses_told,
    settled_link,
    shown,
    unwritten,
)
from syncd.flows.mandate import Mandate
from syncd.flows.picture import expand
from syncd.flows.wanted import is_as_planned, keep_wanted, renamed_since
from syncd.ledger import Ledger, Transaction
from syncd.ports import (
    Adopted,
    CalendarProvider,
    Conflict,
    CreateResult,
    DeleteResult,
    Done,
    Gone,
    KeyBurnt,
    UpdateResult,
    Written,
)

MANY_ATTEMPTS = 5
"""After so many refusals an event is only tried again once a day, or when somebody asks for it."""
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class PushTally:
    """How a push went. `doubt`: the next round must look at everything."""

    pushed: int = 0
    created: bool = False
    doubt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """One write and what the calendar said to it; `refusal` where it refused this one event."""

    step: WriteEvent
    result: CreateResult | UpdateResult | DeleteResult | None
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pusher:
    """The parts of one push."""

    ledger: Ledger
    provider: CalendarProvider
    scene: Scene
    mandate: Mandate
    batch: int

    def push(self, steps: Sequence[WriteEvent], *, patient: bool, tally: PushTally) -> None:
        """Carry out the steps. `patient` tries even what was refused many times. Raises the port's
        errors once the calendar as a whole fails; what was done before stands, and is counted."""
        wanted = [step for step in steps if patient or step.link.attempts < MANY_ATTEMPTS]
        for at in range(0, len(wanted), self.batch):
            self._push_batch(wanted[at : at + self.batch], tally)

    def _push_batch(self, batch: Sequence[WriteEvent], tally: PushTally) -> None:
        current = self.ledger.write(partial(self._intend, batch=batch))
        sent: list[_Sent] = []
        failure: Exception | None = None
        for step in current:
            try:
                sent.append(self._send(step))
            except Rejected as exc:
                sent.append(_Sent(step=step, result=None, refusal=str(exc)))
            except Exception as exc:  # noqa: BLE001  raised again below, after the books are kept
                failure = exc
                break
        found = self._read_back(sent)
        if sent:
            pushed, doubt = self.ledger.write(partial(self._conclude, sent=sent, found=found))
            tally.pushed += pushed
            tally.created = tally.created or any(map(_has_created, sent))
            tally.doubt = tally.doubt or doubt
        if failure is not None:
            tally.doubt = tally.doubt or isinstance(failure, Unavailable)
            raise failure

    def _intend(self, tx: Transaction, *, batch: Sequence[WriteEvent]) -> list[WriteEvent]:
        """Make the intents durable and settle what needs no write. Steps whose appointment, client
        or activity changed since they were planned are left to the next round, and all of them once
        somebody changed or suspended the calendar."""
        calendar_id = self.scene.calendar.id
        tx.require_fence(calendar_id, self.mandate.fence)
        is_suspended = tx.calendar_state(calendar_id).suspended_at is not None
        if is_suspended or tx.calendar(calendar_id) != self.scene.calendar:
            return []
        appointments = tx.appointments_by_id([step.appointment.id for step in batch])
        renamed = renamed_since(self.scene, tx.activities())
        fresh = [
            step
            for step in batch
            if is_as_planned(step.appointment, appointments[step.appointment.id])
            and step.appointment.activity_id not in renamed
        ]
        settled = [settled_link(step) for step in fresh if step.op is Op.SETTLE]
        writes = [step for step in fresh if step.op is not Op.SETTLE]
        tx.put_links([*settled, *(step.link.intends(step.base) for step in writes)])
        heed(tx, [settled], self.mandate.cause(calendar_id), by=calendar_id)
        return writes

    def _send(self, step: WriteEvent) -> _Sent:
        match step.op, step.draft:
            case Op.CREATE, draft if draft is not None:
                return _Sent(step=step, result=self.provider.create(draft))
            case Op.UPDATE, _ if is_spent(step, self.provider.capabilities):
                return _Sent(step=step, result=KeyBurnt("what was cancelled here stays cancelled"))
            case Op.UPDATE, draft if draft is not None and step.link.ref is not None:
                before = self._before(step.link, step.link.ref)
                result = self.provider.update(before, draft) if before else Conflict()
                return _Sent(step=step, result=result)
            case Op.DELETE, _ if step.link.ref is not None:
                return _Sent(step=step, result=self._delete(step.link, step.link.ref))
            case _:
                raise AssertionError(f"{step.op} without what it needs")

    def _before(self, link: Link, ref: EventRef) -> RemoteEvent | None:
        """The event as it was when the write was planned; None when another node has looked
        since."""
        with self.ledger.read() as view:
            record = view.known(self.scene.calendar.id, [ref]).get(ref)
        if record is None or not record.body or record.digest != link.digest:
            return None
        event = self.provider.read(ref, link.version, record.body)
        return event if isinstance(event, RemoteEvent) else None

    def _delete(self, link: Link, ref: EventRef) -> DeleteResult | Gone:
        """Delete what was seen. Where versions cannot tell that from what is there, the content
        must."""
        if link.version and self.provider.capabilities.versions_are_unique:
            return self.provider.delete(ref, link.version)
        match self.provider.get_many([ref]).get(ref):
            case RemoteEvent() as there if there.digest == link.digest:
                return self.provider.delete(ref, there.version)
            case RemoteEvent() as there:
                return Conflict(there)
            case Absent():
                return Gone()  # or an old answer does not show it yet: the next look tells
            case None:
                raise Transient(f"calendar {self.scene.calendar.id} does not show an event of ours")
            case _:
                return Conflict()

    def _read_back(self, sent: Sequence[_Sent]) -> Mapping[EventRef, Found]:
        """What the writes left behind. A failure here loses nothing: the intents stand."""
        refs = [each.result.ref for each in sent if isinstance(each.result, Written)]
        if not refs:
            return {}
        try:
            return self.provider.get_many(refs)
        except Unavailable as exc:
            log.warning("read_back_failed", calendar=self.scene.calendar.id, error=exc.code)
            return {}

    def _conclude(
        self, tx: Transaction, *, sent: Sequence[_Sent], found: Mapping[EventRef, Found]
    ) -> tuple[int, bool]:
        """Record all outcomes. How many had an effect, and whether any leaves a doubt."""
        tx.require_fence(self.scene.calendar.id, self.mandate.fence)
        stored = tx.links_of(each.step.appointment.id for each in sent)
        outcomes = [self._conclude_one(tx, each, found) for each in sent]
        for each in sent:
            keep_wanted(tx, each.step.link, stored.get(each.step.appointment.id, ()))
        here = self.scene.calendar.id
        refused = [each.step.appointment for each in sent if _is_refused(each)]
        heed(tx, stored.values(), self.mandate.cause(here), refused=refused, by=here)
        return sum(effect for effect, _ in outcomes), any(doubt for _, doubt in outcomes)

    def _conclude_one(
        self, tx: Transaction, sent: _Sent, found: Mapping[EventRef, Found]
    ) -> tuple[bool, bool]:
        """Record one outcome. Whether it had an effect, and whether it leaves a doubt."""
        step, link = sent.step, sent.step.link
        match sent.result:
            case Written() as written:
                return self._conclude_written(tx, step, written, found.get(written.ref))
            case Done():
                self._forget(tx, step)
                return True, False
            case Adopted(event=event) | Conflict(event=RemoteEvent() as event):
                doubt = self._compare_again(tx, step, event)
                return isinstance(sent.result, Adopted), doubt
            case KeyBurnt(reason=reason):
                self._burn(tx, link, reason)
                return False, link.ref is not None
            case Conflict() | Gone():
                tx.put_links([replace(link, intended=None)])
                self._have_seen_anew(tx, link)
                return False, True
            case _:
                # What was intended before this try, and not answered, may be there or come yet. So
                # may what was to be created: of a request that came twice, this is one answer.
                kept = link.intends(step.base) if step.op is Op.CREATE else link
                tx.put_links([replace(kept, attempts=link.attempts + 1, problem=sent.refusal)])
                log.warning(
                    "event_rejected", calendar=link.calendar_id, number=step.appointment.number
                )
                return False, False

    def _conclude_written(
        self, tx: Transaction, step: WriteEvent, written: Written, found: Found | None
    ) -> tuple[bool, bool]:
        """A write took effect. What is read back is the truth: it may be what we sent, what the
        server made of it, or already somebody's next edit, which the next pull then sees."""
        if is_nowhere(step, found) or is_as_before(step, found, self.provider.capabilities):
            tx.put_links([unwritten(step)])
            return False, True
        is_replaced = step.link.ref not in (None, written.ref)
        link = replace(
            step.link,
            ref=written.ref,
            uid=Uid("") if is_replaced else step.link.uid,
            version=written.version,
            digest="",
            base=agreed(step, found, hears_yes=self.scene.hears_yes),
            intended=None,
            state=LinkState.IN_SYNC,
            pushed_version=step.appointment.version,
            attempts=0,
            problem=None,
        )
        if isinstance(found, RemoteEvent):
            link = replace(link, uid=found.uid, meeting_link=found.meeting_link)
        if isinstance(found, RemoteEvent) and is_answer(step, written, found):
            lost = self.provider.losses(written.sent, found.body)
            link = replace(
                link,
                version=found.version,
                digest=found.digest,
                base=shown(step, found),
                problem=losses_told(lost),
            )
            if lost:
                log.warning(
                    "server_rewrote",
                    calendar=link.calendar_id,
                    number=step.appointment.number,
                    property=",".join(lost),
                )
            tx.put_links([link])
            tx.put_remote_events([record_of(found, link.calendar_id, step.appointment)])
            return True, False
        # Remember what we wrote, at no version: whatever is there instead is news, also nothing.
        event = self.provider.read(written.ref, Version(""), written.sent)
        if isinstance(event, RemoteEvent):
            link = replace(link, digest=event.digest)
            tx.put_remote_events([record_of(event, link.calendar_id, step.appointment)])
        tx.put_links([link])
        return True, True

    def _forget(self, tx: Transaction, step: WriteEvent) -> None:
        """A deletion took effect. The base stays in the link, to know a ghost by."""
        link = step.link
        gone = replace(
            link,
            ref=None,
            version=Version(""),
            intended=None,
            state=LinkState.GONE,
            pushed_version=step.appointment.version,
            attempts=0,
            problem=None,
        )
        tx.put_links([gone])
        if link.ref is not None:
            tx.drop_remote_events(link.calendar_id, [link.ref])

    def _compare_again(self, tx: Transaction, step: WriteEvent, event: RemoteEvent) -> bool:
        """Somebody was there before us: merge with what is there now, at once. Whether the event is
        left to be looked at anew, as a foreign one."""
        appointment = tx.appointment(step.appointment.id)
        holder = tx.links_by_ref(step.link.calendar_id, [event.ref]).get(event.ref)
        if holder is not None and holder.appointment_id != appointment.id:
            self._burn(tx, step.link, "another appointment has this event")
            return False
        link = tx.link(step.link.calendar_id, appointment.id) or step.link
        conflicts = tx.conflicts_of([appointment.id]).get(appointment.id, [])
        here = tuple(each for each in conflicts if each.calendar_id == link.calendar_id)
        pair = Pair(link=link, appointment=appointment, conflicts=here)
        if link.ref != event.ref:
            pair = relinked(pair, event)
        change: ChangeLink = pull_linked(self.scene, pair, event)
        if change.op is Op.UNLINK:
            self._have_seen_anew(tx, pair.link)
            tx.put_links([change.link])
            return True
        [item], expanded = expand(self.provider, self.scene, [event])
        if isinstance(item, RemoteEvent):
            apply_link(tx, Picture(scene=self.scene, expanded=expanded), change, self.mandate)
        return not isinstance(item, RemoteEvent)

    def _burn(self, tx: Transaction, link: Link, reason: str) -> None:
        """Try again under the next identity; what stays at the old one is nobody's from now on. A
        try that had waited for a day does not make the next identity wait for another one."""
        self._have_seen_anew(tx, link)
        attempts = link.attempts + 1 if link.attempts < MANY_ATTEMPTS else MANY_ATTEMPTS - 1
        tx.put_links([replace(link.next_generation(), attempts=attempts, problem=reason)])

    def _have_seen_anew(self, tx: Transaction, link: Link) -> None:
        """Forget the version of an event, so that the next complete listing looks at it."""
        if link.ref is not None:
            known = tx.known(link.calendar_id, [link.ref]).values()
            tx.put_remote_events([replace(each, version=Version(""), digest="") for each in known])


def _is_refused(sent: _Sent) -> bool:
    return sent.step.op is Op.CREATE and sent.result is None


def _has_created(sent: _Sent) -> bool:
    return sent.step.op is Op.CREATE and isinstance(sent.result, Written)
