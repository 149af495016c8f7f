"""What the wheel and the sdist hold. That the wheel also works is seen by .ci/smoke."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=100,
    )
    return folder


def test_the_wheel_installs_four_names_and_no_shelf(built):
    """`providers` and `config` as import names would collide with other projects' (ADR 1)."""
    names = zipfile.ZipFile(next(built.glob("*.whl"))).namelist()

    top = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert top == {"syncd", "syncd_caldav", "syncd_calcom", "syncd_config"}
    assert not [name for name in names if "/tests/" in name or name.endswith((".sqlite3", ".pyc"))]


def test_the_wheel_has_the_command_the_providers_and_the_licence(built):
    wheel = zipfile.ZipFile(next(built.glob("*.whl")))
    info = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))

    entries = wheel.read(info).decode()

    assert "syncd = syncd.cli:main" in entries
    assert "[syncd.providers]\ncalcom = syncd_calcom:kind\ncaldav = syncd_caldav:kind" in entries
    assert [name for name in wheel.namelist() if name.endswith("licenses/LICENSE")]


def test_the_sdist_holds_what_a_packager_needs(built):
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}

    for name in (
        "Makefile",
        "README.md",
        "CHANGELOG.md",
        "pyproject.toml",
        "systemd/syncd.service",
        "config/syncd.example.toml",
        "config/practice.example.toml",
        "tests/house/test_packaging.py",
    ):
        assert name in names
