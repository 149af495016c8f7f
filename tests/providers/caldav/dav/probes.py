"""One function for each departure: it passes where the server departs so, and fails where not.

Each is the request that showed the departure on a real server, sent to the stand-in.
"""

from __future__ import annotations

import httpcore
import httpx
import pytest
from quirky_caldav import InProcess

from .probing import OTHER, SCHEDULED, Probe, ahead, count, event, next_token, rows
from .standin import ORIGIN, PATH

# The account


def well_known_is_empty(p: Probe) -> None:
    answer = p.ask("PROPFIND", "/.well-known/caldav")
    assert (answer.status_code, answer.content) == (200, b"")


def no_login_is_asked_for(p: Probe) -> None:
    assert p.unknown("PROPFIND", PATH).status_code == 207


def a_missing_calendar_is_a_row(p: Probe) -> None:
    assert 404 in rows(p.listed(OTHER, depth="0")).values()


def calendars_are_listed_thrice(p: Probe) -> None:
    text = p.listed("/dav/alice/").text
    assert all(f">/dav/alice/work{end}<" in text for end in ("/", ".ics", ".xml"))


# Tokens and tags


def there_is_no_sync_report(p: Probe) -> None:
    answer = p.sync()
    assert answer.status_code == 403
    assert "supported-report" in answer.text


def a_token_is_a_number_of_seconds(p: Probe) -> None:
    p.put()
    assert p.token.isdecimal()
    assert abs(int(p.token) - p.standin.time) < 60


def garbage_is_412(p: Probe) -> None:
    answer = p.sync("garbage")
    assert answer.status_code == 412
    assert "valid-sync-token" in answer.text


def garbage_is_told_everything(p: Probe) -> None:
    _one_alive_one_dead(p)
    assert rows(p.sync("garbage")) == {"a.ics": 200}


def garbage_is_told_the_dead_too(p: Probe) -> None:
    _one_alive_one_dead(p)
    assert rows(p.sync("garbage")) == {"a.ics": 200, "b.ics": 404}


def the_future_is_told_everything(p: Probe) -> None:
    _one_alive_one_dead(p)
    assert rows(p.sync(ahead(p.token))) == {"a.ics": 200}


def the_future_is_told_nothing(p: Probe) -> None:
    p.put()
    assert rows(p.sync(ahead(p.token))) == {}


def a_token_of_another_calendar_is_told_nothing(p: Probe) -> None:
    p.put()
    token = p.token
    p.remake()
    assert rows(p.sync(token)) == {}


def the_last_second_is_told_again(p: Probe) -> None:
    p.put()
    assert rows(p.sync(p.token)) == {"a.ics": 200}


def the_dead_are_told_of_at_first(p: Probe) -> None:
    _one_alive_one_dead(p)
    assert rows(p.sync()) == {"a.ics": 200, "b.ics": 404}


def a_limit_loses_the_rest(p: Probe) -> None:
    for name in ("a.ics", "b.ics", "c.ics"):
        p.put(name)
    first = p.sync(limit=2)
    assert len(rows(first)) == 2
    assert rows(p.sync(next_token(first))) == {}


def changes_are_never_told(p: Probe) -> None:
    token = p.token
    for number in range(12):
        p.put(f"{number}.ics")
    assert len(rows(p.sync(token))) < 12


def a_tag_is_blind_within_a_second(p: Probe) -> None:
    assert p.ctag == "-1"
    p.put()
    before = p.ctag
    p.put("b.ics")
    assert p.ctag == before


# Entity tags and conditions


def an_etag_comes_back_with_another_content(p: Probe) -> None:
    p.put()
    before = p.etag()
    p.delete()
    p.put(text=event("a.ics", "SUMMARY:another"))
    assert p.etag() == before == '"gcs00000000"'


def a_scheduling_put_names_no_etag(p: Probe) -> None:
    assert "etag" in p.put("plain.ics").headers
    assert "etag" not in p.put(text=event("a.ics", *SCHEDULED)).headers


def an_etag_is_named_for_another_body(p: Probe) -> None:
    sent = event("a.ics", "X-Z:1", "CATEGORIES:B,A", "SUMMARY:z", "CLASS:PRIVATE")
    assert p.put(text=sent).headers["etag"] == p.etag()
    assert p.get() != sent


