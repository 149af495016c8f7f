"""Every kind of outage, at every request: nothing is reported gone, nothing is written twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from faulty_http import Asked, Forward, Reply, ScriptedServer, scripted

from syncd.core.errors import (
    Forbidden,
    NeedsLogin,
    RateLimited,
    Rejected,
    Transient,
)
from syncd.core.events import Absent, Draft, RemoteEvent, agrees
from syncd.core.ids import Cursor, Uid
from syncd.ports import Adopted, Done, Rescan, Written
from syncd_caldav.dav import Timeouts
from syncd_caldav.provider import CalDavProvider

from .conftest import Open

HTML = b"<!DOCTYPE html><html><body>Please log in</body></html>"
LISTING_METHODS = ("PROPFIND", "REPORT")


def _draft(number: int = 1, *, hour: int = 9) -> Draft:
    start = datetime(2031, 3, 4, hour, tzinfo=UTC)
    return Draft(
        uid=Uid(f"00000000-0000-4000-8000-{number:012d}"),
        start=start,
        end=start + timedelta(minutes=30),
        zone="Europe/Berlin",
        title=f"Consultation {number}",
        mark=f"appointment-{number}",
    )


@dataclass
class Bench:
    """A real calendar, reached through a proxy that can be told to misbehave."""

    direct: CalDavProvider
    through: CalDavProvider
    proxy: ScriptedServer
    forward: Forward
    event: RemoteEvent
    cursor: Cursor

    def break_with(self, reply: Reply) -> None:
        self.proxy.script = lambda asked: reply

    def mend(self) -> None:
        self.proxy.script = self.forward

    def survivors(self) -> list[RemoteEvent]:
        seen = self.direct.listing(bodies=True).changed
        found = self.direct.get_many([each.ref for each in seen]).values()
        return [each for each in found if isinstance(each, RemoteEvent)]


@pytest.fixture
def bench(new_calendar: tuple[str, dict[str, str]], open_calendar: Open) -> Iterator[Bench]:
    url, account = new_calendar
    direct = open_calendar(url, **account)
    created = direct.create(_draft())
    assert isinstance(created, Written)
    event = direct.get_many([created.ref])[created.ref]
    assert isinstance(event, RemoteEvent)
    cursor = direct.listing(bodies=False).cursor
    assert cursor is not None
    parts = urlsplit(url)
    forward = Forward(f"{parts.scheme}://{parts.netloc}")
    with scripted(forward) as proxy:
        through = open_calendar(proxy.origin + parts.path, timeout=1, listing_timeout=1, **account)
        yield Bench(direct, through, proxy, forward, event, cursor)
    forward.close()


OUTAGES = {
    "400": Reply(status=400),
    "401": Reply(status=401, headers={"WWW-Authenticate": 'Basic realm="r"'}),
    "403": Reply(status=403),
    "404": Reply(status=404),
    "410": Reply(status=410),
    "418": Reply(status=418),
    "429": Reply(status=429, headers={"Retry-After": "17"}),
    "500": Reply(status=500, body=b"oops"),
    "502": Reply(status=502, body=HTML, headers={"Content-Type": "text/html"}),
    "503": Reply(status=503, headers={"Retry-After": "17"}),
    "302 to a login page": Reply(status=302, headers={"Location": "https://login.example.org/"}),
    "200 with a page": Reply(status=200, body=HTML, headers={"Content-Type": "text/html"}),
    "200 with nothing": Reply(status=200),
    "204": Reply(status=204),
    "207 with nothing": Reply(status=207, headers={"Content-Type": "application/xml"}),
    "207 without rows": Reply(status=207, body=b'<d:multistatus xmlns:d="DAV:"/>'),
    "207 with a page": Reply(status=207, body=HTML),
    "207 cut off": Reply(status=207, body=b'<d:multistatus xmlns:d="DAV:">' * 2, how="cut quietly"),
    "cut off": Reply(status=200, body=b"BEGIN:VCALENDAR\r\n" * 9, how="cut"),
    "dropped": Reply(how="drop"),
    "hanging": Reply(how="hang"),
}


@pytest.mark.server
@pytest.mark.parametrize("outage", OUTAGES.values(), ids=OUTAGES)
def test_an_outage_is_never_taken_for_a_change(bench: Bench, outage: Reply) -> None:
    provider, event = bench.through, bench.event
    moved = _draft(hour=15)
    bench.break_with(outage)
    if outage.how == "hang":
        provider._dav.timeouts = Timeouts(connect=0.2, listing=0.2, single=0.2)
    errors = (NeedsLogin, Forbidden, Transient, RateLimited, Rejected)

    with pytest.raises((NeedsLogin, Forbidden, Transient, RateLimited)):
        provider.check()
    with pytest.raises((NeedsLogin, Forbidden, Transient, RateLimited)):
        provider.listing(bodies=True)
    with pytest.raises((NeedsLogin, Forbidden, Transient, RateLimited)):
        provider.listing(bodies=False)
    with suppress(*errors):
        assert isinstance(provider.changes(bench.cursor), Rescan)
    with suppress(*errors):
        assert not any(isinstance(each, Absent) for each in provider.get_many([event.ref]).values())
    for write in (
        lambda: provider.create(_draft(2)),
        lambda: provider.update(event, moved),
        lambda: provider.delete(event.ref, event.version),
    ):
        try:
            result = write()
        except errors:
            continue
        # A bare 204 says that the write took effect, and nothing contradicts it.
        assert outage.status == 204, f"{result} after {outage}"

    bench.mend()
    assert bench.survivors() == [event]


@pytest.mark.server
def test_after_an_outage_the_same_provider_goes_on(bench: Bench) -> None:
    bench.break_with(Reply(status=503))
    with pytest.raises(Transient):
        bench.through.listing(bodies=True)

    bench.mend()

    assert [each.ref for each in bench.through.listing(bodies=True).changed] == [bench.event.ref]


@pytest.mark.server
def test_a_server_that_is_not_there_is_an_outage(bench: Bench, open_calendar: Open) -> None:
    url = f"{bench.proxy.origin}/x/"
    bench.proxy.shutdown()
    bench.proxy.server_close()

    with pytest.raises(Transient) as caught:
        open_calendar(url).create(_draft(2))

    assert not caught.value.ambiguous


def _lose_answer_to(bench: Bench, method: str, *, reply: Reply | None = None) -> None:
    """The next request of this method has its effect; its answer is lost."""
    waiting = [True]

    def script(asked: Asked) -> Reply:
        answer = bench.forward(asked)
        if asked.method == method and waiting:
            waiting.clear()
            return reply or Reply(how="drop")
        return answer

    bench.proxy.script = script


LOST = {
    "dropped": None,
    "502": Reply(status=502),
    "504 page": Reply(status=504, body=HTML, headers={"Content-Type": "text/html"}),
    "login page": Reply(status=200, body=HTML, headers={"Content-Type": "text/html"}),
    "timeout": Reply(how="hang"),
}


@pytest.mark.server
@pytest.mark.parametrize("reply", LOST.values(), ids=LOST)
def test_a_create_whose_answer_is_lost_is_adopted(bench: Bench, reply: Reply | None) -> None:
    _lose_answer_to(bench, "PUT", reply=reply)

    result = bench.through.create(_draft(2))

    assert isinstance(result, Adopted)
    assert result.event.mark == "appointment-2"
    assert len(bench.survivors()) == 2
    assert bench.proxy.methods().count("PUT") == 1


@pytest.mark.server
@pytest.mark.parametrize("reply", LOST.values(), ids=LOST)
def test_an_update_whose_answer_is_lost_is_found_written(bench: Bench, reply: Reply | None) -> None:
    _lose_answer_to(bench, "PUT", reply=reply)
    moved = _draft(hour=15)

    result = bench.through.update(bench.event, moved)

    assert isinstance(result, Written)
    (after,) = bench.survivors()
    assert agrees(moved, after)
    assert result.version == after.version
    assert bench.proxy.methods().count("PUT") == 1


@pytest.mark.server
@pytest.mark.parametrize("reply", LOST.values(), ids=LOST)
def test_a_delete_whose_answer_is_lost_is_found_done(bench: Bench, reply: Reply | None) -> None:
    _lose_answer_to(bench, "DELETE", reply=reply)

    result = bench.through.delete(bench.event.ref, bench.event.version)

    assert result == Done()
    assert bench.survivors() == []
    assert bench.proxy.methods().count("DELETE") == 1


@pytest.mark.server
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_write_that_never_arrived_is_sent_once_more(bench: Bench, method: str) -> None:
    waiting = [True]

    def script(asked: Asked) -> Reply:
        if asked.method == method and waiting:
            waiting.clear()
            return Reply(how="drop")
        return bench.forward(asked)

    bench.proxy.script = script

    if method == "DELETE":
        assert bench.through.delete(bench.event.ref, bench.event.version) == Done()
    else:
        assert isinstance(bench.through.update(bench.event, _draft(hour=15)), Written)
        waiting.append(True)
        assert isinstance(bench.through.create(_draft(2)), Written)
        assert len(bench.survivors()) == 2


@pytest.mark.server
def test_a_write_of_unknown_outcome_says_so_when_nothing_can_be_read(bench: Bench) -> None:
    bench.through.check()
    bench.proxy.script = lambda asked: (
        Reply(how="drop") if asked.method == "PUT" else Reply(status=503)
    )

    with pytest.raises(Transient) as caught:
        bench.through.create(_draft(2))

    assert caught.value.ambiguous


@pytest.mark.server
def test_one_event_that_breaks_the_server_is_refused_and_stops_no_other(bench: Bench) -> None:
    def script(asked: Asked) -> Reply:
        if asked.method == "PUT" and b"poison" in asked.body:
            return Reply(status=500)
        return bench.forward(asked)

    bench.proxy.script = script

    with pytest.raises(Rejected):
        bench.through.create(replace(_draft(2), title="poison"))
    with pytest.raises(Rejected):
        bench.through.update(bench.event, replace(_draft(), title="poison"))
    assert isinstance(bench.through.create(_draft(3)), Written)


@pytest.mark.server
def test_a_read_survives_one_broken_connection(bench: Bench) -> None:
    waiting = [True]

    def script(asked: Asked) -> Reply:
        if waiting:
            waiting.clear()
            return Reply(how="drop")
        return bench.forward(asked)

    bench.proxy.script = script

    assert len(bench.through.listing(bodies=True).changed) == 1


@pytest.mark.server
def test_a_calendar_that_vanishes_under_a_write_is_forbidden_not_gone(bench: Bench) -> None:
    """A proxy that lost its backend answers 404 to everything."""
    bench.through.check()
    bench.break_with(Reply(status=404))

    for write in (
        lambda: bench.through.update(bench.event, _draft(hour=15)),
        lambda: bench.through.delete(bench.event.ref, bench.event.version),
        lambda: bench.through.create(_draft(2)),
    ):
        with pytest.raises(Forbidden):
            write()
