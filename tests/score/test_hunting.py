"""A hunt finds what only the planted bug breaks, and says so when the hunter itself is broken."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from score import hunting, telling
from score.catalogue import ALL
from score.hunting import Budget, Grounds, Hunt, ask, hunt, share, told_by
from score.scoring import Verdict, found_before

from syncd.testing.simulator import Violation

HUNTER = """
import json, sys, time
from pathlib import Path
first, last = map(int, sys.argv[sys.argv.index("--seeds") + 1].split(":"))
exec(Path("behaviour").read_text())
found = [{"seed": seed, "invariant": "S4", "evidence": "e"} for seed in range(first, last) if fails(seed)]
if "--stop-at-first" in sys.argv:
    found = found[:1]
seeds = found[-1]["seed"] + 1 - first if found and "--stop-at-first" in sys.argv else last - first
print(json.dumps({"seeds": seeds, "seconds": 0, "violations": found, "digest": ""}))
"""


@pytest.fixture
def grounds(tmp_path):
    """Two copies, each with its own behaviour, and a hunter that looks at nothing else."""
    hunter = tmp_path / "hunter.py"
    hunter.write_text(HUNTER)

    def make(bug: str, sound: str = "fails = lambda seed: False") -> Grounds:
        folders = []
        for name, text in (("bug", bug), ("sound", sound)):
            folder: Path = tmp_path / name
            folder.mkdir()
            (folder / "behaviour").write_text(text)
            folders.append(folder)
        return Grounds(copy=folders[0], sound=folders[1], hunter=(str(hunter),))

    return make


def test_a_hunt_counts_the_seeds_until_the_bug_is_found(grounds):
    found = hunt(grounds("fails = lambda seed: seed == 1041"), 1000, Budget(seeds=100))

    assert (found.found, found.seed, found.seeds, found.invariant) == (True, 1041, 42, "S4")


def test_a_hunt_ends_with_its_budget(grounds):
    missed = hunt(grounds("fails = lambda seed: seed == 1041"), 1000, Budget(seeds=41))

    assert (missed.found, missed.seeds, missed.trouble) == (False, 41, "")


def test_a_seed_that_the_sound_product_fails_too_says_nothing(grounds):
    ground = grounds("fails = lambda seed: seed in (3, 25)", "fails = lambda seed: seed == 3")

    found = hunt(ground, 0, Budget(seeds=100))

    assert (found.seed, found.seeds) == (25, 26)


def test_a_hunter_that_breaks_finds_nothing(grounds):
    missed = hunt(grounds("raise RuntimeError('no such thing')"), 0, Budget(seeds=100))

    assert not missed.found
    assert "no such thing" in missed.trouble


def test_a_hunter_that_never_answers_is_given_up(grounds, monkeypatch):
    monkeypatch.setattr(hunting, "GRACE", 0.1)
    ground = grounds("time.sleep(60)")

    assert ask(ground.copy, range(1), ground.hunter, stops=True, seconds=0.1) == "it hangs"


def test_a_loud_bug_is_found_by_every_seed(grounds):
    assert share(grounds("fails = lambda seed: True"), range(4)) == 1.0


def test_a_subtle_bug_is_found_by_some(grounds):
    assert share(grounds("fails = lambda seed: seed == 2"), range(4)) == 0.25


def test_a_log_spares_what_was_found_as_it_is_planted_now(tmp_path):
    found, missed, changed = ALL[:3]
    log = tmp_path / "log"
    verdicts = [
        Verdict(bug=found, hunts=(Hunt(found=True, seeds=3, seconds=1.0, seed=2),), is_loud=True),
        Verdict(bug=missed, hunts=(Hunt(found=False, seeds=9, seconds=1.0),)),
        Verdict(bug=replace(changed, edits=()), hunts=(Hunt(found=True, seeds=1, seconds=1.0),)),
    ]
    log.write_text("".join(json.dumps(asdict(each)) + "\n" for each in verdicts))

    assert found_before(log, ALL) == {found.name: verdicts[0]}
    assert found_before(tmp_path / "nothing", ALL) == {}


def test_what_chance_missed_may_be_found_by_a_recorded_story(grounds, tmp_path):
    ground = grounds("fails = lambda seed: False")
    teller = tmp_path / "teller.py"
    teller.write_text("print(open('behaviour').read() and '{\"story\": \"a-late-answer\"}')")

    assert told_by(ground.copy, tmp_path, teller=teller) == "a-late-answer"


@pytest.mark.parametrize("said", ["{}", "nothing that can be read"])
def test_a_teller_that_names_no_story_finds_nothing(grounds, tmp_path, said):
    teller = tmp_path / "teller.py"
    teller.write_text(f"print({said!r})")

    assert told_by(grounds("").copy, tmp_path, teller=teller) == ""


def test_the_first_story_that_breaks_a_promise_is_named(tmp_path, monkeypatch):
    for name in ("first", "second", "third"):
        (tmp_path / f"{name}.story").write_text(name)
    broken = {"second": Violation("S4"), "third": Violation("S5")}
    monkeypatch.setattr(telling, "from_text", lambda text: text)
    monkeypatch.setattr(telling, "Scripted", lambda text: text)
    monkeypatch.setattr(telling, "tell", lambda text, _: SimpleNamespace(broken=broken.get(text)))

    assert telling.first_broken(tmp_path, None) == {"story": "second", "invariant": "S4"}