def if_none_match_overwrites(p: Probe) -> None:
    p.put()
    assert p.put(text=event("a.ics", "SUMMARY:x"), If_None_Match="*").status_code == 204
    assert "SUMMARY:x" in p.get()


def if_match_creates(p: Probe) -> None:
    assert p.put(If_Match='"any"').status_code == 201


def if_match_anything_creates(p: Probe) -> None:
    assert p.put(If_Match="*").status_code == 201


def a_delete_despite_if_match(p: Probe) -> None:
    p.put()
    assert p.delete(If_Match='"other"') == 204


def a_delete_of_nothing_is_412(p: Probe) -> None:
    assert p.delete(If_Match='"any"') == 412


def identical_bytes_make_a_new_tag(p: Probe) -> None:
    p.put()
    etag, ctag = p.etag(), p.ctag
    p.put()
    assert p.etag() == etag
    assert p.ctag != ctag


def identical_bytes_make_a_new_etag(p: Probe) -> None:
    p.put()
    etag = p.etag()
    p.put()
    assert p.etag() != etag


def one_condition_has_two_winners(p: Probe) -> None:
    """The second comes while the first has checked and not written."""
    p.put()
    etag, second = p.etag(), []
    p.site.between = lambda _: second.append(
        p.put(text=event("a.ics", "SUMMARY:second"), If_Match=etag).status_code
    )
    first = p.put(text=event("a.ics", "SUMMARY:first"), If_Match=etag)
    assert (first.status_code, second) == (204, [204])


# UIDs


def a_second_uid_is_412(p: Probe) -> None:
    answer = _second_uid(p)
    assert answer.status_code == 412
    assert "no-uid-conflict" in answer.text


def a_second_uid_is_403_with_its_address(p: Probe) -> None:
    answer = _second_uid(p)
    assert answer.status_code == 403
    assert "unique-scheduling-object-resource" in answer.text
    assert f"{PATH}a.ics" in answer.text


def a_second_uid_is_409_in_words(p: Probe) -> None:
    answer = _second_uid(p)
    assert answer.status_code == 409
    assert "no-uid-conflict" not in answer.text


def a_second_uid_is_stored(p: Probe) -> None:
    assert _second_uid(p).status_code == 201


def a_uid_of_another_calendar_is_403(p: Probe) -> None:
    p.site.make(OTHER)
    p.put(text=event("same"), path=OTHER)
    assert p.put(text=event("same")).status_code == 403


# Reading many


def what_is_missing_is_left_out(p: Probe) -> None:
    p.put()
    assert rows(p.multiget("a.ics", "missing.ics")) == {"a.ics": 200}


def one_missing_fails_all(p: Probe) -> None:
    p.put()
    assert p.multiget("a.ics", "missing.ics").status_code == 404


def asking_for_nothing_is_500(p: Probe) -> None:
    assert p.multiget().status_code == 500


def asked_twice_is_told_twice(p: Probe) -> None:
    p.put()
    assert count(p.multiget("a.ics", "a.ics")) == 2


# Searching


def nothing_happens_after_2038(p: Probe) -> None:
    p.put(text=event("a.ics", "RRULE:FREQ=YEARLY"))
    assert rows(p.search("20330101", "20340101")) == {"a.ics": 200}
    assert rows(p.search("20400101", "20410101")) == {}


def what_moved_is_not_found(p: Probe) -> None:
    moved = ("RECURRENCE-ID:20310311T090000Z", "DTSTART:20310620T090000Z", "DTEND:20310620T093000Z")
    master = event("a.ics", "RRULE:FREQ=WEEKLY;COUNT=3")
    other = event("a.ics", when=moved)
    both = master.replace("END:VCALENDAR", other[other.index("BEGIN:VEVENT") :])
    p.put(text=both)
    assert rows(p.search("20310303", "20310306")) == {"a.ics": 200}
    assert rows(p.search("20310619", "20310622")) == {}


def a_whole_day_without_end_is_not_found(p: Probe) -> None:
    p.put(text=event("a.ics", when=("DTSTART;VALUE=DATE:20310304",)))
    assert rows(p.search("20310303", "20310306")) == {}


