"""Where the secrets of webhooks are said, and what happens where there is none."""

from __future__ import annotations

import os
from typing import NamedTuple

import pytest
from cli.conftest import NOWHERE

from syncd import registry
from syncd.cli.exits import Exit
from syncd.wiring import mailbox_reader
from syncd_calcom.hooks import CalComWebhooks


class Kind:
    """A provider whose deliveries are Cal.com's, and nothing else."""

    name = "calcom"
    webhooks = CalComWebhooks()

    def check_settings(self, settings):
        return []


class Entry(NamedTuple):
    """As an installed distribution has it."""

    name: str
    kind: object

    def load(self):
        return self.kind


@pytest.fixture
def clinic(office, monkeypatch):
    """A calendar that takes deliveries, beside one of a provider that sends none."""
    real = registry.entry_points
    others = [each for each in real(group=registry.GROUP) if each.name != Kind.name]
    kept = [Entry(each.name, each.load()) for each in others]
    monkeypatch.setattr(registry, "entry_points", lambda group: [*kept, Entry(Kind.name, Kind())])
    registry.provider_kinds.cache_clear()
    monkeypatch.setenv("HOOKS", "a secret")
    monkeypatch.setenv("CALDAV", "x")
    office.add_calendar(url=NOWHERE, username="u", password="env:CALDAV", allow_http=True)
    yield office
    registry.provider_kinds.cache_clear()


def expect(clinic, **keys):
    """A calendar of Cal.com's with these settings, put into force."""
    clinic.add_calendar(
        "patel-calcom", url="https://cal.example", provider="calcom", mode="busy", **keys
    )
    clinic.ok("practice apply")


def mailboxes(clinic, environ=None):
    with clinic.desk() as desk:
        return mailbox_reader(desk.around.ledger, os.environ if environ is None else environ)()


def test_before_there_is_a_practice_nobody_expects_deliveries(clinic):
    assert mailboxes(clinic) == []


def test_a_calendar_expects_deliveries_where_it_names_a_secret(clinic):
    expect(clinic, webhook_secret="env:HOOKS")

    [found] = mailboxes(clinic)

    assert (found.calendar_id, found.provider) == ("patel-calcom", "calcom")
    assert (found.secrets, found.problems) == (("a secret",), ())
    assert "a secret" not in repr(found)


def test_one_without_a_secret_expects_none(clinic):
    expect(clinic)

    assert mailboxes(clinic) == []


def test_one_that_is_switched_off_expects_none(clinic):
    expect(clinic, webhook_secret="env:HOOKS")
    clinic.write_practice()
    clinic.ok("practice apply")

    assert mailboxes(clinic) == []


def test_one_of_a_provider_that_is_not_installed_any_more_expects_none(clinic, monkeypatch):
    expect(clinic, webhook_secret="env:HOOKS")
    monkeypatch.setattr(registry, "entry_points", lambda group: [])
    registry.provider_kinds.cache_clear()

    assert mailboxes(clinic) == []


def test_while_one_of_two_secrets_is_missing_the_other_is_good(clinic):
    expect(clinic, webhook_secret="env:HOOKS", webhook_secret_former="env:NO_SUCH")

    [found] = mailboxes(clinic)

    assert found.secrets == ("a secret",)
    assert "NO_SUCH is not set" in str(found.problems[0])


@pytest.mark.parametrize(
    ("value", "words"),
    [("", "the secret is empty"), ("\n", "the secret is empty"), (None, "is not set")],
)
def test_an_empty_secret_refuses_to_start_and_says_which(clinic, monkeypatch, value, words):
    expect(clinic, webhook_secret="env:EMPTY")
    monkeypatch.delenv("EMPTY", raising=False)
    if value is not None:
        monkeypatch.setenv("EMPTY", value)
    monkeypatch.setenv("SYNCD_LISTEN", "127.0.0.1:0")

    answer = clinic.run("run --only web")

    assert answer.code == Exit.CONFIG
    assert "calendar patel-calcom: its webhooks cannot be proven: env:EMPTY" in answer.err
    assert words in answer.err


def test_a_secret_that_stands_in_the_file_itself_is_refused(clinic):
    clinic.add_calendar(
        "patel-calcom",
        url="https://cal.example",
        provider="calcom",
        mode="busy",
        webhook_secret="s3cr3t",
        webhook_secret_former="s3cr3t",
    )

    answer = clinic.run("practice check")

    assert answer.code != Exit.OK
    assert answer.err.count("must say where the secret is") == 2
    assert "s3cr3t" not in answer.err
