"""Searches by time: calendar-query with a time-range and expand, and free-busy-query.

syncd sends none of them, because no two servers agree; that it sends none is tested, and here is
why. RFC 4791 §7.4, §9.6.5, §9.9.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import icalendar
import recurring_ical_events
from lxml import etree

from .messages import CAL, Answer, multistatus, row, text_property
from .store import Store
from .switches import Expand

if TYPE_CHECKING:
    from .site import Site

_END_OF_TIME = datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)


def query(site: Site, path: str, store: Store, root: etree._Element) -> Answer:
    """The objects that take time in the asked range; all of them where none is asked for."""
    expand = root.find(f".//{CAL}expand")
    if expand is not None and site.quirks.expand is Expand.REFUSED:
        return Answer(status=400)
    asked = root.find(f".//{CAL}time-range")
    rows = []
    for name, stored in store.objects.items():
        calendar = icalendar.Calendar.from_ical(stored.body)
        if asked is not None and not _occurs(site, calendar, *_range(asked)):
            continue
        text = stored.body
        if expand is not None and site.quirks.expand is Expand.DONE:
            text = _expanded(calendar, *_range(expand))
        rows.append(
            row(
                site.spell(path + name),
                text_property("d:getetag", stored.etag) + text_property("c:calendar-data", text),
            )
        )
    return multistatus(rows)


def free_busy(site: Site) -> Answer:
    if site.quirks.free_busy != 200:
        return Answer(status=site.quirks.free_busy)
    lines = "BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"
    return Answer(status=200, body=lines.encode(), headers={"Content-Type": "text/calendar"})


def _occurs(site: Site, calendar: icalendar.Calendar, start: datetime, end: datetime) -> bool:
    quirks = site.quirks
    if quirks.ends_in_2038 and start > _END_OF_TIME:
        return False
    events = calendar.walk("VEVENT")
    if quirks.misses_whole_days and any(
        "DTEND" not in event and not isinstance(event["DTSTART"].dt, datetime) for event in events
    ):
        return False
    if quirks.misses_moved_occurrences:
        masters = icalendar.Calendar()
        for event in events:
            if "RECURRENCE-ID" not in event:
                masters.add_component(event)
        calendar = masters
    return bool(recurring_ical_events.of(calendar).between(start, end - timedelta(seconds=1)))


def _expanded(calendar: icalendar.Calendar, start: datetime, end: datetime) -> str:
    expanded = icalendar.Calendar()
    for event in recurring_ical_events.of(calendar).between(start, end):
        expanded.add_component(event)
    text: str = expanded.to_ical().decode()
    return text


def _range(element: etree._Element) -> tuple[datetime, datetime]:
    start, end = (
        datetime.strptime(element.get(name, fallback), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        for name, fallback in (("start", "19700101T000000Z"), ("end", "99991231T000000Z"))
    )
    return start, end
