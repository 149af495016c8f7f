"""Whole histories: people edit both sides in any order, answers get lost, rounds go by.

After each round nothing that a person entered is lost without a trace (the world itself checks each
write), a cancelled appointment stays so, and no event is anybody's twice. Left alone, the world
comes to rest, and both sides say the same but for what a person has yet to decide.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypothesis import given, note, settings
from hypothesis import strategies as st
from laws.merge_worlds import TIMES
from laws.worlds import World, a_scene, shows, times_of

from syncd.core.appointment import LinkState, Status
from syncd.core.events import AllDay, EventStatus, Timed
from syncd.core.ids import ActivityId, EventRef, Uid
from syncd.core.operations import Op
from syncd.core.practice import Mode, OnRemoteDelete
from syncd.testing.builders import NINE, an_event

FUTURE = [each for each in TIMES if each[0] > NINE]
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Deed:
    """`what` is done to the `which`-th thing there is, with a `nth` of its kind."""

    what: str
    which: int = 0
    nth: int = 0


LEDGER = ("book", "move", "retitle", "cancel", "complete", "error")
COLLEAGUE = (
    "add",
    "move event",
    "rename event",
    "cancel event",
    "revive event",
    "delete event",
    "undelete event",
    "change and undelete event",
    "copy event",
    "relocate event",
    "make it last all day",
    "make it recur",
    "make it plain",
    "put another in its place",
)
ROUNDS = ("round", "full round", "lose an answer")

deeds = st.builds(
    Deed, st.sampled_from(LEDGER + COLLEAGUE + ROUNDS * 3), st.integers(0, 4), st.integers(0, 2)
)
BEGINNING = [Deed("book"), Deed("book", nth=1), Deed("add"), Deed("round")]
histories = st.lists(deeds, min_size=10, max_size=36).map(lambda more: BEGINNING + more)
calendars = st.builds(
    a_scene,
    mode=st.sampled_from([Mode.TWO_WAY] * 3 + [Mode.PUBLISH, Mode.IMPORT]),
    on_remote_delete=st.sampled_from([None, *OnRemoteDelete]),
)


class Play:
    """Acts a history out. Times and titles are new each time, so that each can be told apart."""

    def __init__(self, scene):
        self.world = World(scene=scene)
        self.trash = []
        self.tokens = 0
        self.over = set()
        self.born = {}

    def token(self):
        self.tokens += 1
        return self.tokens

    def new_time(self):
        start = NINE + timedelta(minutes=self.token())
        return start, start + HOUR

    def act(self, deed):
        world = self.world
        match deed.what:
            case "round" | "full round" | "lose an answer":
                lost = deed.nth if deed.what == "lose an answer" else None
                world.round(in_full=deed.what == "full round", loses=lost)
                self.check()
            case "book":
                start, end = self.new_time()
                status = (Status.BOOKED, Status.PENDING)[deed.nth % 2]
                world.book(start=start, end=end, status=status)
            case "add":
                start, end = self.new_time()
                self.show(f"colleague-{self.token()}", when=Timed(start, end, "Europe/Berlin"))
            case what if what in LEDGER:
                self.act_in_ledger(what, deed)
            case "undelete event" | "change and undelete event":
                if self.trash:
                    event = self.trash[deed.which % len(self.trash)]
                    if event.ref not in world.remote:
                        changed = deed.what.startswith("change")
                        title = f"back {self.token()}" if changed else event.title
                        world.show(replace(event, title=title))
            case what:
                self.act_in_calendar(what, deed)

    def show(self, name, **fields):
        ref = EventRef(f"/patel-main/{name}.ics")
        self.world.show(an_event(ref=ref, uid=Uid(name), title=f"title of {name}", **fields))

    def act_in_ledger(self, what, deed):
        living = [each for each in self.world.appointments.values() if not each.is_over]
        if not living:
            return
        it = living[deed.which % len(living)]
        start, end = self.new_time()
        match what:
            case "move" if it.status in (Status.PENDING, Status.BOOKED):
                self.world.edit_appointment(it.id, start=start, end=end)
            case "retitle" if it.title is None:
                other = "first" if it.activity_id == "consultation" else "consultation"
                self.world.edit_appointment(it.id, activity_id=ActivityId(other))
            case "cancel":
                self.world.edit_appointment(it.id, status=Status.CANCELLED)
            case "complete" if it.status is Status.BOOKED:
                self.world.edit_appointment(it.id, status=Status.FULFILLED)
            case "error":
                self.world.edit_appointment(it.id, status=Status.ENTERED_IN_ERROR)

    def act_in_calendar(self, what, deed):  # noqa: C901  a flat list of deeds
        world = self.world
        if not world.remote:
            return
        ref = sorted(world.remote)[deed.which % len(world.remote)]
        event = world.remote[ref]
        start, end = self.new_time()
        match what:
            case "move event":
                world.edit_event(ref, when=Timed(start, end, "Europe/Berlin"))
            case "rename event":
                world.edit_event(ref, title=f"renamed {self.token()}")
            case "cancel event":
                world.edit_event(ref, status=EventStatus.CANCELLED)
            case "revive event":
                world.edit_event(ref, status=EventStatus.CONFIRMED)
            case "delete event":
                self.trash.append(world.remote.pop(ref))
            case "copy event":
                world.show(replace(event, ref=EventRef(f"/patel-main/copy-{self.token()}.ics")))
            case "relocate event":
                del world.remote[ref]
                world.show(replace(event, ref=EventRef(f"/patel-main/moved-{self.token()}.ics")))
            case "make it last all day":
                world.edit_event(ref, when=AllDay(date(2031, 3, 4), date(2031, 3, 5)))
            case "make it recur":
                world.edit_event(ref, recurring=True)
            case "make it plain":
                when = event.when if isinstance(event.when, Timed) else Timed(start, end)
                world.edit_event(ref, when=when, recurring=False)
            case "put another in its place":
                self.trash.append(event)
                name = f"other-{self.token()}"
                world.show(an_event(ref=ref, uid=Uid(name), title=name, when=Timed(start, end)))
            case _:
                raise AssertionError(what)

    def check(self):
        """What holds after every round."""
        world = self.world
        for key, each in world.appointments.items():
            assert (key not in self.over) or each.is_over, "a cancelled appointment lives again"
            if each.is_over:
                self.over.add(key)
        refs = [link.ref for link in world.links.values() if link.ref is not None]
        assert len(refs) == len(set(refs)), "one event, two appointments"
        for link in world.links.values():
            record = world.records.get(link.ref) if link.ref is not None else None
            assert link.ref is None or (record and record.appointment_id == link.appointment_id)


def play(scene, history):
    acted = Play(scene)
    for deed in history:
        acted.act(deed)
    return acted


@settings(max_examples=250)
@given(calendars, histories)
def test_left_alone_the_world_comes_to_rest_and_both_sides_say_the_same(scene, history):
    acted = play(scene, history)
    world = acted.world

    busy_rounds = world.settle()

    acted.check()
    assert busy_rounds <= 3
    assert all(step.op is Op.NOTE for step in world.plan(in_full=True).pull), (
        "a second look at the same world finds news"
    )
    assert world.plan(in_full=True).push == ()
    if scene.calendar.mode.writes:
        for each in world.appointments.values():
            link = world.links[each.id]
            decided = link.state not in (LinkState.CONFLICT, LinkState.GONE)
            note(f"{each.number} {each.status} {link.state}")
            assert not decided or shows(world, each)


@given(calendars, histories, st.booleans())
def test_a_full_look_and_a_look_at_what_is_new_end_in_the_same_world(scene, history, in_full):
    one, other = play(scene, history).world, play(scene, history).world

    one.settle()
    for _ in range(5):
        other.round(in_full=in_full)

    assert one.appointments == other.appointments
    assert {r: times_of(e) for r, e in one.remote.items()} == {
        r: times_of(e) for r, e in other.remote.items()
    }


@given(st.sampled_from([Mode.TWO_WAY, Mode.PUBLISH]), st.integers(0, 4))
def test_an_event_that_was_moved_and_called_off_is_kept_when_it_lives_again(mode, which):
    scene = a_scene(mode=mode, on_remote_delete=OnRemoteDelete.CANCEL)
    called_off = [Deed("move event", which), Deed("cancel event", which), Deed("round")]

    acted = play(scene, [*BEGINNING, *called_off, Deed("revive event", which)])

    acted.world.settle()


@given(
    st.builds(a_scene, mode=st.just(Mode.PUBLISH), on_remote_delete=st.none()),
    histories,
)
def test_nothing_that_happens_in_a_publish_calendar_changes_the_ledger(scene, history):
    world = World(scene=scene)
    acted = Play(scene)
    acted.world = world

    for deed in history:
        before = dict(world.appointments)
        acted.act(deed)
        if deed.what in COLLEAGUE + ROUNDS:
            assert world.appointments == before


@given(st.builds(a_scene, mode=st.sampled_from([Mode.IMPORT, Mode.BUSY])), histories)
def test_a_calendar_that_is_not_written_to_is_never_written_to(scene, history):
    assert play(scene, history).world.writes == 0


@given(st.builds(a_scene, mode=st.just(Mode.BUSY)), histories)
def test_a_busy_calendar_makes_no_appointments(scene, history):
    booked = sum(deed.what == "book" for deed in history)

    assert len(play(scene, history).world.appointments) == booked
