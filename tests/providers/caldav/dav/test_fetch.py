"""Reading many objects from servers that fail some, or all for the sake of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from faulty_http import Asked, Reply, scripted

from syncd.core.errors import Forbidden, NeedsLogin, RateLimited, Transient
from syncd.core.events import Absent, RemoteEvent, Unreadable
from syncd.core.ids import EventRef
from syncd_caldav import fetch
from syncd_caldav.provider import CalDavProvider
from syncd_caldav.xml import parse

from .conftest import Open
from .multistatus import EVENT, PATH, itself, multistatus, row

TOO_MANY = 50


@dataclass
class Shelf:
    """A scripted calendar. `events` are there; `poison` makes a batch fail with `status`; `left
    out` are forgotten by multiget; `gets` answers single reads in place of the shelf."""

    events: set[str] = field(default_factory=set)
    poison: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)
    most: int = 10_000
    status: int = 500
    gets: Reply | None = None
    reports: Reply | None = None
    propfinds: Reply | None = None
    there: bool = True
    batches: list[int] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        match asked.method:
            case "REPORT":
                return self.reports or self._multiget(asked)
            case "GET":
                return self.gets or self._get(asked.path.rpartition("/")[2])
        return self.propfinds or (multistatus(itself()) if self.there else Reply(status=404))

    def _multiget(self, asked: Asked) -> Reply:
        hrefs = [each.text or "" for each in parse(asked.body).iter("{DAV:}href")]
        names = [href.rpartition("/")[2] for href in hrefs]
        self.batches.append(len(names))
        if self.poison & set(names) or len(names) > self.most:
            return Reply(status=self.status)
        rows = [
            row(name, body=EVENT.format(uid=name)) if name in self.events else row(name, status=404)
            for name in names
            if name not in self.left_out
        ]
        return multistatus(*rows)

    def _get(self, name: str) -> Reply:
        if name in self.poison:
            return Reply(status=self.status)
        if name not in self.events:
            return Reply(status=404)
        return Reply(body=EVENT.format(uid=name).encode(), headers={"ETag": '"1"'})


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(events={f"{number}.ics" for number in range(450)})


@pytest.fixture
def provider(shelf: Shelf, open_calendar: Open) -> Iterator[CalDavProvider]:
    with scripted(shelf) as server:
        yield open_calendar(server.origin + PATH, timeout=1, listing_timeout=1)


def refs(*numbers: Any) -> list[EventRef]:
    return [EventRef(f"{PATH}{number}.ics") for number in numbers]


def test_batches_of_two_hundred(provider: CalDavProvider, shelf: Shelf) -> None:
    found = provider.get_many(refs(*range(450)))

    assert all(isinstance(each, RemoteEvent) for each in found.values())
    assert len(found) == 450
    assert shelf.batches == [200, 200, 50]
    assert provider.requests == 3


@pytest.mark.parametrize("status", [400, 403, 404, 413, 414, 500, 507])
def test_a_batch_that_fails_for_one_object_is_halved_until_the_others_are_read(
    provider: CalDavProvider, shelf: Shelf, status: int
) -> None:
    shelf.poison, shelf.status = {"17.ics"}, status
    shelf.events.discard("17.ics")

    found = provider.get_many(refs(*range(100)))

    assert len(found.keys() - set(refs(17))) == 99
    if status == 404:
        assert found[refs(17)[0]] == Absent(refs(17)[0])
    else:
        assert refs(17)[0] not in found
    assert provider.requests < 25


def test_objects_that_a_batch_leaves_out_are_asked_for_by_themselves(
    provider: CalDavProvider, shelf: Shelf
) -> None:
    shelf.left_out = {"1.ics", "2.ics"}
    shelf.events.discard("2.ics")

    found = provider.get_many(refs(0, 1, 2))

    assert isinstance(found[refs(1)[0]], RemoteEvent)
    assert isinstance(found[refs(2)[0]], Absent)


@pytest.mark.parametrize("status", [0, 401, 403, 500, 507])
def test_a_row_without_a_body_is_no_evidence_of_absence(
    provider: CalDavProvider, shelf: Shelf, status: int
) -> None:
    shelf.reports = multistatus(*(row(f"{number}.ics", status=status) for number in (1, 2)))

    found = provider.get_many(refs(1, 2))

    assert all(isinstance(each, RemoteEvent) for each in found.values())
    assert len(found) == 2


def test_a_server_that_manages_small_batches_only_is_asked_for_smaller_ones(
    provider: CalDavProvider, shelf: Shelf
) -> None:
    shelf.most, shelf.status = TOO_MANY, 507

    assert len(provider.get_many(refs(*range(200)))) == 200


def test_absence_is_only_said_of_a_calendar_that_is_there(
    provider: CalDavProvider, shelf: Shelf
) -> None:
    shelf.events.clear()
    shelf.there = False

    for numbers in ((1,), (1, 2, 3)):
        with pytest.raises(Forbidden):
            provider.get_many(refs(*numbers))


def test_a_whole_batch_not_found_is_no_evidence_about_its_objects(
    provider: CalDavProvider, shelf: Shelf
) -> None:
    shelf.reports = Reply(status=404)
    shelf.there = False

    with pytest.raises(Forbidden):
        provider.get_many(refs(1, 2, 3))


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=401), NeedsLogin),
        (Reply(status=429), RateLimited),
        (Reply(status=502), Transient),
        (Reply(status=503), Transient),
        (Reply(status=200, body=b"<html>"), Transient),
        (Reply(status=207, body=b""), Transient),
        (Reply(status=500), Transient),
        (Reply(how="drop"), Transient),
    ],
    ids=["401", "429", "502", "503", "page", "empty", "500", "dropped"],
)
def test_a_server_that_fails_altogether_is_left_in_peace_soon(
    provider: CalDavProvider, shelf: Shelf, reply: Reply, kind: type[Exception]
) -> None:
    shelf.reports = shelf.gets = shelf.propfinds = reply

    with pytest.raises(kind):
        provider.get_many(refs(*range(200)))

    assert provider.requests < 20


def test_one_object_that_cannot_be_read_is_left_out_and_hides_no_other(
    provider: CalDavProvider, shelf: Shelf
) -> None:
    shelf.poison = {"1.ics"}

    assert set(provider.get_many(refs(0, 1, 2))) == set(refs(0, 2))
    assert provider.get_many(refs(1)) == {}


def test_many_objects_that_a_living_server_refuses_are_left_for_another_round(
    provider: CalDavProvider, shelf: Shelf
) -> None:
    shelf.reports = shelf.gets = Reply(status=500)

    assert provider.get_many(refs(*range(200))) == {}
    assert provider.requests < 80


@pytest.mark.parametrize(
    "body", [b"<html>log in</html>", b"", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"]
)
def test_a_single_answer_that_is_no_object_is_an_outage(
    provider: CalDavProvider, shelf: Shelf, body: bytes
) -> None:
    shelf.gets = Reply(body=body + b"x" * len(body), how="cut quietly")

    with pytest.raises(Transient):
        provider.get_many(refs(1))


def test_an_object_beyond_the_cap_is_unreadable_and_keeps_its_version(
    provider: CalDavProvider, shelf: Shelf
) -> None:
    """Twenty megabytes; the version stops it from being fetched in every round."""
    shelf.gets = Reply(how="endless", headers={"ETag": '"big"'})

    (found,) = provider.get_many(refs(1)).values()

    assert isinstance(found, Unreadable)
    assert found.version == '"big"'
    assert "MiB" in found.reason


def test_an_object_that_a_server_destroyed_is_unreadable(
    provider: CalDavProvider, shelf: Shelf
) -> None:
    """SOGo stores "(null)" when its folding cuts a four-byte character."""
    shelf.gets = Reply(body=b"(null)", headers={"Content-Type": "text/calendar"})

    (found,) = provider.get_many(refs(1)).values()

    assert isinstance(found, Unreadable)


def test_refs_of_another_calendar_are_not_asked_for(provider: CalDavProvider) -> None:
    assert provider.get_many([EventRef("/other/1.ics")]) == {}


def test_asking_twice_asks_once(provider: CalDavProvider, shelf: Shelf) -> None:
    assert len(provider.get_many(refs(1, 1, 2))) == 2
    assert shelf.batches == [2]


def test_a_slow_server_gets_smaller_batches_from_then_on(
    provider: CalDavProvider, shelf: Shelf
) -> None:
    hanging = [True]
    real = shelf._multiget

    def slow_once(asked: Asked) -> Reply:
        if hanging:
            hanging.clear()
            return Reply(how="hang")
        return real(asked)

    shelf._multiget = slow_once  # type: ignore[method-assign]

    assert len(provider.get_many(refs(*range(200)))) == 200
    shelf.batches.clear()
    assert len(provider.get_many(refs(*range(200)))) == 200

    assert shelf.batches == [100, 100]
    assert fetch.BATCH == 200


def test_every_spelling_is_tried_before_an_object_counts_as_absent(open_calendar: Open) -> None:
    """After a restart the server's own spelling is not known."""

    def script(asked: Asked) -> Reply:
        if asked.method == "GET" and "%40" in asked.path:
            return Reply(body=EVENT.format(uid="a").encode())
        return multistatus(itself()) if asked.method == "PROPFIND" else Reply(status=404)

    with scripted(script) as server:
        ref = EventRef(f"{PATH}a@b.ics")

        (found,) = open_calendar(server.origin + PATH).get_many([ref]).values()

        assert isinstance(found, RemoteEvent)
        assert [each.path for each in server.asked] == [f"{PATH}a@b.ics", f"{PATH}a%40b.ics"]


