"""Creating, changing and deleting where servers refuse, lie about versions, or ignore conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from faulty_http import Asked, Reply, ScriptedServer, scripted

from syncd.core.errors import Forbidden, NeedsLogin, RateLimited, Rejected, Transient
from syncd.core.events import Draft, RemoteEvent, agrees
from syncd.core.ids import EventRef, Uid, Version
from syncd.ports import Adopted, Conflict, Done, Gone, KeyBurnt, Written
from syncd_caldav.provider import CalDavProvider

from .conftest import Open
from .multistatus import EVENT, PATH, error, itself, multistatus

START = datetime(2031, 3, 4, 9, tzinfo=UTC)
DRAFT = Draft(
    uid=Uid("00000000-0000-4000-8000-000000000001"),
    start=START,
    end=START + timedelta(minutes=30),
    zone="Europe/Berlin",
    title="Consultation",
    mark="appointment-1",
)
OWN = f"{PATH}{DRAFT.uid}.ics"
MAY_WRITE = "<d:current-user-privilege-set><d:privilege><d:{}/></d:privilege></d:current-user-privilege-set>"


KEEPS_CONDITIONS = {"Server": "Radicale/3"}
"""A server that is not known is read before each write; these tests are of the others."""


@dataclass
class Desk:
    """A calendar: bodies and tags by path. `answers` are played to writes in place of their effect;
    None lets one through."""

    bodies: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    answers: list[Reply | None] = field(default_factory=list)
    privilege: str = "write"
    there: bool = True
    refuses_tags: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    writes: int = 0

    def __call__(self, asked: Asked) -> Reply:
        match asked.method:
            case "PROPFIND":
                told = multistatus(itself(MAY_WRITE.format(self.privilege)))
                named = replace(told, headers={**told.headers, **KEEPS_CONDITIONS, **self.headers})
                return named if self.there else Reply(status=404)
            case "GET":
                return self._get(asked.path)
        scripted_ = self.answers.pop(0) if self.answers else None
        return scripted_ or self._write(asked)

    def put(self, body: str, path: str = OWN) -> RemoteEvent:
        """A colleague's hand."""
        self.writes += 1
        self.bodies[path], self.tags[path] = body, f'"{self.writes}"'
        return RemoteEvent(
            ref=EventRef(path), version=Version(self.tags[path]), uid=Uid(""), when=None
        )  # type: ignore[arg-type]

    def _get(self, path: str) -> Reply:
        if path not in self.bodies:
            return Reply(status=404)
        headers = {"ETag": self.tags[path], "Content-Type": "text/calendar", **self.headers}
        return Reply(body=self.bodies[path].encode(), headers=headers)

    def _write(self, asked: Asked) -> Reply:
        there = asked.path in self.bodies
        match, none = asked.headers.get("If-Match"), asked.headers.get("If-None-Match")
        if (none and there) or (
            match and (self.refuses_tags or (not there or self.tags[asked.path] != match))
        ):
            return Reply(status=412)
        if asked.method == "DELETE":
            del self.bodies[asked.path]
            return Reply(status=204)
        self.put(asked.body.decode(), asked.path)
        return Reply(status=204 if there else 201, headers={"ETag": self.tags[asked.path]})


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def server(desk: Desk) -> Iterator[ScriptedServer]:
    with scripted(desk) as running:
        yield running


@pytest.fixture
def provider(server: ScriptedServer, open_calendar: Open) -> CalDavProvider:
    return open_calendar(server.origin + PATH, timeout=1, listing_timeout=1)


def _read(provider: CalDavProvider, path: str = OWN) -> RemoteEvent:
    found = provider.get_many([EventRef(path)])[EventRef(path)]
    assert isinstance(found, RemoteEvent)
    return found


def _later(draft: Draft = DRAFT) -> Draft:
    return replace(
        draft, start=draft.start + timedelta(hours=2), end=draft.end + timedelta(hours=2)
    )


def _writes(server: ScriptedServer) -> list[str]:
    return [method for method in server.methods() if method in ("PUT", "DELETE")]


def _caldav_error(status: int, condition: str, href: str = "") -> Reply:
    inner = f"<d:href>{href}</d:href>" if href else ""
    text = (
        '<d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
        f"<c:{condition}>{inner}</c:{condition}></d:error>"
    )
    return Reply(status=status, body=text.encode())


