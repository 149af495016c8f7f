"""Make the webhook that tells syncd of bookings, or mend the one that is there.

Never a second one: whatever a creating request was answered, the list is looked at. Only webhooks
of the account itself; those of one event type or of a team are left alone. Vendor page on webhooks;
observed: the secret is shown in clear, an address can stand there once for each user, and an
unknown trigger is refused with all that are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import SplitResult, urlsplit

from syncd.accounts import Arranged, Webhook
from syncd.core.errors import Forbidden, Rejected, SyncdError, Transient, Unsupported
from syncd_calcom.account import Account
from syncd_calcom.answers import Answer, Envelope, NotWhatWasAsked, complaint_of, data_of
from syncd_calcom.client import segment
from syncd_calcom.failures import failure, is_absence
from syncd_calcom.hooks import CalComWebhooks
from syncd_calcom.settings import is_this_machine
from syncd_calcom.shapes import text_in

TRIGGERS = (
    "BOOKING_CREATED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REQUESTED",
    "BOOKING_REJECTED",
    "BOOKING_PAYMENT_INITIATED",
    "BOOKING_PAID",
    "BOOKING_NO_SHOW_UPDATED",
    "BOOKING_REASSIGNED",
    "BOOKING_LOCATION_UPDATED",
)
"""All news of a booking."""
_EVERYWHERE, _NEEDED = TRIGGERS[:8], frozenset(TRIGGERS[:3])
"""Those that every server knows, and those without which a webhook would be of no use."""
VERSION = "2021-10-20"
"""Of what is sent: the newer one only adds iCalendar texts, with people's names."""

_LIST, _MAKING, _MENDING, _ONE = (
    "the list of webhooks",
    "making a webhook",
    "changing a webhook",
    "a webhook",
)
_PAGE, _MOST_PAGES = 250, 20
_KNOWN = re.compile(r"following values: ([A-Z_, ]+)")
_MASK = frozenset("*•.")
Raw = Mapping[str, object]


def wrong_address(address: str, *, allow_http: bool) -> str | None:
    """Why no webhook can be sent there."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme not in ("http", "https") or not host:
        return "must be an address such as https://practice.example/webhooks/calcom/CALENDAR"
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "must be no more than a host and a path: no user name, no ? and no #"
    if not address.isascii() or not address.isprintable() or " " in address:
        return "must be written in ASCII, as it is sent"
    if parts.scheme == "http" and not (allow_http or is_this_machine(host)):
        return "would have clients' names sent in the clear; use https, or set allow_http = true"
    return None


class HookSetup:
    """The webhooks of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._client = account.client

    def arrange(self, address: str, secret: str) -> Arranged:
        """As `AccountSetup.arrange_webhook` says."""
        self._account.know()
        found = _leading_to(address, self._all())
        raw = found or self._made(address, secret)
        changes = _differences(raw, secret)
        if found is None and set(changes) == {"triggers"}:
            changes = {}  # it was given all that this server knows
        if changes:
            self._mend(raw, changes)
        now = self._one(text_in(raw, "id"))
        _require_kept(now, secret)
        others = _seeming_to_lead(address, self._all(), besides=text_in(now, "id"))
        return Arranged(
            webhook=_webhook(now),
            made=found is None,
            mended=tuple(each for each in changes if found and raw.get(each) != now.get(each)),
            others=tuple(map(_webhook, others)),
        )

    def _all(self) -> list[Raw]:
        rows: list[Raw] = []
        for page in range(_MOST_PAGES):
            query = {"take": _PAGE, "skip": page * _PAGE}
            answer = self._client.read("/webhooks", _LIST, query)
            if not answer.is_success:
                raise _refusal(answer)
            data = data_of(answer)
            if not isinstance(data, list):
                raise NotWhatWasAsked(answer, "not with a list of webhooks")
            rows += [each for each in data if isinstance(each, dict) and text_in(each, "id")]
            if len(data) < _PAGE:
                return rows
        raise Rejected(f"the account has more than {_PAGE * _MOST_PAGES} webhooks; remove some")

    def _one(self, number: str) -> Raw:
        answer = self._client.read(f"/webhooks/{segment(number)}", _ONE)
        if is_absence(answer):
            raise Transient("the webhook was removed meanwhile; try again")
        if not answer.is_success:
            raise _refusal(answer)
        return _hook_in(answer)

    def _made(self, address: str, secret: str) -> Raw:
        body = {
            "active": True,
            "subscriberUrl": address,
            "triggers": list(TRIGGERS),
            "secret": secret,
            "version": VERSION,
        }
        try:
            answer = self._send(self._client.write, "/webhooks", _MAKING, body)
            if answer.is_success:
                return _hook_in(answer)
            error = _refusal(answer)
        except Transient as exc:
            error = exc
        found = _leading_to(address, self._all())  # lost, or made by somebody else meanwhile
        if found is None:
            raise error
        return found

    def _mend(self, raw: Raw, changes: Raw) -> None:
        """What is there afterwards is read next, and judged by that."""
        path = f"/webhooks/{segment(text_in(raw, 'id'))}"
        try:
            answer = self._send(self._client.change, path, _MENDING, changes)
        except Transient as exc:
            if not exc.ambiguous:
                raise
        else:
            if not answer.is_success:
                raise _refusal(answer)

    def _send(
        self,
        ask: Callable[[str, str, Mapping[str, object]], Answer],
        path: str,
        what: str,
        body: Mapping[str, object],
    ) -> Answer:
        """Once more with fewer triggers where this server does not know all of them."""
        answer = ask(path, what, body)
        asked = body.get("triggers")
        if answer.status != 400 or not isinstance(asked, list):
            return answer
        told = _KNOWN.search(complaint_of(answer).message)
        known = told[1].split(", ") if told else _EVERYWHERE
        fewer = [each for each in asked if each in known]
        return ask(path, what, {**body, "triggers": fewer}) if fewer != asked else answer


