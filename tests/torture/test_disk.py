"""A ledger whose disk is full, read-only, not there or somebody else's: the command line says so,
does nothing by halves, and goes on where it was once the disk is well."""

from __future__ import annotations

import os
import pwd
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from torture.databases import LONG, Desk, Ended, a_desk, problems_of
from torture.databases_disk import WANTED, SmallDisk, can_mount, small_disk
from torture.databases_forge import Forge, forge

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not can_mount(), reason=WANTED)]

SLOT = 5


@pytest.fixture(scope="module")
def smith() -> Iterator[Forge]:
    with forge() as running:
        yield running


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    """In a folder that everybody may enter, as /var/lib is."""
    with tempfile.TemporaryDirectory(prefix="syncd-disk-") as folder:
        Path(folder).chmod(0o755)
        with small_disk(Path(folder) / "disk") as mounted:
            yield mounted


@pytest.fixture
def desk(disk: SmallDisk) -> Desk:
    """A desk on the small disk, with a booking."""
    made = a_desk(disk.folder)
    made.book(0)
    return made


@pytest.mark.parametrize("room", [0, 4096, 40_960, 65_536] if LONG else [40_960])
def test_a_booking_on_a_full_disk_says_so_and_is_made_once_there_is_room(
    desk: Desk, disk: SmallDisk, smith: Forge, room: int
) -> None:
    disk.fill(but=room)

    full = smith.run(desk, desk.words_to_book(SLOT))
    status = smith.run(desk, ["status", "--json"])
    disk.make_room()
    again = smith.run(desk, desk.words_to_book(SLOT))

    assert_unwritable(full)
    assert status.code in (0, 3, 10)
    assert again.number is not None, again
    assert problems_of(desk, [again.number], asked=2) == []


def test_a_ledger_on_a_read_only_disk_can_be_neither_changed_nor_harmed(
    desk: Desk, disk: SmallDisk, smith: Forge
) -> None:
    disk.forbid_writing()

    refused = smith.run(desk, desk.words_to_book(SLOT))
    synced = smith.run(desk, ["sync", "--json"])
    started = smith.run(desk, ["run"])
    disk.forbid_writing(forbidden=False)
    again = smith.run(desk, desk.words_to_book(SLOT))

    assert_unwritable(refused)
    assert_unwritable(synced)
    assert started.code == 1, started
    assert "cannot_start" in started.err
    assert again.number is not None, again
    assert problems_of(desk, [again.number], asked=2) == []


def test_a_state_directory_that_is_gone_is_missed_and_not_made_up(desk: Desk, smith: Forge) -> None:
    """A disk that was not mounted must not become an empty ledger beside the true one."""
    elsewhere = replace(desk, url=f"sqlite:///{desk.folder}/gone/ledger.sqlite3")

    booked = smith.run(elsewhere, elsewhere.words_to_book(SLOT))
    status = smith.run(elsewhere, ["status", "--json"])

    for each in (booked, status):
        assert each.code == 10, each
        assert each.number is None
    assert not (desk.folder / "gone").exists()


@pytest.mark.parametrize(
    "closed", ["file", "folder", "log", "the way there"] if LONG else ["the way there"]
)
def test_a_ledger_of_another_owner_is_left_alone(
    desk: Desk, disk: SmallDisk, smith: Forge, closed: str
) -> None:
    """A person types what the service's user should, or root ran what root should not."""
    nobody = pwd.getpwnam("nobody").pw_uid
    give(desk.folder, nobody)
    if closed == "file":
        os.chown(desk.file, 0, 0)
    elif closed == "folder":
        os.chown(desk.folder, 0, 0)
    elif closed == "log":
        for suffix in ("-wal", "-shm"):
            Path(f"{desk.file}{suffix}").touch(0o600)
    else:
        disk.folder.parent.chmod(0o700)

    refused = smith.run(desk, desk.words_to_book(SLOT), user=nobody)
    status = smith.run(desk, ["status", "--json"], user=nobody)
    disk.folder.parent.chmod(0o755)
    give(desk.folder, nobody)
    again = smith.run(desk, desk.words_to_book(SLOT), user=nobody)

    assert_unwritable(refused)
    assert status.code in (0, 3, 10)
    assert status.error in (None, "LEDGER_UNWRITABLE")
    assert again.number is not None, again
    assert problems_of(desk, [again.number], asked=2) == []


def give(folder: Path, user: int) -> None:
    for each in (folder, *folder.iterdir()):
        os.chown(each, user, user)


def assert_unwritable(ended: Ended) -> None:
    assert ended.error == "LEDGER_UNWRITABLE", ended
    assert ended.code == 10
    assert ended.number is None
