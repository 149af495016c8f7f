"""The Cal.com of the demo: syncd's stand-in for it, in a process of its own, and who uses it there.

Clients have no key and know nothing of syncd, which is only told of what they do by the site.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from syncd.cli.demo.process import Process, free_port, start_process

CONSULTATION = 301
"""The event type of half an hour."""
_VERSION = {"cal-api-version": "2024-08-13"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingSite:
    """A site that is started, and perhaps not yet ready: then the doctor's key is in `key_file`."""

    port: int
    process: Process
    http: httpx.Client
    key_file: Path

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def book(self, start: datetime, name: str) -> str:
        """A client takes that time; the booking's uid."""
        email = f"{name.split(maxsplit=1)[0].lower()}@example.org"
        attendee = {"name": name, "email": email, "timeZone": "Europe/Berlin"}
        asked = {"start": _written(start), "eventTypeId": CONSULTATION, "attendee": attendee}
        return str(self._ask("/v2/bookings", asked)["uid"])

    def move(self, uid: str, start: datetime) -> str:
        """The client chooses another time; the uid that the booking has from now on."""
        moved = self._ask(f"/v2/bookings/{uid}/reschedule", {"start": _written(start)})
        return str(moved["uid"])

    def shown(self) -> dict[datetime, str]:
        """The uid of each booking that stands, by its start, as the host sees them."""
        key = {"authorization": f"Bearer {self.key_file.read_text().strip()}"}
        answer = self.http.get(
            f"{self.origin}/v2/bookings", params={"take": 100}, headers=_VERSION | key
        )
        answer.raise_for_status()
        return {
            datetime.fromisoformat(each["start"]): str(each["uid"])
            for each in answer.json()["data"]
            if each["status"] == "accepted"
        }

    def close(self) -> None:
        self.http.close()

    def _ask(self, path: str, body: Mapping[str, Any]) -> Any:
        answer = self.http.post(f"{self.origin}{path}", json=body, headers=_VERSION)
        answer.raise_for_status()
        return answer.json()["data"]


def start_site(folder: Path) -> BookingSite:
    """A site with one doctor on it. To be closed."""
    folder.mkdir()
    port = free_port()
    key_file = folder / "api-key"
    arguments = ["-m", "syncd.cli.demo.calcom_process", str(port), str(key_file)]
    process = start_process("the stand-in for Cal.com", arguments, folder / "site.log")
    http = httpx.Client(timeout=30, trust_env=False)
    return BookingSite(port=port, process=process, http=http, key_file=key_file)


def forge(site: BookingSite, address: str, uid: str, *, at: datetime) -> int:
    """Tell `address` what only Cal.com could, signed with a guess; the status of the answer."""
    told = {"triggerEvent": "BOOKING_CANCELLED", "createdAt": _written(at), "payload": {"uid": uid}}
    body = json.dumps(told).encode()
    signed = hmac.new(b"a guess", body, "sha256").hexdigest()
    headers = {"content-type": "application/json", "x-cal-signature-256": signed}
    return site.http.post(address, content=body, headers=headers).status_code


def _written(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