def test_the_owners_addresses_are_asked_for_once_and_only_when_they_matter(
    open_calendar: Open,
) -> None:
    invitation = EVENT.replace(
        "END:VEVENT",
        "ORGANIZER:mailto:boss@example.org\r\n"
        "ATTENDEE;PARTSTAT=DECLINED:mailto:Patel@example.org\r\nEND:VEVENT",
    )
    bodies = {"plain.ics": EVENT, "invitation.ics": invitation}

    def script(asked: Asked) -> Reply:
        if asked.method == "GET":
            name = asked.path.rpartition("/")[2]
            return Reply(body=bodies[name].format(uid=name).encode(), headers={"ETag": '"1"'})
        if asked.path == "/principals/patel/":
            return multistatus(
                itself(
                    "<c:calendar-user-address-set><d:href>/principals/patel/</d:href>"
                    "<d:href>mailto:patel@example.org</d:href></c:calendar-user-address-set>"
                )
            )
        return multistatus(
            itself("<d:owner><d:href>http://elsewhere/principals/patel/</d:href></d:owner>")
        )

    with scripted(script) as server:
        provider = open_calendar(server.origin + PATH)

        provider.get_many(refs("plain"))
        assert provider.requests == 1
        found = provider.get_many(refs("invitation"))[refs("invitation")[0]]
        again = provider.get_many(refs("invitation"))[refs("invitation")[0]]

        assert isinstance(found, RemoteEvent)
        assert not found.takes_time
        assert again == found
        assert provider.requests == 1 + 3 + 1
        assert provider.read(found.ref, found.version, found.body) == found


def test_an_owner_who_cannot_be_told_is_no_failure(open_calendar: Open) -> None:
    body = EVENT.replace("END:VEVENT", "ATTENDEE:mailto:x@example.org\r\nEND:VEVENT")

    def script(asked: Asked) -> Reply:
        return Reply(body=body.encode()) if asked.method == "GET" else Reply(status=500)

    with scripted(script) as server:
        found = open_calendar(server.origin + PATH).get_many(refs("a"))

        assert isinstance(found[refs("a")[0]], RemoteEvent)
