"""One function for each departure: it passes where the server departs so, and fails where not.

Each is the request that showed the departure on a real server, sent to the stand-in.
"""

from __future__ import annotations

import httpx

from .probing import OTHER, SCHEDULED, Probe, ahead, event, next_token, rows
from .standin import PATH

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


# What was not measured


def an_etag_has_a_suffix(p: Probe) -> None:
    p.put()
    assert p.ask("GET", f"{PATH}a.ics", User_Agent="syncd").headers["etag"] != p.etag()


def a_servers_own_etag_is_refused(p: Probe) -> None:
    p.put()
    assert p.put(If_Match=p.etag(), User_Agent="syncd").status_code == 412


def etags_are_weak(p: Probe) -> None:
    p.put()
    assert p.etag().startswith("W/")


def there_are_no_etags(p: Probe) -> None:
    p.put()
    assert p.etag() == ""
    assert "getetag" not in p.listed().text


def a_put_names_no_etag(p: Probe) -> None:
    assert "etag" not in p.put().headers
    assert p.etag() != ""


def a_deleted_name_is_burnt(p: Probe) -> None:
    p.put()
    p.delete()
    assert p.put().status_code == 400


def rows_have_no_address(p: Probe) -> None:
    p.put()
    assert rows(p.multiget("a.ics")) == {"": 200}


def digest_is_asked_for(p: Probe) -> None:
    assert p.unknown("PROPFIND", PATH).headers["www-authenticate"].startswith("Digest")


def a_second_uid_is_400_in_words(p: Probe) -> None:
    assert _second_uid(p).status_code == 400


def a_brief_life_leaves_no_row(p: Probe) -> None:
    token = p.token
    _one_alive_one_dead(p)
    assert rows(p.sync(token)) == {"a.ics": 200}


def pages_are_small(p: Probe) -> None:
    for name in ("a.ics", "b.ics", "c.ics"):
        p.put(name)
    assert 507 in rows(p.sync()).values()


def _one_alive_one_dead(p: Probe) -> None:
    for name in ("a.ics", "b.ics"):
        assert p.put(name).status_code == 201
    assert p.delete("b.ics") == 204


def _second_uid(p: Probe) -> httpx.Response:
    p.put("a.ics", event("same"))
    return p.put("b.ics", event("same"))