REFUSALS = {
    "400": Reply(status=400),
    "413": Reply(status=413),
    "415": Reply(status=415),
    "422": Reply(status=422),
    "507": Reply(status=507),
    "403 with a reason": _caldav_error(403, "valid-calendar-data"),
    "403 for a component": _caldav_error(403, "supported-calendar-component"),
    "412 with a reason": _caldav_error(412, "valid-calendar-data"),
    "409 with a reason": _caldav_error(409, "max-resource-size"),
    "403 without a reason": Reply(status=403),
    "404 though the calendar is there": Reply(status=404),
    "412 though nothing is there": Reply(status=412),
}


@pytest.mark.parametrize("reply", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_of_one_event_is_said_of_that_event(
    provider: CalDavProvider, desk: Desk, server: ScriptedServer, reply: Reply
) -> None:
    desk.answers = [reply]

    with pytest.raises(Rejected):
        provider.create(DRAFT)

    assert _writes(server) == ["PUT"]


@pytest.mark.parametrize("status", [201, 204])
def test_a_success_with_a_strange_content_type_is_a_success(
    provider: CalDavProvider, desk: Desk, server: ScriptedServer, status: int
) -> None:
    """PHP gives its default, text/html, to an empty body; other servers say it in a page."""
    page = b"" if status == 204 else b"<!DOCTYPE html><html>Created</html>"
    headers = {"Content-Type": "text/html; charset=UTF-8", "ETag": '"7"'}
    desk.answers = [Reply(status=status, body=page, headers=headers)]

    result = provider.create(DRAFT)

    assert isinstance(result, Written)
    assert result.version == '"7"'


OTHERS = {
    "401": (Reply(status=401), NeedsLogin),
    "429": (Reply(status=429), RateLimited),
    "405": (Reply(status=405), Forbidden),
    "301": (Reply(status=301, headers={"Location": "https://other.example/"}), Forbidden),
    "302": (Reply(status=302, headers={"Location": "https://login.example/"}), Transient),
}


@pytest.mark.parametrize(("reply", "kind"), OTHERS.values(), ids=OTHERS)
def test_a_refusal_of_the_calendar_is_said_of_the_calendar(
    provider: CalDavProvider,
    desk: Desk,
    server: ScriptedServer,
    reply: Reply,
    kind: type[Exception],
) -> None:
    event = _existing(desk, provider)
    for write in (
        lambda: provider.create(replace(DRAFT, uid=Uid("other"))),
        lambda: provider.update(event, _later()),
        lambda: provider.delete(event.ref, event.version),
    ):
        desk.answers = [reply]
        with pytest.raises(kind):
            write()

    assert _read(provider) == event


def _existing(desk: Desk, provider: CalDavProvider) -> RemoteEvent:
    assert isinstance(provider.create(DRAFT), Written)
    return _read(provider)


def test_a_calendar_that_we_may_only_read_is_forbidden(
    provider: CalDavProvider, desk: Desk
) -> None:
    event = _existing(desk, provider)
    desk.privilege = "read"

    for write in (
        lambda: provider.create(replace(DRAFT, uid=Uid("other"))),
        lambda: provider.update(event, _later()),
        lambda: provider.delete(event.ref, event.version),
    ):
        desk.answers = [Reply(status=403)]
        with pytest.raises(Forbidden, match="write"):
            write()


ELSEWHERE = f"{PATH}elsewhere.ics"


@pytest.mark.parametrize(
    "reply",
    [
        _caldav_error(409, "no-uid-conflict"),
        _caldav_error(412, "no-uid-conflict"),
        _caldav_error(403, "unique-scheduling-object-resource", ELSEWHERE),
        error(409, "no-uid-conflict"),
        Reply(status=409, body=b"Event UID already in use"),
        Reply(
            status=400,
            body=b'<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:message>'
            b"Calendar object with uid already exists in this calendar collection."
            b"</s:message></d:error>",
        ),
    ],
    ids=["409", "412", "403 with an address", "409 in DAV:", "409 in words", "400 in words"],
)
def test_a_uid_that_is_in_use_is_a_burnt_key(
    provider: CalDavProvider, desk: Desk, reply: Reply
) -> None:
    desk.put(EVENT.format(uid="a stranger's"), ELSEWHERE)
    desk.answers = [reply]

    assert isinstance(provider.create(DRAFT), KeyBurnt)


def test_our_own_event_at_another_address_is_adopted_where_the_server_names_it(
    provider: CalDavProvider, desk: Desk
) -> None:
    """A colleague's client moved it before the answer to our create arrived."""
    body = EVENT.format(uid=DRAFT.uid).replace(
        "END:VEVENT", "X-SYNCD-ID:appointment-1\r\nEND:VEVENT"
    )
    desk.put(body, ELSEWHERE)
    desk.answers = [_caldav_error(403, "unique-scheduling-object-resource", ELSEWHERE)]

    result = provider.create(DRAFT)

    assert isinstance(result, Adopted)
    assert result.event.ref == ELSEWHERE


@pytest.mark.parametrize(
    "body",
    [
        EVENT.format(uid="another"),
        EVENT.format(uid=DRAFT.uid),
        EVENT.format(uid=DRAFT.uid).replace("END:VEVENT", "X-SYNCD-ID:other\r\nEND:VEVENT"),
        "(null)",
    ],
    ids=["another uid", "no mark", "another mark", "unreadable"],
)
def test_what_is_not_ours_at_our_address_is_not_adopted(
    provider: CalDavProvider, desk: Desk, body: str
) -> None:
    desk.put(body)

    assert isinstance(provider.create(DRAFT), KeyBurnt)
    assert desk.bodies[OWN] == body


def test_a_version_that_changed_without_the_content_is_no_conflict(
    provider: CalDavProvider, desk: Desk
) -> None:
    """Some servers give a new ETag for a reminder that was dismissed, or for nothing at all."""
    event = _existing(desk, provider)
    desk.put(desk.bodies[OWN].replace("SEQUENCE:0", "SEQUENCE:4\r\nX-MOZ-GENERATION:1"))
    desk.put(event.body)

    result = provider.update(event, _later())

    assert isinstance(result, Written)
    assert agrees(_later(), _read(provider))


def test_a_server_that_refuses_its_own_tags_is_written_to_right_after_reading(
    provider: CalDavProvider, desk: Desk, server: ScriptedServer
) -> None:
    """Behind a compressing proxy every condition fails; without this nothing is ever written."""
    event = _existing(desk, provider)
    desk.refuses_tags = True

    assert isinstance(provider.update(event, _later()), Written)
    moved = _read(provider)
    assert agrees(_later(), moved)
    assert provider.delete(moved.ref, moved.version) == Done()

    assert desk.bodies == {}
    conditions = [
        "If-Match" in each.headers for each in server.asked if each.method in ("PUT", "DELETE")
    ]
    assert conditions == [False, True, True, False, True, True, False]


def test_a_server_that_refuses_its_own_tags_still_loses_no_edit(
    provider: CalDavProvider, desk: Desk
) -> None:
    event = _existing(desk, provider)
    desk.refuses_tags = True
    theirs = desk.bodies[OWN].replace("Consultation", "Theirs")
    desk.put(theirs)

    result = provider.update(event, _later())
    deleted = provider.delete(event.ref, event.version)

    assert isinstance(result, Conflict)
    assert result.event is not None
    assert result.event.title == "Theirs"
    assert isinstance(deleted, Conflict)
    assert desk.bodies[OWN] == theirs


@pytest.mark.parametrize("tag", ['W/"1"', ""])
def test_without_a_strong_version_the_content_is_compared_first(
    provider: CalDavProvider, desk: Desk, tag: str
) -> None:
    event = replace(_existing(desk, provider), version=Version(tag))
    desk.headers = {"ETag": tag}
    theirs = desk.bodies[OWN].replace("Consultation", "Theirs")

    assert isinstance(provider.update(event, _later()), Written)
    desk.put(theirs)
    result = provider.update(event, _later())

    assert isinstance(result, Conflict)
    assert desk.bodies[OWN] == theirs


def test_nothing_to_change_writes_nothing(
    provider: CalDavProvider, desk: Desk, server: ScriptedServer
) -> None:
    event = _existing(desk, provider)

    result = provider.update(event, DRAFT)

    assert result == Written(ref=event.ref, version=event.version, sent=event.body)
    assert _writes(server) == ["PUT"]


def test_nothing_to_change_of_something_stale_is_a_conflict(
    provider: CalDavProvider, desk: Desk
) -> None:
    event = _existing(desk, provider)
    desk.put(desk.bodies[OWN].replace("Consultation", "Theirs"))

    assert isinstance(provider.update(event, DRAFT), Conflict)


def test_another_event_at_the_same_address_is_a_conflict(
    provider: CalDavProvider, desk: Desk
) -> None:
    event = _existing(desk, provider)
    desk.put(desk.bodies[OWN].replace(DRAFT.uid, "another"))

    result = provider.update(event, _later())

    assert isinstance(result, Conflict)
    assert result.event is not None
    assert result.event.uid == "another"


def test_another_event_at_the_same_address_is_not_ours_even_if_it_says_the_draft(
    provider: CalDavProvider, desk: Desk
) -> None:
    event = _existing(desk, provider)
    assert isinstance(provider.update(event, _later()), Written)
    desk.put(desk.bodies[OWN].replace(DRAFT.uid, "another"))

    assert isinstance(provider.update(event, _later()), Conflict)


def test_an_event_that_became_unreadable_is_a_conflict_without_an_event(
    provider: CalDavProvider, desk: Desk
) -> None:
    event = _existing(desk, provider)
    desk.put("(null)")

    assert provider.update(event, _later()) == Conflict()
    assert provider.delete(event.ref, event.version) == Conflict()


@pytest.mark.parametrize("status", [404, 410, 412])
def test_what_is_absent_is_gone_or_done_whatever_the_status(
    provider: CalDavProvider, desk: Desk, status: int
) -> None:
    """sabre/dav answers 412 to the conditional deletion of nothing."""
    event = _existing(desk, provider)
    desk.bodies.clear()

    desk.answers = [Reply(status=status)]
    assert provider.update(event, _later()) == Gone()
    desk.answers = [Reply(status=status)]
    assert provider.delete(event.ref, event.version) == Done()


def test_nothing_is_gone_or_done_in_a_calendar_that_is_not_there(
    provider: CalDavProvider, desk: Desk
) -> None:
    event = _existing(desk, provider)
    desk.bodies.clear()
    desk.there = False

    with pytest.raises(Forbidden):
        provider.update(event, _later())
    with pytest.raises(Forbidden):
        provider.delete(event.ref, event.version)


def test_a_server_that_is_not_known_is_read_before_each_write(
    provider: CalDavProvider, desk: Desk, server: ScriptedServer
) -> None:
    """Zimbra overwrites despite If-None-Match, and nothing tells that it is Zimbra: a create whose
    first answer was lost would undo what a colleague did since."""
    desk.headers = {"Server": "somebody"}
    event = _existing(desk, provider)
    moved = desk.put(event.body.replace("DTEND", "X-SINCE:moved\r\nDTEND", 1))
    sent = len(_writes(server))

    created = provider.create(DRAFT)
    updated = provider.update(event, _later())
    deleted = provider.delete(event.ref, event.version)

    assert isinstance(created, Adopted)
    assert isinstance(updated, Conflict)
    assert isinstance(deleted, Conflict)
    assert len(_writes(server)) == sent
    assert desk.tags[OWN] == moved.version


def test_a_conflict_that_cannot_be_read_is_a_doubt(
    provider: CalDavProvider, desk: Desk, server: ScriptedServer
) -> None:
    event = _existing(desk, provider)
    server.script = lambda asked: Reply(status=412 if asked.method == "PUT" else 503)

    with pytest.raises(Transient) as caught:
        provider.update(event, _later())

    assert caught.value.ambiguous


def test_an_event_of_another_calendar_is_not_written(
    provider: CalDavProvider, desk: Desk, server: ScriptedServer
) -> None:
    """The calendar's url was changed under a link."""
    event = replace(_existing(desk, provider), ref=EventRef("/old/calendar/x.ics"))
    sent = len(_writes(server))

    with pytest.raises(Rejected):
        provider.update(event, _later())
    with pytest.raises(Rejected):
        provider.delete(event.ref, event.version)

    assert len(_writes(server)) == sent


@pytest.mark.parametrize("status", [500, 502, 503, 423, 408])
def test_a_write_that_fails_twice_without_effect_is_given_up(
    provider: CalDavProvider, desk: Desk, server: ScriptedServer, status: int
) -> None:
    event = _existing(desk, provider)
    kind: type[Exception] = Rejected if status == 500 else Transient
    writes: tuple[Callable[[], object], ...] = (
        lambda: provider.create(replace(DRAFT, uid=Uid("other"))),
        lambda: provider.update(event, _later()),
        lambda: provider.delete(event.ref, event.version),
    )
    for write in writes:
        desk.answers = [Reply(status=status)] * 9
        with pytest.raises(kind):
            write()
        assert len(desk.answers) == 7


def test_a_strange_uid_makes_a_safe_address(
    provider: CalDavProvider, desk: Desk, server: ScriptedServer
) -> None:
    result = provider.create(replace(DRAFT, uid=Uid("../../other calendar/ü?#")))

    assert isinstance(result, Written)
    (path,) = desk.bodies
    assert path == f"{PATH}..%2F..%2Fother%20calendar%2F%C3%BC%3F%23.ics"
    assert isinstance(provider.get_many([result.ref])[result.ref], RemoteEvent)
