"""What the documents say is true."""

import re
from pathlib import Path

import pytest

from syncd.registry import provider_kinds
from syncd_config import load_practice

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def test_the_practice_of_the_readme_can_be_applied(tmp_path):
    """As it stands there, judged by the real provider."""
    block = re.search(r"(?ms)^    \[practice\]\n.*?(?=^\S)", (ROOT / "README.md").read_text())
    path = tmp_path / "practice.toml"
    path.write_text(re.sub(r"(?m)^    ", "", block.group()))

    found = load_practice(path, provider_kinds())

    assert (len(found.practitioners), len(found.calendars)) == (1, 1)
    assert found.advice == ()


def test_the_example_practice_satisfies_the_real_provider():
    found = load_practice(ROOT / "config/practice.example.toml", provider_kinds())

    assert [each.id for each in found.calendars] == ["patel-main"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)\)", page.read_text())

    missing = [each for each in links if "://" not in each and not (page.parent / each).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_is_named_exists(page):
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))

    named = set(re.findall(r"(?m)(?:`|^    (?:PASSWORD=\S+ )?)make ([a-z-]+)", page.read_text()))
    assert named <= targets


def test_decisions_are_numbered_once_and_begin_with_their_context():
    numbers = [path.name[:4] for path in (ROOT / "docs/adr").glob("*.md")]

    assert len(numbers) == len(set(numbers))
    for path in (ROOT / "docs/adr").glob("*.md"):
        headings = re.findall(r"(?m)^## (\w+)", path.read_text())
        assert headings == ["Context", "Decision", "Consequences", "Alternatives"], path.name
