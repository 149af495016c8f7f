"""A webhook that syncd makes itself: over HTTP, to the real receiver, from a stand-in for Cal.com."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest
from web.conftest import served

from syncd.cli import webhook_verb
from syncd.cli.exits import Exit
from syncd.web import Office, create_app, hooks
from syncd.wiring import furnish, mailbox_reader
from syncd_calcom.standin import ALICE_KEY, HOSTED, a_practice, serve
from syncd_config import load_settings

NAME = "patel-calcom"


@pytest.fixture
def cal(monkeypatch):
    clock = lambda: datetime.now(UTC)  # noqa: E731
    with serve(a_practice(clock, seed=7, profile=HOSTED)) as running:
        running.desk.limits.is_off = True
        monkeypatch.setenv("CAL_KEY", ALICE_KEY)
        yield running


@pytest.fixture
def office(office, new_ledger):
    office.take(new_ledger)
    return office


@pytest.fixture
def waits(monkeypatch):
    """No test waits: what is waited for is only counted."""
    found = []
    monkeypatch.setattr(webhook_verb, "pause", found.append)
    return found


def account(cal):
    return {"url": f"{cal.origin}/v2", "api_key": "env:CAL_KEY"}


def expect(office, cal, **keys):
    """The calendar in force."""
    office.write_practice()
    office.add_calendar(NAME, **account(cal), **{"provider": "calcom", "mode": "two-way"} | keys)
    office.ok("practice apply")


@contextmanager
def receiver():
    """syncd's door on the same ledger, as a daemon has it."""
    around = furnish(load_settings(os.environ).settings, os.environ)
    try:
        door = Office(around=around, mailboxes=mailbox_reader(around.ledger, os.environ))
        with served(create_app(door)) as base:
            yield base
    finally:
        around.ledger.close()


def secret_file(office):
    return office.folder / f"state/secrets/{NAME}.webhook"


