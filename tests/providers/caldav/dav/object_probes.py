"""Probes of reading, searching and keeping objects; those of tokens, tags and UIDs are `probes`."""

from __future__ import annotations

import httpcore
import httpx
import pytest
from quirky_caldav import InProcess

from .probing import Probe, count, event, rows
from .standin import ORIGIN, PATH

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


def _moved(p: Probe) -> int:
    p.put()
    return p.ask("MOVE", f"{PATH}a.ics", Destination=f"{ORIGIN}{PATH}b.ics").status_code
