"""The peers themselves: they start, and give a fresh calendar each time."""

from __future__ import annotations

from calendar_servers import CalendarServer


def test_a_server_gives_a_fresh_empty_calendar_each_time(calendar_server: CalendarServer) -> None:
    first, second = calendar_server.new_calendar(), calendar_server.new_calendar()

    assert first != second
    with calendar_server.client() as client:
        answer = client.request("PROPFIND", second, headers={"Depth": "1"})
    assert answer.status_code == 207
    assert answer.text.count("response>") == 2