def expanding_is_400(p: Probe) -> None:
    assert p.search("20310303", "20310306", expand=True).status_code == 400


def expanding_is_ignored(p: Probe) -> None:
    p.put(text=event("a.ics", "RRULE:FREQ=DAILY;COUNT=9"))
    assert "RRULE" in p.search("20310303", "20310306", expand=True).text


def there_is_no_free_busy(p: Probe) -> None:
    body = '<c:free-busy-query xmlns:c="urn:ietf:params:xml:ns:caldav"/>'
    assert p.report(body).status_code == 501


# Writing other than by PUT


def a_move_is_412(p: Probe) -> None:
    assert _moved(p) == 412


def a_move_is_409(p: Probe) -> None:
    assert _moved(p) == 409


def a_move_ends_elsewhere(p: Probe) -> None:
    assert _moved(p) == 201
    names = {name for name in rows(p.listed()) if name}
    assert len(names) == 1
    assert not names & {"a.ics", "b.ics"}


def a_put_answers_with_the_event(p: Probe) -> None:
    assert b"BEGIN:VCALENDAR" in p.put(Prefer="return=representation").content


def connections_are_reset(p: Probe) -> None:
    agent = {"User-Agent": "syncd"}
    with httpx.Client(transport=InProcess(p.site), base_url=ORIGIN, headers=agent) as client:

        def often() -> None:
            for _ in range(100):
                client.request("PROPFIND", PATH)

        with pytest.raises(httpcore.ReadError):
            often()


# What is kept


def an_extension_is_cut_at_a_comma(p: Probe) -> None:
    p.put(text=event("a.ics", "X-GEO:52.1,4.3", r"X-ESCAPED:a\,b"))
    assert "X-GEO:52.1\r\n" in p.get()
    assert r"X-ESCAPED:a\,b" in p.get()


def an_unknown_component_is_dropped(p: Probe) -> None:
    assert p.put(text=event("a.ics", "BEGIN:X-PART", "X-A:1", "END:X-PART")).is_success
    assert "X-PART" not in p.get()


def floating_times_are_pinned(p: Probe) -> None:
    p.put(text=event("a.ics", when=("DTSTART:20310304T090000", "DTEND:20310304T093000")))
    assert "DTSTART;TZID=Etc/UTC:20310304T090000" in p.get()


def emoji_destroy_the_event(p: Probe) -> None:
    assert p.put(text=event("a.ics", "DESCRIPTION:" + "a\U0001f44d" * 60)).status_code == 201
    assert p.get() == "(null)"


def garbage_put_is_404(p: Probe) -> None:
    assert p.put(text="garbage").status_code == 404


def two_uids_are_stored(p: Probe) -> None:
    one, two = event("one"), event("two")
    both = one.replace("END:VCALENDAR", two[two.index("BEGIN:VEVENT") :])
    assert p.put(text=both).status_code == 201


def a_bad_rule_is_500(p: Probe) -> None:
    assert p.put(text=event("a.ics", "RRULE:FREQ=SOMETIMES")).status_code == 500


def odd_bytes_are_500(p: Probe) -> None:
    assert p.put(text=event("a.ics", "SUMMARY:caf\xe9").encode("latin-1")).status_code == 500
    assert p.put(text=event("a.ics", "SUMMARY:\0")).status_code == 500


def an_unknown_component_is_500(p: Probe) -> None:
    text = event("a.ics", "BEGIN:X-PART", "X-A:1", "END:X-PART")
    assert p.put(text=text).status_code == 500


def a_question_mark_is_listed_bare(p: Probe) -> None:
    p.put("q?m.ics", event("q"))
    assert "q?m.ics" in rows(p.listed())


def _one_alive_one_dead(p: Probe) -> None:
    for name in ("a.ics", "b.ics"):
        assert p.put(name).status_code == 201
    assert p.delete("b.ics") == 204


def _second_uid(p: Probe) -> httpx.Response:
    p.put("a.ics", event("same"))
    return p.put("b.ics", event("same"))


def _moved(p: Probe) -> int:
    p.put()
    return p.ask("MOVE", f"{PATH}a.ics", Destination=f"{ORIGIN}{PATH}b.ics").status_code
