"""What the log may say. The rest of the project is held against the same list of keys."""

import ast
import dataclasses
import io
import json
import logging
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from syncd import log
from syncd.core.appointment import Appointment
from syncd.core.errors import Transient
from syncd.testing.builders import an_appointment

ROOT = Path(__file__).parents[2]
COUNTED = (
    *("count", "pulled", "pushed", "seconds", "requests", "conflicts", "quarantined", "after"),
    *(
        "until",
        "since",
        "_at",
        "every",
        "limit",
        "workers",
        "deletions",
        "commits",
        "size",
        "total",
    ),
)
"""Counts, durations and times pass under any key; their names say that they are some."""
SECRETS = ("Jane Roe", "jane.roe@example.org", "+49 170 5551234", "Migraine follow-up", "hunter2")


@pytest.fixture(autouse=True)
def _restored():
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, log._Libraries)]:
        root.removeHandler(handler)


def logged(*facts, level="debug", style="json"):
    stream = io.StringIO()
    log.configure(level, style, stream=stream, environ={})
    for fact in facts:
        fact(structlog.get_logger())
    return stream.getvalue()


def one(fact) -> dict:
    return json.loads(logged(fact))


def test_a_fact_is_one_line_with_its_level_and_time():
    line = one(lambda out: out.info("calendar_read", calendar="patel-main", pulled=3))

    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "calendar_read",
        "level": "info",
        "calendar": "patel-main",
        "pulled": 3,
    }


def test_a_whole_appointment_leaves_no_personal_word():
    """Each field by its name, and the value as a whole: nobody should log it, somebody will."""
    appointment = an_appointment()
    fields = {
        each.name: getattr(appointment, each.name) for each in dataclasses.fields(Appointment)
    }

    text = logged(
        lambda out: out.info("appointment", **fields),
        lambda out: out.info("appointment", appointment=appointment),
        lambda out: out.info(
            "appointment",
            **dict.fromkeys(
                (
                    "name",
                    "client",
                    "client_name",
                    "email",
                    "phone",
                    "title",
                    "body",
                    "note",
                    "password",
                    "token",
                    "Authorization",
                    "summary",
                    "description",
                    "anything_new",
                ),
                " ".join(SECRETS),
            ),
        ),
    )

    client = [str(each) for each in vars_of(getattr(appointment, "client", None)) if each]
    for word in (*SECRETS, *client):
        assert word not in text
    assert "[hidden]" in text


def vars_of(value):
    return dataclasses.astuple(value) if dataclasses.is_dataclass(value) else ()


def test_reasons_lose_addresses_and_credentials():
    text = logged(
        lambda out: out.warning(
            "calendar_failed",
            reason="GET https://jane:hunter2@dav.example.org/x said Bearer hunter2 to "
            "jane.roe@example.org",
        )
    )

    assert not [word for word in SECRETS if word in text]
    assert "https://dav.example.org/x" in text


def test_an_address_is_reduced_to_its_server_and_a_reference_to_a_digest():
    line = one(
        lambda out: out.info(
            "event_written",
            url="https://jane:hunter2@dav.example.org:8443/jane/cal?token=hunter2",
            href="/dav/jane.roe@example.org/1.ics",
            uid="booking-secret",
        )
    )

    assert line["url"] == "https://dav.example.org:8443"
    assert one(lambda out: out.info("x", url="http://[fe80::1]/a"))["url"] == "http://[fe80::1]"
    assert one(lambda out: out.info("x", url="jane@example"))["url"] == "[hidden]"
    assert line["href"].startswith("#")
    assert line["uid"] == one(lambda out: out.info("x", uid="booking-secret"))["uid"]
    assert len(line["uid"]) == 9


@pytest.mark.parametrize("style", ["console", "logfmt", "json"])
@given(text=st.text(alphabet=st.characters(codec=None), max_size=80))
def test_no_text_can_break_out_of_its_line(style, text):
    out = logged(lambda each: each.info("fact", reason=text), style=style)

    assert out.count("\n") == 1
    assert not set(out[:-1]) & (set(map(chr, range(32))) - {"\x1b"} | {"\u2028", "\u202e", "\x85"})
    assert style == "console" or "\x1b" not in out


