"""Planted bugs stay plantable: each finds its place, makes a program, and is no other's twin.

How many the simulator finds is `make score`'s to say.
"""

from __future__ import annotations

from collections import Counter

import pytest
from score.catalogue import ALL, PENDING, named
from score.hunting import Budget, Grounds, Hunt, hunt
from score.planting import ROOT, Uprooted, bug, copy_product, edited, plant
from score.scoring import Terms, Verdict, summary, table

LEAST = 40


@pytest.mark.parametrize("planted", ALL, ids=lambda each: each.name)
def test_a_planted_bug_finds_its_place_and_makes_a_program(planted):
    texts = edited(planted)

    for path, text in texts.items():
        assert text != (ROOT / path).read_text()
        compile(text, path, "exec")


def test_there_are_enough_of_them_and_no_two_are_the_same():
    assert len(ALL) >= LEAST
    assert Counter(each.name for each in ALL).most_common(1)[0][1] == 1
    assert Counter(each.edits for each in ALL).most_common(1)[0][1] == 1
    assert not {each.name for each in ALL} & PENDING.keys()


def test_each_says_what_it_breaks_and_why_somebody_would_write_it():
    for each in ALL:
        assert all(word[0] in "BLSWOP" and word[1:].isdecimal() for word in each.breaks.split(", "))
        assert each.why.endswith(".")


def test_a_bug_whose_place_is_gone_fails_loudly():
    lost = bug("lost", "S1", "Never.", "syncd/__init__.py", "-nobody ever wrote this\n+x = 1\n")

    with pytest.raises(Uprooted, match="0 times"):
        edited(lost)


def test_a_bug_whose_place_is_not_the_only_one_fails_loudly():
    twice = bug("twice", "S1", "Never.", "syncd/flows/push.py", '-        """\n+        pass\n')

    with pytest.raises(Uprooted, match="not once"):
        edited(twice)


def test_planting_changes_the_copy_and_leaves_the_product_alone(tmp_path):
    planted = ALL[0]
    [path] = {each.path for each in planted.edits}
    before = (ROOT / path).read_text()

    copy_product(tmp_path)
    plant(planted, tmp_path)

    assert (ROOT / path).read_text() == before
    assert (tmp_path / path).read_text() == edited(planted)[path]


def test_the_score_counts_the_median_of_all_ranges():
    hunts = [Hunt(found=True, seeds=count, seconds=1.0, invariant="S4") for count in (9, 1, 5)]
    missed = Hunt(found=False, seeds=300, seconds=1.0)
    found = Verdict(bug=ALL[0], hunts=tuple(hunts))
    rare = Verdict(bug=ALL[1], hunts=(hunts[0], missed, missed))
    lost = Verdict(bug=ALL[2], hunts=(missed,))

    assert (found.seeds, rare.seeds) == (5, float("inf"))
    assert summary([found, found, lost]) == "found 2 of 3, median 5 seeds; 0 of them by every seed"
    assert "| none of 300 |" in table([found, lost], Terms(budget=Budget(seeds=7)), {})


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A copy of the product as it is."""
    folder = tmp_path_factory.mktemp("sound")
    copy_product(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "the base is stored before the write",
        "each try to create has an identity of its own",
        "an event of ours carries no mark",
    ],
)
def test_the_simulator_finds_a_bug_that_does_much_harm_within_a_few_seeds(name, sound, tmp_path):
    """The rest takes many more seeds: `make score`."""
    copy_product(tmp_path)
    plant(named(name), tmp_path)

    found = hunt(Grounds(copy=tmp_path, sound=sound), 1_000, Budget(seeds=90, seconds=100))

    assert found.found, found
