"""Answers of a CalDAV server, row by row, for scripts that tests write."""

from __future__ import annotations

from faulty_http import Reply

PATH = "/cal/work/"
OPENING = (
    '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" '
    'xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/">'
)
CALENDAR = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n"
    "DTSTART:20310304T090000Z\r\nDTEND:20310304T093000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def row(name: str, *, etag: str = '"1"', body: str = "", status: int = 0) -> str:
    href = f"<d:href>{PATH}{name}</d:href>"
    if status:
        return f"<d:response>{href}<d:status>HTTP/1.1 {status} X</d:status></d:response>"
    data = f"<c:calendar-data>{body}</c:calendar-data>" if body else ""
    tag = f"<d:getetag>{etag}</d:getetag>" if etag else ""
    return prop_row(name, tag + data)


def prop_row(name: str, props: str) -> str:
    return (
        f"<d:response><d:href>{PATH}{name}</d:href><d:propstat><d:prop>{props}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )


def itself(props: str = "") -> str:
    return prop_row("", CALENDAR + props)


def multistatus(*rows: str, token: str = "") -> Reply:
    tail = f"<d:sync-token>{token}</d:sync-token>" if token else ""
    return Reply(status=207, body=f"{OPENING}{''.join(rows)}{tail}</d:multistatus>".encode())


def error(status: int, *conditions: str) -> Reply:
    inner = "".join(f"<d:{name}/>" for name in conditions)
    return Reply(status=status, body=f'<d:error xmlns:d="DAV:">{inner}</d:error>'.encode())