def test_a_very_long_text_is_cut():
    assert len(one(lambda out: out.info("fact", reason="x" * 10_000))["reason"]) == log.MAX_TEXT + 1


def test_numbers_times_and_truths_need_no_permission():
    line = one(
        lambda out: out.info(
            "fact",
            a=1,
            b=2.5,
            c=True,
            d=None,
            e=date(2026, 1, 2),
            f=timedelta(minutes=5),
            g=datetime(2026, 1, 2, tzinfo=UTC),
            h=[1, 2],
        )
    )

    assert (line["a"], line["c"], line["e"], line["h"]) == (1, True, "2026-01-02", [1, 2])
    assert "[hidden]" not in line.values()


def test_a_foreign_exception_is_its_class_and_places_and_ours_its_message_too():
    def foreign(out):
        try:
            raise ValueError("cannot read Jane Roe")
        except ValueError:
            out.exception("flow_failed")

    def ours(out):
        out.error("flow_failed", exc_info=Transient("the calendar did not answer"))

    assert one(foreign)["error"] == "ValueError"
    assert "test_log.py" in one(foreign)["at"][0]
    assert "Jane" not in logged(foreign)
    assert one(ours)["error"] == "Transient: the calendar did not answer"


def test_other_libraries_are_named_but_not_quoted():
    def library(_):
        logging.getLogger("caldav").warning("cannot parse %s", "SUMMARY:Jane Roe")
        logging.getLogger("caldav").warning("cannot parse " + SECRETS[0])  # noqa: G003  as they do
        logging.getLogger("httpx").info("HTTP Request: GET https://jane:hunter2@example.org")

    lines = [json.loads(each) for each in logged(library).splitlines()]

    assert [each["library"] for each in lines] == ["caldav", "caldav"]
    assert lines[0]["template"] == "cannot parse %s"
    assert "Jane" not in str(lines)


def test_less_than_the_level_is_not_written():
    assert logged(lambda out: out.info("fact"), level="warning") == ""


def test_logfmt_puts_time_level_and_event_first():
    line = logged(lambda out: out.info("fact", reason='two "words"'), style="logfmt")

    assert line.startswith("timestamp=2")
    assert ' level=info event=fact reason="two \\"words\\""' in line


def test_a_log_that_cannot_be_written_stops_nothing():
    stream = io.StringIO()
    log.configure(stream=stream, environ={})
    stream.close()

    structlog.get_logger().info("fact")


def test_in_the_journal_a_line_carries_its_priority_and_no_second_clock(tmp_path):
    """systemd names the device and inode of the stream that it connected to the journal."""
    program = (
        "import structlog; from syncd import log; log.configure();"
        "structlog.get_logger().warning('fact', pulled=1)"
    )
    with (tmp_path / "journal").open("w+") as stream:
        status = os.fstat(stream.fileno())
        environ = os.environ | {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        subprocess.run([sys.executable, "-c", program], stderr=stream, env=environ, check=True)
        stream.seek(0)

        assert stream.read() == "<4>level=warning event=fact pulled=1\n"


def test_every_log_call_of_the_project_uses_known_keys():
    """A key that is not on the list shows as hidden: either it holds something personal, and must
    not be logged, or it is ours, and belongs on the list in syncd/log.py."""
    allowed = log.SAFE | log.DIGESTED | {"url", "exc_info"}
    sources = [
        path
        for folder in ("syncd", "providers", "config")
        for path in (ROOT / folder).rglob("*.py")
    ]

    unknown = [
        f"{path.relative_to(ROOT)}:{call.lineno} {key}"
        for path in sources
        for tree in [ast.parse(path.read_text())]
        for call in ast.walk(tree)
        if _is_log_call(call)
        for key in _keys(call, tree)
        if key not in allowed and not key.endswith(COUNTED)
    ]

    assert unknown == []


def _keys(call, tree):
    """The keys of a log call, those of a dictionary `**facts` that the module spells out too."""
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield keyword.arg
            continue
        name = getattr(keyword.value, "id", "?")
        written = [
            key.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
            if any(getattr(target, "id", None) == name for target in node.targets)
            for key in node.value.keys
        ]
        yield from written or [f"**{name}"]


def _is_log_call(node) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"debug", "info", "warning", "error", "exception", "critical", "bind"}
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"log", "_log", "logger", "_logger"}
    )