def _differences(raw: Raw, secret: str) -> dict[str, object]:
    """What of a webhook has to be changed, to what. Triggers that somebody added stay; those that
    are missing may be unknown to this server."""
    found: dict[str, object] = {}
    if raw.get("active") is not True:
        found["active"] = True
    has = _triggers(raw)
    if missing := [each for each in TRIGGERS if each not in has]:
        found["triggers"] = [*has, *missing]
    if raw.get("secret") != secret:
        found["secret"] = secret
    if raw.get("payloadTemplate"):
        found["payloadTemplate"] = ""
    if raw.get("version", VERSION) != VERSION:
        found["version"] = VERSION
    return found


def _require_kept(now: Raw, secret: str) -> None:
    """Refuse to call it arranged while the server says something else."""
    wrong = set(_differences(now, secret)) - {"triggers"}
    shown = now.get("secret")
    if "secret" not in now or (isinstance(shown, str) and shown and set(shown) <= _MASK):
        wrong.discard("secret")  # it is not shown, so nobody can tell
    if not set(_triggers(now)) >= _NEEDED:
        wrong.add("triggers")
    if wrong:
        raise Transient(f"the webhook does not keep what it was given: {', '.join(sorted(wrong))}")


def _refusal(answer: Answer) -> SyncdError:
    """What a refusal means that concerns webhooks; the account itself was answered before."""
    found = complaint_of(answer)
    if answer.status == 403 and "scope" in f"{found.code} {found.message}".lower():
        return Forbidden("the key may not set up webhooks; it lacks WEBHOOK_READ or WEBHOOK_WRITE")
    if answer.status == 404 and found.message.lower().startswith("cannot "):
        return Unsupported(
            "this server's API has no webhooks; make one by hand in its settings, with the same "
            "address and secret"
        )
    if answer.status in (400, 422) and found.envelope is not Envelope.NONE:
        return Rejected(
            f"{answer.what} was refused ({answer.status}); the hosted Cal.com takes only public "
            "addresses with https, and only so many webhooks"
        )
    if answer.status == 409:
        return Rejected(f"{answer.what} was refused: its address stands there already (409)")
    return failure(answer)


def _hook_in(answer: Answer) -> Raw:
    data = data_of(answer)
    if not isinstance(data, dict) or not text_in(data, "id"):
        raise NotWhatWasAsked(answer, "not with a webhook")
    return data


def _leading_to(address: str, rows: Iterable[Raw]) -> Raw | None:
    """The webhook of that address, rather one that is written alike."""
    place = _place(urlsplit(address))
    same = [each for each in rows if _place(_parts(each)) == place]
    return min(same, key=lambda each: text_in(each, "subscriberUrl") != address, default=None)


def _seeming_to_lead(address: str, rows: Iterable[Raw], *, besides: str) -> list[Raw]:
    """Those whose path ends alike, or in the short address, at whatever host: a second delivery of
    everything, or what an earlier address has left."""
    tail, short = _tail(urlsplit(address)), ["webhooks", CalComWebhooks.alias]
    return [
        each
        for each in rows
        if text_in(each, "id") != besides
        and (_tail(_parts(each)) == tail or _tail(_parts(each))[-2:] == short)
    ]


def _parts(raw: Raw) -> SplitResult:
    try:
        return urlsplit(text_in(raw, "subscriberUrl"))
    except ValueError:
        return urlsplit("")


def _place(parts: SplitResult) -> tuple[object, ...]:
    """An address, however it is written."""
    try:
        port = parts.port
    except ValueError:
        port = None
    known = {"http": 80, "https": 443}.get(parts.scheme)
    path = parts.path.rstrip("/")
    return parts.scheme, (parts.hostname or "").lower(), port or known, path, parts.query


def _tail(parts: SplitResult) -> Sequence[str]:
    return parts.path.rstrip("/").split("/")[-3:]


def _webhook(raw: Raw) -> Webhook:
    return Webhook(
        id=text_in(raw, "id"),
        address=text_in(raw, "subscriberUrl"),
        active=raw.get("active") is True,
        triggers=tuple(_triggers(raw)),
    )


def _triggers(raw: Raw) -> list[str]:
    found = raw.get("triggers")
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
