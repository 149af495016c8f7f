"""Change feeds and listings in the odd forms that servers give them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from faulty_http import Reply
from quirky_caldav import DAVICAL, SABRE_4, SOGO, Quirks, quirky

from syncd.core.errors import Forbidden, RateLimited, Transient
from syncd.core.events import RemoteEvent, Unreadable
from syncd.core.ids import Cursor, EventRef
from syncd.ports import ChangeSet, ConditionalWrite, Rescan
from syncd_caldav.profile import Family, family_of, went_backwards
from syncd_caldav.provider import CalDavProvider

from .conftest import Answering, Open
from .multistatus import EVENT, PATH, error, itself, multistatus, prop_row, row


def cursor(token: str = "data:,1-7") -> Cursor:
    return Cursor(f"sync:{token}")


def test_a_report_gives_changes_claims_and_the_next_cursor(answering: Answering) -> None:
    provider, server = answering(
        report=multistatus(
            itself(),
            row("a.ics", etag='"2"', body=EVENT.format(uid="a")),
            row("b.ics", status=404),
            row("folder/"),
            row("../other/c.ics"),
            token="data:,1-9",
        )
    )

    found = provider.changes(cursor())

    assert isinstance(found, ChangeSet)
    (seen,) = found.changed
    assert (seen.ref, seen.version) == (f"{PATH}a.ics", '"2"')
    assert isinstance(seen.item, RemoteEvent)
    assert found.gone == (EventRef(f"{PATH}b.ics"),)
    assert found.cursor == "sync:data:,1-9"
    assert not found.complete
    assert len(server.asked) == 1
    assert server.asked[0].headers["Depth"] == "0"
    assert b"limit" not in server.asked[0].body


def test_a_row_about_a_live_object_outweighs_its_tombstone(answering: Answering) -> None:
    token = "data:,1-9"
    for rows in (
        (row("a.ics"), row("a.ics", status=404)),
        (row("a.ics", status=404), row("a.ics")),
    ):
        provider, _ = answering(report=multistatus(*rows, token=token))

        found = provider.changes(cursor())

        assert isinstance(found, ChangeSet)
        assert [each.ref for each in found.changed] == [f"{PATH}a.ics"]
        assert found.gone == ()


def test_an_object_listed_twice_in_two_spellings_is_one(answering: Answering) -> None:
    provider, _ = answering(
        report=multistatus(row("at@x.ics"), row("at%40x.ics"), token="data:,1-9")
    )

    found = provider.changes(cursor())

    assert isinstance(found, ChangeSet)
    assert len(found.changed) == 1


def test_a_row_that_failed_is_looked_at_again_and_never_taken_for_gone(
    answering: Answering,
) -> None:
    """A cursor must not move past it unseen."""
    provider, _ = answering(report=multistatus(row("a.ics", status=403), token="data:,1-9"))

    found = provider.changes(cursor())

    assert isinstance(found, ChangeSet)
    assert [(each.version, each.item) for each in found.changed] == [("", None)]
    assert found.gone == ()


@pytest.mark.parametrize(
    "reply",
    [
        error(403, "valid-sync-token"),
        error(409, "valid-sync-token"),
        error(412, "valid-sync-token"),
        error(500, "valid-sync-token"),
        Reply(status=400),
        Reply(status=403),
        Reply(status=410),
        Reply(status=412),
        Reply(status=415),
        Reply(status=418),
        Reply(status=500),
        error(403, "supported-report"),
        Reply(status=405),
        Reply(status=501),
        multistatus(),
        multistatus(row("a.ics")),
        multistatus(token="data:,1-3"),
    ],
    ids=lambda reply: f"{reply.status} {reply.body[-60:-1]!r}",
)
def test_a_cursor_that_no_longer_works_is_a_rescan(answering: Answering, reply: Reply) -> None:
    provider, _ = answering(report=reply)

    assert isinstance(provider.changes(cursor()), Rescan)


def test_a_token_that_is_plainly_refused_is_asked_about_once(answering: Answering) -> None:
    provider, server = answering(report=error(403, "valid-sync-token"))

    provider.changes(cursor())

    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=404), Forbidden),
        (Reply(status=429), RateLimited),
        (Reply(status=502), Transient),
        (Reply(status=503), Transient),
        (Reply(status=504), Transient),
        (Reply(status=200, body=b"<html>"), Transient),
        (Reply(status=207, body=b""), Transient),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
def test_an_outage_says_nothing_about_the_cursor(
    answering: Answering, reply: Reply, kind: type[Exception]
) -> None:
    provider, _ = answering(report=reply)

    with pytest.raises(kind):
        provider.changes(cursor())


@pytest.mark.parametrize("text", ["", "garbage", "sync:", "ctag", "sync:" + "x" * 5000])
def test_a_cursor_that_is_not_ours_is_not_sent(answering: Answering, text: str) -> None:
    provider, server = answering()

    assert isinstance(provider.changes(Cursor(text)), Rescan)
    assert server.asked == []


@pytest.mark.parametrize("token", ["data:,12", "1700000000", "-1", "0"])
def test_a_feed_that_is_known_to_forget_is_not_asked(answering: Answering, token: str) -> None:
    provider, server = answering()

    assert isinstance(provider.changes(cursor(token)), Rescan)
    assert server.asked == []
    assert not provider.capabilities.trusts_cursor
    assert not provider.capabilities.has_cursor


@pytest.mark.parametrize("token", ["data:,12", "1700000000"])
def test_a_first_listing_tells_that_the_feed_forgets(answering: Answering, token: str) -> None:
    provider, _ = answering(report=multistatus(row("a.ics"), token=token))

    assert provider.listing(bodies=True).cursor is None
    assert not provider.capabilities.has_cursor


def test_more_pages_are_fetched_until_the_server_has_no_more(answering: Answering) -> None:
    def page(number: int, *, more: bool) -> Reply:
        rows = [row(f"{number}.ics")] + ([row("", status=507)] if more else [])
        return multistatus(*rows, token=f"data:,1-{number}")

    provider, server = answering(
        report=[page(8, more=True), page(9, more=True), page(10, more=False)]
    )

    found = provider.changes(cursor())

    assert isinstance(found, ChangeSet)
    assert [each.ref for each in found.changed] == [f"{PATH}{n}.ics" for n in (8, 9, 10)]
    assert found.cursor == cursor("data:,1-10")
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("now_at", "requests", "kind"), [(7, 1, ChangeSet), (3, 1, Rescan), (9, 2, ChangeSet)]
)
def test_a_server_that_echoes_tokens_is_asked_where_it_stands(
    answering: Answering, now_at: int, requests: int, kind: type[object]
) -> None:
    """sabre/dav repeats the token of a calendar that was removed and made anew."""
    sabre = "http://sabre.io/ns/sync/"
    provider, server = answering(
        zero=multistatus(itself(f"<d:sync-token>{sabre}{now_at}</d:sync-token>")),
        report=multistatus(row("a.ics"), token=f"{sabre}9"),
    )

    found = provider.changes(cursor(f"{sabre}7"))

    assert isinstance(found, kind)
    assert len(server.asked) == requests
    if isinstance(found, ChangeSet):
        assert found.cursor == cursor(f"{sabre}{now_at}")
        assert bool(found.changed) is (now_at == 9)


def test_pages_that_do_not_get_on_are_a_rescan(answering: Answering) -> None:
    provider, _ = answering(report=multistatus(row("", status=507), token="data:,1-8"))

    assert isinstance(provider.changes(cursor()), Rescan)


def test_bodies_that_spoil_a_report_are_left_out(answering: Answering) -> None:
    """One event with a control character makes the whole answer unreadable."""
    good = multistatus(row("a.ics"), token="data:,1-9")
    bad = multistatus(row("a.ics", body="SUMMARY:\x08"), token="data:,1-9")
    provider, server = answering(report=[bad, good])

    found = provider.changes(cursor())

    assert isinstance(found, ChangeSet)
    assert [each.item for each in found.changed] == [None]
    assert [b"calendar-data" in each.body for each in server.asked] == [True, False]


def test_a_server_that_gives_no_bodies_is_not_asked_for_them_again(answering: Answering) -> None:
    provider, server = answering(report=multistatus(row("a.ics"), token="0" * 40))

    provider.changes(cursor("1" * 40))
    provider.changes(cursor("1" * 40))

    assert [b"calendar-data" in each.body for each in server.asked] == [True, False]


def test_one_request_imports_everything_where_the_server_can(answering: Answering) -> None:
    names = [f"{number}.ics" for number in range(300)]
    provider, server = answering(
        report=multistatus(
            *(row(name, body=EVENT.format(uid=name)) for name in names),
            row("old.ics", status=404),
            token="http://radicale.org/ns/sync/abc",
        )
    )

    found = provider.listing(bodies=True)

    assert len(found.changed) == 300
    assert all(isinstance(each.item, RemoteEvent) for each in found.changed)
    assert found.complete
    assert found.gone == ()
    assert len(server.asked) == 1


def test_a_first_report_without_rows_is_confirmed_by_the_truth(answering: Answering) -> None:
    provider, server = answering(
        report=multistatus(token="data:,1-9"),
        zero=multistatus(itself("<d:sync-token>data:,1-9</d:sync-token>")),
        one=multistatus(itself(), row("a.ics")),
    )

    found = provider.listing(bodies=True)

    assert [each.ref for each in found.changed] == [f"{PATH}a.ics"]
    assert server.methods() == ["REPORT", "PROPFIND", "PROPFIND"]


def test_the_cursor_of_a_listing_is_read_before_it(answering: Answering) -> None:
    provider, server = answering(
        zero=multistatus(itself("<d:sync-token>data:,1-4</d:sync-token>")),
        one=multistatus(itself("<d:sync-token>data:,1-5</d:sync-token>"), row("a.ics")),
    )

    found = provider.listing(bodies=False)

    assert found.cursor == cursor("data:,1-4")
    assert [each.headers["Depth"] for each in server.asked] == ["0", "1"]


@pytest.mark.parametrize(
    "one",
    [
        multistatus(),
        multistatus(row("a.ics")),
        multistatus(prop_row("", "<d:resourcetype><d:collection/></d:resourcetype>"), row("a.ics")),
        multistatus(row("", status=404)),
        multistatus(row("", status=500), row("a.ics")),
    ],
    ids=["empty", "no calendar row", "no calendar", "not there", "failed"],
)
def test_a_listing_that_does_not_show_the_calendar_is_no_listing(
    answering: Answering, one: Reply
) -> None:
    provider, _ = answering(zero=multistatus(itself()), one=one)

    with pytest.raises((Transient, Forbidden)):
        provider.listing(bodies=False)


def test_a_listing_that_the_server_cut_short_is_not_complete(answering: Answering) -> None:
    provider, _ = answering(
        zero=multistatus(itself()), one=multistatus(itself(), row("a.ics"), row("", status=507))
    )

    assert not provider.listing(bodies=False).complete


@pytest.mark.parametrize(
    "zero",
    [
        multistatus(row("", status=404)),
        multistatus(prop_row("", "<d:resourcetype><d:collection/></d:resourcetype>")),
        multistatus(
            itself(
                "<c:supported-calendar-component-set>"
                '<c:comp name="VTODO"/></c:supported-calendar-component-set>'
            )
        ),
    ],
    ids=["a 404 inside a 207", "an address book or folder", "a task list"],
)
def test_what_is_no_calendar_of_events_is_forbidden(answering: Answering, zero: Reply) -> None:
    provider, _ = answering(zero=zero)

    with pytest.raises(Forbidden):
        provider.check()


def test_a_calendar_without_tokens_resumes_by_its_tag(answering: Answering) -> None:
    tagged = multistatus(itself("<s:getctag>5</s:getctag>"))
    provider, _ = answering(
        report=error(403, "supported-report"), zero=tagged, one=multistatus(itself(), row("a.ics"))
    )

    listing = provider.listing(bodies=True)
    assert listing.cursor == "ctag:5"
    assert provider.capabilities.has_cursor
    before = provider.requests

    same = provider.changes(Cursor("ctag:5"))
    other = provider.changes(Cursor("ctag:4"))

    assert same == ChangeSet(cursor=Cursor("ctag:5"))
    assert isinstance(other, Rescan)
    assert provider.requests == before + 2


def test_a_calendar_with_neither_declares_that_it_has_no_cursor(answering: Answering) -> None:
    provider, _ = answering(
        report=Reply(status=501), zero=multistatus(itself()), one=multistatus(itself())
    )

    assert provider.listing(bodies=True).cursor is None
    assert not provider.capabilities.has_cursor


def test_a_server_that_calls_the_calendar_by_another_path_is_understood(
    answering: Answering,
) -> None:
    """Some servers answer with the user's number where the address has the name."""

    def renamed(reply: Reply) -> Reply:
        return Reply(status=207, body=reply.body.replace(b"/cal/work/", b"/CAL/u%31/"))

    provider, _ = answering(
        zero=renamed(multistatus(itself())), one=renamed(multistatus(itself(), row("a.ics")))
    )

    found = provider.listing(bodies=False)

    assert [each.ref for each in found.changed] == ["/CAL/u1/a.ics"]


