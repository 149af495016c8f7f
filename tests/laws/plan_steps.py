"""A picture with the plan that was made of it, sorted so that a law can speak about it shortly."""

from laws.picture_values import NO_BRAKE

from syncd.core.brake import BrakeLimits
from syncd.core.events import RemoteEvent, Timed
from syncd.core.operations import AdoptEvent, ChangeLink, WriteEvent
from syncd.core.plan import CalendarPlan, make_plan
from syncd.core.scene import Picture


class Case:
    """`links` are the steps about linked appointments and `writes` those of the push, by
    appointment; `objects` those about anything else; `answered` the refs of what was seen, as often
    as a step speaks of them; `left_unseen` the places that were left and are in no news."""

    __slots__ = (
        "adopted",
        "answered",
        "events",
        "left_unseen",
        "limits",
        "linked_refs",
        "links",
        "mode",
        "now",
        "objects",
        "picture",
        "plan",
        "released",
        "writes",
    )

    def __init__(
        self, picture: Picture, *, limits: BrakeLimits = NO_BRAKE, released: bool = False
    ) -> None:
        self.picture, self.limits, self.released = picture, limits, released
        self.plan: CalendarPlan = make_plan(picture, limits=limits, released=released)
        self.mode, self.now = picture.scene.calendar.mode, picture.scene.now
        self.events = {each.ref: each for each in picture.seen if isinstance(each, RemoteEvent)}
        self.links: dict = {}
        self.adopted: list = []
        self.objects: list = []
        self.answered: list = []
        self.linked_refs: set = set()
        for step in self.plan.pull:
            if isinstance(step, ChangeLink):
                self._sort_link(step)
            elif isinstance(step, AdoptEvent):
                self.adopted.append(step)
                self.answered.append(step.event.ref)
            else:
                self.objects.append(step)
                if not step.forget:
                    self.answered.append(step.record.ref)
        news = {item.ref for item in self.picture.seen} | self.picture.gone
        self.left_unseen: set = {
            step.link_before.ref
            for step in self.links.values()
            if step.event is not None and step.link_before.ref not in {None, step.event.ref, *news}
        }
        self.writes: dict = {each.appointment.id: each for each in self.plan.push}
        assert len(self.writes) == len(self.plan.push), "two writes for one appointment"

    def _sort_link(self, step: ChangeLink) -> None:
        key = step.link.appointment_id
        assert key not in self.links, "two steps for one appointment"
        self.links[key] = step
        if step.event is None:
            if step.link.ref is not None:
                self.answered.append(step.link.ref)  # it cannot be read
        elif step.link.ref is not None:
            self.linked_refs.add(step.event.ref)
            self.answered.append(step.event.ref)


def shown_times(event: RemoteEvent | None):
    """When a timed event takes place."""
    when = event.when if event is not None else None
    return (when.start, when.end) if isinstance(when, Timed) else None


def stands_at(write: WriteEvent):
    return (write.appointment.start, write.appointment.end)
