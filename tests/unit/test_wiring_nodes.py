"""Whether another node's process is gone for certain."""

from __future__ import annotations

import os
import subprocess
import sys

from syncd.testing.clock import SeededRandomness
from syncd.wiring import has_ended, node_name


def name_of(pid: int) -> str:
    place, _, rest = node_name({}, SeededRandomness()).rpartition(f":{os.getpid()}:")
    return f"{place}:{pid}:{rest}"


def test_a_killed_process_of_this_machine_has_ended():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    alive = has_ended(name_of(process.pid), {})
    process.kill()
    process.communicate()

    assert not alive
    assert has_ended(name_of(process.pid), {})


def test_this_process_has_not_ended():
    assert not has_ended(node_name({}, SeededRandomness()), {})


def test_what_runs_elsewhere_cannot_be_told():
    assert not has_ended("another-host/1:999999:abcd", {})
    assert not has_ended("daemon", {})
    assert not has_ended("", {})


def test_two_hosts_of_one_name_in_different_containers_are_not_one_place():
    host, _, rest = name_of(999_999_999).partition("/")

    assert not has_ended(f"{host}/1:{rest.partition(':')[2]}", {})