def test_an_event_without_a_version_is_listed_without_one(answering: Answering) -> None:
    provider, _ = answering(
        zero=multistatus(itself()), one=multistatus(itself(), prop_row("a.ics", ""))
    )

    assert [each.version for each in provider.listing(bodies=False).changed] == [""]
    assert not provider.capabilities.versions_are_unique


def test_a_task_is_remembered_as_something_that_takes_no_time(answering: Answering) -> None:
    body = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
    )
    provider, _ = answering(
        report=multistatus(row("t.ics", body=body), row("x.ics", body="(null)"), token="a" * 40)
    )

    task, lost = (each.item for each in provider.listing(bodies=True).changed)

    assert isinstance(task, RemoteEvent)
    assert not task.takes_time
    assert isinstance(lost, Unreadable)


@pytest.mark.parametrize(
    ("token", "family"),
    [
        ("http://radicale.org/ns/sync/0a1b", Family.RADICALE),
        ("0123456789abcdef0123456789abcdef01234567", Family.XANDIKOS),
        ("data:,12", Family.DAVICAL),
        ("data:,1700000000-12", Family.CYRUS),
        ("1700000000", Family.SOGO),
        ("-1", Family.SOGO),
        ("http://sabre.io/ns/sync/7", Family.SABRE),
        ("urn:uuid:something", Family.UNKNOWN),
        ("", Family.UNKNOWN),
    ],
)
def test_a_family_is_known_by_its_tokens(token: str, family: Family) -> None:
    assert family_of(token) is family


