"""Whatever a server sends: an answer in bounded time, and no exception but the port's own."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from ical_bodies import REF, VERSION, corpus
from ical_strategies import drafts

from syncd.core.errors import Rejected
from syncd.core.events import Draft, RemoteEvent, Unreadable
from syncd.core.time import Interval
from syncd_caldav.content_lines import Malformed, decode
from syncd_caldav.ical import (
    NotAnEvent,
    losses,
    occurrences,
    patch,
    read_event,
    semantic_digest,
)

NOW = datetime(2031, 2, 3, tzinfo=UTC)
MARCH = Interval(datetime(2031, 3, 1, tzinfo=UTC), datetime(2031, 4, 1, tzinfo=UTC))
BERLIN = ZoneInfo("Europe/Berlin")
OWNER = frozenset({"patel@clinic.example"})
BODIES = list(corpus().values())
LINES = sorted({line for body in BODIES for line in body.splitlines()})


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A body of the corpus with a few stretches replaced, doubled, cut or filled with noise."""
    body = draw(st.sampled_from(BODIES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = min(start + draw(st.integers(0, 40)), len(body))
        noise = draw(
            st.binary(max_size=12)
            | st.sampled_from(LINES).map(lambda line: b"\r\n" + line + b"\r\n")
            | st.sampled_from([b"", b"0", b"99999999", b"Z", b"-", b";", b'"', b"\r\n ", b"\x00"])
        )
        body = body[:start] + noise + body[end:]
    return body


def everything(body: bytes | str, draft: Draft) -> None:
    """Use all doors; none may raise anything but `Rejected`."""
    found = read_event(REF, VERSION, body, owner=OWNER)
    assert isinstance(found, RemoteEvent | Unreadable | NotAnEvent)
    semantic_digest(body)
    try:
        text = decode(body)
    except Malformed:
        return
    losses(text, text)
    for use in (
        lambda: occurrences(text, MARCH, BERLIN, owner=OWNER),
        lambda: patch(text, draft, now=NOW),
    ):
        with suppress(Rejected):
            use()


@given(damaged(), drafts())
def test_a_damaged_object_is_read_or_quarantined_at_once(body: bytes, draft: Draft):
    begun = time.process_time()

    everything(body, draft)

    assert time.process_time() - begun < 2.0


@given(st.binary(max_size=300) | st.text(max_size=300), drafts())
def test_noise_is_unreadable(body: bytes | str, draft: Draft):
    everything(body, draft)

    assert isinstance(read_event(REF, VERSION, body), Unreadable)


@given(damaged())
def test_a_reason_never_repeats_what_an_event_says(body: bytes):
    found = read_event(REF, VERSION, body)

    if isinstance(found, Unreadable):
        assert not any(
            word in found.reason
            for word in ("Müller", "Visite", "patel", "meet.example", "2031", "Customized")
        )
