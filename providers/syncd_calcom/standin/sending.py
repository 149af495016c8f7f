"""How a delivery leaves: over HTTP to this machine, or wherever a test wants to see it.

Observed: whatever the receiver answers, and whether it answers at all, changes nothing in what the
API answers; redirects are not followed and nothing is tried again.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from syncd_calcom.standin.messages import Delivery

Sender = Callable[[Delivery], None]
"""Returns when the receiver has answered or failed. May ask the API meanwhile."""

_TIMEOUT = 30.0
"""Seconds. The real server has none; a test must end."""


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class LoopbackSender:
    """Posts over HTTP. An address elsewhere is as if nobody listened there."""

    def __init__(self) -> None:
        self._client = httpx.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False)

    def __call__(self, delivery: Delivery) -> None:
        if not is_loopback(delivery.url):
            return
        try:
            self._client.post(delivery.url, content=delivery.body, headers=dict(delivery.headers))
        except (httpx.HTTPError, httpx.InvalidURL):
            return

    def close(self) -> None:
        self._client.close()


def nobody(_: Delivery) -> None:
    """Nothing is sent."""
