"""One ref for each object, whatever the spelling, and a usable address for each ref."""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.core.ids import EventRef
from syncd_caldav.hrefs import Hrefs, canonical

ROOT = "/dav/alice/work/"
NAMES = st.binary(min_size=1, max_size=20).filter(lambda raw: raw not in (b".", b".."))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("at@x.ics", "at%40x.ics"),
        ("%C3%BC.ics", "%c3%bc.ics"),
        ("+.ics", "%2B.ics"),
        ("~.ics", "%7E.ics"),
        ("(1).ics", "%281%29.ics"),
        ("a b.ics", "a%20b.ics"),
    ],
)
def test_two_spellings_of_one_object_are_one_ref(one: str, other: str) -> None:
    hrefs = Hrefs(ROOT)

    assert hrefs.learn(ROOT + one) == hrefs.learn(ROOT + other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("u\u0308.ics", "\u00fc.ics"),
        ("A.ics", "a.ics"),
        ("a%2Fb.ics", "a/b.ics"),
        ("a%2540.ics", "a@.ics"),
        ("a.ics", "a"),
    ],
)
def test_what_may_be_two_objects_is_never_one_ref(one: str, other: str) -> None:
    assert canonical(ROOT + quote(one, safe="%/@")) != canonical(ROOT + quote(other, safe="%/@"))


@given(NAMES)
@example(b"%")
@example(b"%41")
@example(b"/")
@example(b"\xff%ff")
@example("ü@+~()".encode())
@example(b"?a=b#c")
def test_an_address_made_from_a_ref_means_the_same_octets(raw: bytes) -> None:
    ref = EventRef(canonical(ROOT + quote(raw, safe="")))

    for spelling in Hrefs(ROOT).spellings(ref):
        assert unquote_to_bytes(spelling) == ROOT.encode() + raw
        assert spelling.isascii()
        assert "?" not in spelling
        assert "#" not in spelling
        assert canonical(spelling) == ref


@given(NAMES)
def test_the_ref_of_a_ref_is_itself(raw: bytes) -> None:
    ref = canonical(ROOT + quote(raw, safe=""))

    assert canonical(ref) == ref
    assert ref.encode().decode() == ref


def test_requests_use_the_servers_own_spelling_once_it_is_known() -> None:
    hrefs = Hrefs(ROOT)

    ref = hrefs.learn(f"https://elsewhere.example/{ROOT[1:]}at%40x%2bY.ics")

    assert ref == EventRef(f"{ROOT}at@x+Y.ics")
    assert hrefs.spelling(ref) == f"{ROOT}at%40x%2bY.ics"
    assert hrefs.spellings(ref) == (f"{ROOT}at%40x%2bY.ics",)


def test_a_question_mark_that_a_server_forgot_to_encode_is_encoded() -> None:
    hrefs = Hrefs(ROOT)

    ref = hrefs.learn(f"{ROOT}q?m.ics")

    assert ref is not None
    assert hrefs.spelling(ref) == f"{ROOT}q%3Fm.ics"


@pytest.mark.parametrize(
    "href",
    [
        ROOT,
        ROOT.rstrip("/"),
        f"{ROOT}folder/",
        "/dav/alice/other/x.ics",
        f"{ROOT}../other/x.ics",
        f"{ROOT}%2e%2e/other/x.ics",
        "x.ics",
        "",
        "//evil.example/x.ics",
        "javascript:alert(1)",
        "http://[::1/x.ics",
    ],
)
def test_what_is_not_below_the_calendar_is_no_member(href: str) -> None:
    assert Hrefs(ROOT).learn(href) is None


def test_the_server_may_call_the_calendar_by_another_name() -> None:
    hrefs = Hrefs(ROOT)
    assert hrefs.learn("/DAV/u1/work/x.ics") is None

    hrefs.also_known_as("/DAV/u1/work")

    assert hrefs.learn("/DAV/u1/work/x.ics") == EventRef("/DAV/u1/work/x.ics")
    assert hrefs.is_collection("/DAV/u1/work/")
    assert hrefs.learn(f"{ROOT}x.ics") == EventRef(f"{ROOT}x.ics")


def test_an_event_in_a_subfolder_is_a_member() -> None:
    """SOGo lists `a%2Fb.ics` decoded."""
    assert Hrefs(ROOT).learn(f"{ROOT}a/b.ics") == EventRef(f"{ROOT}a/b.ics")
