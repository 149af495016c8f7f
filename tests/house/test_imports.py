"""What import contracts cannot say: the rule holds for every library, also the next one."""

import ast
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = [ROOT / "syncd", ROOT / "providers", ROOT / "config"]


def imported(path: Path) -> set[str]:
    """The modules that a file imports, by their whole names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize(
    "path",
    [
        *sorted((ROOT / "syncd/core").glob("*.py")),
        ROOT / "syncd/ports.py",
        ROOT / "syncd/accounts.py",
    ],
    ids=lambda path: path.name,
)
def test_the_core_speaks_the_standard_library_only(path):
    foreign = {
        name
        for name in imported(path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not name.startswith(("syncd.core", "syncd.ports", "syncd.accounts"))
    }

    assert foreign == set()


def test_only_the_registry_looks_up_entry_points():
    assert [
        path.relative_to(ROOT).as_posix()
        for folder in PRODUCT
        for path in sorted(folder.rglob("*.py"))
        if "importlib.metadata" in imported(path)
    ] == ["syncd/registry.py"]


def test_what_the_product_imports_is_what_the_wheel_depends_on():
    """A library that only the tests install works in a checkout and nowhere else."""
    declared = declared_imports()
    for path in sorted(each for folder in PRODUCT for each in folder.rglob("*.py")):
        if "testing" in path.parts or path.parts[-2:] == ("cli", "demo.py"):
            continue  # the demo needs syncd[demo], the laws need a test runner
        foreign = {
            name.split(".")[0]
            for name in imported(path)
            if name.split(".")[0] not in sys.stdlib_module_names
        }
        assert foreign <= declared | {"syncd", "syncd_caldav", "syncd_calcom", "syncd_config"}, path


def declared_imports() -> set[str]:
    """Import names of the declared dependencies, two of theirs that we use by name as well, and
    what `pyjwt` is imported as."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [each for group in project["optional-dependencies"].values() for each in group]
    names = {
        each.split(";")[0].split("[")[0].split(">")[0].split("<")[0].strip().replace("-", "_")
        for each in (*project["dependencies"], *extras)
    }
    return names | {"dateutil", "jwt", "pydantic_core"}


LONGER = {"syncd/ledger/tables.py": 450}
"""Where splitting would hide more than it shows: nothing but the tables, one after the other."""


def test_no_module_is_longer_than_it_may_be():
    long = {
        name: length
        for folder in PRODUCT
        for path in sorted(folder.rglob("*.py"))
        for name in [path.relative_to(ROOT).as_posix()]
        if (length := len(path.read_text().splitlines())) > LONGER.get(name, 350)
    }

    assert long == {}