def book(cal, hour=9):
    headers = {"Authorization": f"Bearer {ALICE_KEY}", "cal-api-version": "2024-08-13"}
    person = {"name": "Jane Doe", "email": "jane@example.test", "timeZone": "Europe/Berlin"}
    body = {"start": f"2031-03-03T{hour:02}:00:00Z", "eventTypeId": 301, "attendee": person}
    with httpx.Client(trust_env=False) as http:
        answer = http.post(f"{cal.origin}/v2/bookings", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["uid"]


def test_from_nothing_to_bookings_that_arrive_as_they_are_made(office, cal, waits):
    with receiver() as base:
        made = office.ok(
            f"calendars add {cal.origin}/v2 --id {NAME} --practitioner dr-patel --provider calcom "
            f"--set api_key=env:CAL_KEY --webhook-url {base}"
        )
        with (office.folder / "practice.toml").open("a") as file:
            file.write(f"\n{made.out}")
        office.ok("practice apply")

        found = office.read(f"calendars webhook {NAME} --url {base}")
        uid = book(cal)

        listed = office.read("deliveries list")["deliveries"]
        assert (found["made"], found["mended"], found["secretMade"]) == (False, [], False)
        assert found["deliveryId"] in [each["id"] for each in listed]
        assert [(each["trigger"], each["about"]) for each in listed if not each["isPing"]] == [
            ("BOOKING_CREATED", uid)
        ]
        assert office.read("deliveries list --waiting")["deliveries"] == listed[:1]

    [hook] = cal.world.hooks.values()
    secret = secret_file(office).read_text().strip()
    assert (hook.secret, len(secret)) == (secret, 64)
    assert hook.url == f"{base}/webhooks/calcom/{NAME}"
    assert stat.S_IMODE(secret_file(office).stat().st_mode) == 0o600
    assert secret not in made.out + made.err + str(found)
    assert f'webhook_secret = "file:{secret_file(office)}"' in made.out


def test_a_second_call_changes_nothing_and_tries_it_out_again(office, cal, waits):
    expect(office, cal, webhook_secret=f"file:{secret_file(office)}")
    with receiver() as base:
        first = office.read(f"calendars webhook {NAME} --url {base}")
        second = office.read(f"calendars webhook {NAME} --url {base}/webhooks/calcom/{NAME}")

    assert (first["made"], first["secretMade"]) == (True, True)
    assert (second["made"], second["mended"], second["secretMade"]) == (False, [], False)
    assert second["webhook"] == first["webhook"]
    assert first["deliveryId"] != second["deliveryId"]
    assert len(cal.world.hooks) == 1


def test_a_secret_that_is_kept_elsewhere_is_used_and_never_shown(office, cal, waits, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "s3cr3t of the practice")
    expect(office, cal, webhook_secret="env:HOOK_SECRET")

    with receiver() as base:
        answer = office.ok(f"calendars webhook {NAME} --url {base}")

    [hook] = cal.world.hooks.values()
    assert hook.secret == "s3cr3t of the practice"
    assert "s3cr3t" not in answer.out + answer.err
    assert not secret_file(office).exists()


def test_without_a_place_for_the_secret_one_is_proposed_and_nothing_is_made_there(office, cal):
    expect(office, cal)

    answer = office.run(f"calendars webhook {NAME} --url http://127.0.0.1:9")

    assert answer.code == Exit.ERROR
    assert f'webhook_secret = "file:{secret_file(office)}"' in answer.err
    assert "practice apply" in answer.err
    assert len(secret_file(office).read_text().strip()) == 64
    assert cal.world.hooks == {}


def test_a_receiver_with_another_secret_is_asked_again_and_the_webhook_stays_as_it_was(
    office, cal, waits
):
    expect(office, cal, webhook_secret=f"file:{secret_file(office)}")
    secret_file(office).parent.mkdir()
    secret_file(office).write_text("before\n")

    with receiver() as base:
        office.ok(f"calendars webhook {NAME} --url {base}")
        secret_file(office).write_text("after\n")  # the daemon has read the one before
        answer = office.run(f"calendars webhook {NAME} --url {base}")
    [hook] = cal.world.hooks.values()
    kept = hook.secret
    unchecked = office.read(f"calendars webhook {NAME} --url {base} --unchecked")

    assert (answer.code, "another secret" in answer.err) == (Exit.ERROR, True)
    assert "before" not in answer.err
    assert sum(each.total_seconds() for each in waits) > hooks.READ_EVERY
    assert (kept, hook.secret) == ("before", "after")
    assert (unchecked["mended"], unchecked["deliveryId"]) == (["secret"], None)


def test_a_receiver_that_learns_of_the_secret_meanwhile_is_good(office, cal, monkeypatch):
    expect(office, cal)
    monkeypatch.setattr(hooks, "READ_EVERY", 0.0)
    reference = f"file:{secret_file(office)}"
    with receiver() as base:
        office.run(f"calendars webhook {NAME} --url {base}")
        expect(office, cal, webhook_secret=reference)
        kept = secret_file(office).read_text()
        secret_file(office).write_text("not yet\n")
        httpx.post(f"{base}/webhooks/calcom/{NAME}", trust_env=False)
        monkeypatch.setattr(hooks, "READ_EVERY", 3600.0)
        secret_file(office).write_text(kept)

        def look_anew(_):
            monkeypatch.setattr(hooks, "READ_EVERY", 0.0)

        monkeypatch.setattr(webhook_verb, "pause", look_anew)
        answer = office.ok(f"calendars webhook {NAME} --url {base}")

    assert "looks anew" in answer.err


def test_what_does_not_lead_to_this_calendars_inbox_is_told_apart_and_sent_no_bookings(
    office, cal, waits
):
    expect(office, cal, webhook_secret=f"file:{secret_file(office)}")

    nobody = office.run(f"calendars webhook {NAME} --url http://127.0.0.1:9")
    calcom = office.run(f"calendars webhook {NAME} --url {cal.origin}")
    with receiver() as base:
        office.add_calendar(
            "owl-calcom",
            **{**account(cal), "url": f"{cal.origin}/v2?username=alice"},
            provider="calcom",
            practitioner="dr-owl",
            mode="busy",
            webhook_secret=f"file:{secret_file(office)}",
        )
        office.ok("practice apply")
        other = office.run(f"calendars webhook {NAME} --url {base}/webhooks/calcom/owl-calcom")

    assert [each.code for each in (nobody, calcom, other)] == [Exit.ERROR] * 3
    assert "nobody answers" in nobody.err
    assert "something else than syncd" in calcom.err
    assert "not in this calendar's inbox" in other.err
    assert cal.world.hooks == {}


def test_an_address_that_cannot_be_is_refused_before_anything_is_made(office, cal):
    expect(office, cal, webhook_secret=f"file:{secret_file(office)}")

    answer = office.run(f"calendars webhook {NAME} --url http://practice.example")

    assert (answer.code, "in the clear" in answer.err) == (Exit.ERROR, True)
    assert cal.world.hooks == {}
    assert not secret_file(office).exists()


def test_a_calendar_of_another_kind_sends_no_webhooks(office, monkeypatch):
    monkeypatch.setenv("CALDAV", "x")
    office.add_calendar(url="https://dav.example/", username="u", password="env:CALDAV")
    office.ok("practice apply")

    answer = office.run("calendars webhook patel-main --url https://practice.example")

    assert (answer.code, "send no webhooks" in answer.err) == (Exit.ERROR, True)


def test_a_name_that_no_calendar_may_have_makes_no_file(office, cal):
    answer = office.run(
        f"calendars add {cal.origin}/v2 --id ../../x --practitioner dr-patel --provider calcom "
        "--set api_key=env:CAL_KEY --webhook-url https://practice.example"
    )

    assert (answer.code, "--id" in answer.err) == (Exit.ERROR, True)
    assert cal.world.hooks == {}