@pytest.mark.parametrize(
    ("before", "after", "backwards"),
    [
        ("http://sabre.io/ns/sync/7", "http://sabre.io/ns/sync/3", True),
        ("http://sabre.io/ns/sync/7", "http://sabre.io/ns/sync/10", False),
        ("data:,1-7", "data:,1-3", True),
        ("data:,1-7", "data:,2-3", False),
        ("abc", "abd", False),
        ("7", "7", False),
    ],
)
def test_a_counter_that_went_backwards_is_noticed(
    before: str, after: str, *, backwards: bool
) -> None:
    assert went_backwards(before, after) is backwards


@contextmanager
def _provider_on(quirks: Quirks, open_calendar: Open) -> Iterator[CalDavProvider]:
    with quirky(quirks) as (server, _):
        yield open_calendar(server.new_calendar(), username=server.username, password="env:X")


@pytest.mark.parametrize(
    ("quirks", "trusted", "unique", "conditional"),
    [
        (SABRE_4, True, True, ConditionalWrite.OBJECT),
        (DAVICAL, False, True, ConditionalWrite.OBJECT),
        (SOGO, False, False, ConditionalWrite.NONE),
    ],
)
def test_after_a_check_the_capabilities_are_those_of_the_server(
    quirks: Quirks,
    open_calendar: Open,
    conditional: ConditionalWrite,
    *,
    trusted: bool,
    unique: bool,
) -> None:
    with _provider_on(quirks, open_calendar) as provider:
        provider.check()

        assert provider.capabilities.trusts_cursor is trusted
        assert provider.capabilities.versions_are_unique is unique
        assert provider.capabilities.conditional_write is conditional
