"""`make bench`: syncd beside vdirsyncer and beside bare HTTP, interleaved, as ratios in one run.

    python tests/bench/run.py [--sizes 1000,10000] [--rounds 5]

Absolute times say something about the machine; the ratios say something about syncd. Method and
results: docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sys
import tempfile
import textwrap
import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import structlog

from syncd.core.events import Found
from syncd.core.ids import EventRef
from syncd.ports import CalendarProvider

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import collection
import measuring
from calendar_servers import CalendarServer, radicale
from clinic import clinic
from measuring import Cost

BIN = Path(sys.executable).parent
CHANGED = 100
CREATED = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000,10000")
    parser.add_argument("--rounds", type=int, default=5)
    wish = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    quiet: dict[int, float] = {}
    for size in (int(each) for each in wish.sizes.split(",")):
        print(f"\n{size} events, {wish.rounds} rounds, medians (seconds)")
        quiet[size] = import_and_change(size, wish.rounds)
    if len(quiet) > 1:
        small, large = min(quiet), max(quiet)
        growth = quiet[large] / quiet[small]
        print(f"\nquiet round, CPU at {large} / CPU at {small}: {growth:.2f} (goal 1.2)")
    print(f"\n{CREATED} new appointments, {wish.rounds} rounds, medians (seconds)")
    create(wish.rounds)


def import_and_change(size: int, rounds: int) -> float:
    """Import, a round without changes, and a hundred changes. The CPU of the quiet round."""
    ours: dict[str, list[Cost]] = {"import": [], "round": [], "quiet": [], "changed": []}
    theirs: dict[str, list[Cost]] = {"import": [], "quiet": [], "changed": []}
    requests: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        events = root / "collections" / "collection-root" / "alice" / "bench"
        collection.fill(events, size)
        with radicale(root) as server:
            url = f"{server.origin}/alice/bench/"
            warm(server, url)
            for turn in range(rounds):
                folder = root / f"turn-{turn}"
                (folder / "syncd").mkdir(parents=True)
                (folder / "whole").mkdir()
                peer = Vdirsyncer(folder / "vdirsyncer", server)
                ours["import"].append(whole_process(folder / "whole", server, url))
                theirs["import"].append(peer.sync())
                with clinic(folder / "syncd", settings(server, url)) as practice:
                    ours["round"].append(measuring.piece(practice.sync)[0])
                    practice.sync()
                    cost, report = measuring.piece(practice.sync)
                    ours["quiet"].append(cost)
                    requests["quiet"] = report.requests
                    theirs["quiet"].append(peer.sync())
                    collection.change(events, range(CHANGED), turn + 1)
                    warm(server, url)  # or whoever comes first pays for Radicale's reading
                    cost, report = measuring.piece(practice.sync)
                    ours["changed"].append(cost)
                    requests["changed"] = report.requests
                    theirs["changed"].append(peer.sync())
                shutil.rmtree(folder)
    row("import", ours["import"], theirs["import"], "vdirsyncer", goal="CPU 0.30, wall 0.60")
    row("its round", ours["round"], theirs["import"], "vdirsyncer", goal="no start-up counted")
    row("quiet round", ours["quiet"], theirs["quiet"], "vdirsyncer", goal="CPU 0.010 s")
    print(f"    requests: {requests['quiet']} (goal 1)")
    row("100 changed", ours["changed"], theirs["changed"], "vdirsyncer", goal="CPU 0.05")
    print(f"    requests: {requests['changed']} (goal 2)")
    return measuring.median(ours["quiet"]).cpu


def create(rounds: int) -> None:
    """A hundred bookings written to an empty calendar, beside the same bodies in bare PUTs."""
    ours: list[Cost] = []
    writing: list[Cost] = []
    bare: list[Cost] = []
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        with radicale(root) as server:
            for turn in range(rounds):
                folder = root / f"turn-{turn}"
                folder.mkdir()
                url = server.new_calendar()
                with clinic(folder, settings(server, url)) as practice:
                    practice.sync()
                    for number in range(CREATED):
                        practice.book(number, collection.FIRST + timedelta(days=30))
                    practice.provider = watched = Watched(practice.provider)
                    cost, report = measuring.piece(practice.sync)
                    ours.append(cost)
                    back = watched.read_back
                    writing.append(Cost(cost.wall - back.wall, cost.cpu - back.cpu))
                    assert report.pushed == CREATED, report
                    bodies = read_bodies(server, url)
                bare.append(put_all(server, server.new_calendar(), bodies))
    row("create", writing, bare, "bare httpx PUTs", goal="CPU 3, wall 1.15")
    row("+ read-back", ours, bare, "bare httpx PUTs", goal="counted apart")


def whole_process(folder: Path, server: CalendarServer, url: str) -> Cost:
    """The import as an admin runs it: `syncd sync`, start of the interpreter and all."""
    (folder / "practice.toml").write_text(
        textwrap.dedent(f"""\
            [practice]
            name = "Bench"
            timezone = "Europe/Berlin"
            [[practitioners]]
            id = "doctor"
            name = "Doctor"
            [[activities]]
            id = "visit"
            name = "Visit"
            [[calendars]]
            id = "main"
            provider = "caldav"
            practitioner = "doctor"
            url = "{url}"
            username = "{server.username}"
            password = "env:BENCH_PASSWORD"
            """)
    )
    env = {
        **os.environ,
        "BENCH_PASSWORD": server.password,
        "SYNCD_DATABASE_URL": f"sqlite:///{folder / 'ledger.sqlite3'}",
        "SYNCD_STATE_DIRECTORY": str(folder),
    }
    syncd = str(BIN / "syncd")
    measuring.process([syncd, "practice", "apply", "practice.toml"], env=env, cwd=folder)
    return measuring.process([syncd, "sync", "--json"], env=env, cwd=folder)


class Watched:
    """A provider whose reading back is measured."""

    def __init__(self, provider: CalendarProvider) -> None:
        self._provider = provider
        self.read_back = Cost(0.0, 0.0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    def get_many(self, refs: Iterable[EventRef]) -> Mapping[EventRef, Found]:
        cost, found = measuring.piece(lambda: self._provider.get_many(refs))
        before = self.read_back
        self.read_back = Cost(before.wall + cost.wall, before.cpu + cost.cpu)
        return found


class Vdirsyncer:
    """vdirsyncer from the same collection into a folder of files, its usual second side."""

    def __init__(self, folder: Path, server: CalendarServer) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.config = folder / "config"
        self.config.write_text(
            textwrap.dedent(f"""\
                [general]
                status_path = "{folder / "status"}"
                [pair bench]
                a = "local"
                b = "remote"
                collections = ["bench"]
                [storage local]
                type = "filesystem"
                path = "{folder / "files"}"
                fileext = ".ics"
                [storage remote]
                type = "caldav"
                url = "{server.origin}/"
                username = "{server.username}"
                password = "{server.password}"
                """)
        )
        (folder / "files" / "bench").mkdir(parents=True)
        self._run("discover", "--no-list")

    def sync(self) -> Cost:
        return self._run("sync")

    def _run(self, *words: str) -> Cost:
        command = [str(BIN / "vdirsyncer"), "-c", str(self.config), "-v", "ERROR", *words]
        return measuring.process(command, env=dict(os.environ), cwd=self.folder)


def settings(server: CalendarServer, url: str) -> dict[str, str]:
    return {"url": url, "username": server.username, "password": server.password}


def warm(server: CalendarServer, url: str) -> None:
    """Let Radicale read its files once: the first request builds its cache."""
    with server.client() as client:
        client.request("PROPFIND", url, headers={"Depth": "1"}, timeout=600).raise_for_status()


def read_bodies(server: CalendarServer, url: str) -> list[bytes]:
    folder = httpx.URL(url)
    with server.client() as client:
        listing = client.request("PROPFIND", url, headers={"Depth": "1"}, timeout=60).text
        names = {part.split("</")[0] for part in listing.split("href>") if ".ics" in part}
        return [client.get(str(folder.join(name.split("/")[-1]))).content for name in names]


def put_all(server: CalendarServer, url: str, bodies: list[bytes]) -> Cost:
    with server.client() as client:

        def work() -> None:
            for body in bodies:
                client.put(
                    f"{url}{uuid.uuid4()}.ics",
                    content=body,
                    headers={"If-None-Match": "*", "Content-Type": "text/calendar"},
                ).raise_for_status()

        client.request("PROPFIND", url, headers={"Depth": "0"})
        return measuring.piece(work)[0]


def row(name: str, ours: list[Cost], theirs: list[Cost], peer: str, *, goal: str) -> None:
    a, b, ratio = measuring.median(ours), measuring.median(theirs), measuring.ratio(ours, theirs)
    print(f"  {name:12s} syncd {a.cpu:7.3f} CPU {a.wall:7.3f} wall", end="")
    print(f" | {peer} {b.cpu:7.3f} CPU {b.wall:7.3f} wall", end="")
    print(f" | ratio {ratio.cpu:.3f} CPU {ratio.wall:.3f} wall (goal {goal})", flush=True)


if __name__ == "__main__":
    main()
