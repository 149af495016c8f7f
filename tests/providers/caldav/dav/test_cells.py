"""Each departure is shown by its switch and by the servers that have it, and by nothing else; and
the laws that it endangers hold all the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from quirky_caldav import SERVERS, SINGLE, Quirks, Request

from syncd.testing.harness import Desk
from syncd.testing.provider_laws import ProviderLaws

from .cells import CELLS, ELSEWHERE, NEVER, NOT_IMITATED, Cell
from .probing import Probe
from .standin import StandIn, is_safe

PAGE = Path(__file__).parents[4] / "docs" / "caldav-servers.md"
ARGUMENTS = {"test_an_unknown_cursor_is_never_an_empty_success": ("http://sabre.io/ns/sync/99",)}
ARGUMENTS["test_awkward_titles_survive_or_their_loss_is_noticed"] = ("a\U0001f44d" * 60,)
LAWS = sorted(
    {(cell.switch, law) for cell in CELLS for law in cell.laws if law not in (NEVER, *ELSEWHERE)}
)


@contextmanager
def standing_in(quirks: Quirks) -> Iterator[StandIn]:
    standin = StandIn(quirks)
    yield standin
    standin.close()


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.what)
def test_a_departure_is_shown_by_its_switch_and_by_nothing_else(cell: Cell) -> None:
    with standing_in(SINGLE[cell.switch]) as departing, standing_in(Quirks()) as right:
        departing.site.seen.clear()

        cell.probe(Probe(departing))
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            cell.probe(Probe(right))

        for each in (departing, right):
            each.site.seen.clear()


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.what)
def test_a_departure_is_shown_by_the_servers_that_have_it(cell: Cell) -> None:
    for server in SERVERS.keys() & set(cell.servers):
        with standing_in(SERVERS[server]) as standin:
            cell.probe(Probe(standin))
            standin.site.seen.clear()


@pytest.mark.parametrize(("switch", "law"), LAWS)
def test_a_law_that_a_departure_endangers_holds_all_the_same(switch: str, law: str) -> None:
    with standing_in(SINGLE[switch]) as standin:
        getattr(ProviderLaws(), law)(Desk(standin), *ARGUMENTS.get(law, ()))


@pytest.mark.parametrize(
    ("method", "body", "headers"),
    [
        ("MOVE", b"", {}),
        ("MKCALENDAR", b"", {}),
        ("REPORT", b"<c:time-range/>", {}),
        ("REPORT", b"<d:nresults>", {}),
        ("PROPFIND", b"", {"depth": "infinity"}),
        ("PUT", b"", {"if-match": "*"}),
        ("PUT", b"", {"if-match": '"a", "b"'}),
        ("PUT", b"", {"prefer": "return=representation"}),
        ("GET", b"", {"if-none-match": '"a"'}),
    ],
)
def test_what_servers_answer_differently_would_be_noticed(
    method: str, body: bytes, headers: dict[str, str]
) -> None:
    assert not is_safe(Request(method=method, path="/", target="/", headers=headers, body=body))


def test_the_page_about_servers_is_this_table() -> None:
    """To write it anew: WRITE_PAGES=1 in the environment."""
    page = _page()
    if "WRITE_PAGES" in os.environ:
        PAGE.write_text(page)

    assert PAGE.read_text() == page


def _page() -> str:
    lines = [
        "# CalDAV servers, as they are",
        "",
        "What real servers do that the RFCs do not say, as it was measured, and what shows that",
        "syncd bears it. Each departure is one switch of the stand-in server `tests/quirky_caldav`;",
        "a named server is a set of switches. Every law of the conformance suite runs against every",
        "named server, and with `WHOLE_MATRIX=1` in the environment against every single switch.",
        "The laws of this table run for their switches each time. *Never asked*: syncd sends no such",
        "request, which is checked after every law.",
        "",
        "A server that is not recognised is read before each write, since some ignore conditions.",
        "Where conditions are checked too early, an edit between that check and our write is",
        "overwritten by the server, and no client can see it; one after our write is found when it",
        "is read back ([decision 11](adr/0011-strangers-are-read-before-each-write.md)).",
        "What is said of Nextcloud beyond sabre/dav, of Zimbra and of iCloud was read, not measured.",
        "",
        "| departure | seen in | switch | what shows that syncd bears it |",
        "|---|---|---|---|",
    ]
    for cell in CELLS:
        laws = "; ".join(_in_words(law) for law in cell.laws)
        lines.append(f"| {cell.what} | {', '.join(cell.servers)} | {cell.switch} | {laws} |")
    lines += ["", "Not imitated:", ""]
    lines += [f"- {what}: {why}." for what, why in NOT_IMITATED.items()]
    return "\n".join(lines) + "\n"


def _in_words(law: str) -> str:
    return law.removeprefix("test_").replace("_", " ")
