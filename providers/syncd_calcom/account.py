"""One account of a Cal.com server: whose key it is, which versions are spoken, its lists.

The first answers are looked at before anything is believed: a version that the server does not know
is answered in the shape of its oldest one, without a word. An answer in another shape is an outage
or a wrong address, never an empty calendar. Reads and writes no bookings itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from syncd.core.errors import Forbidden, Rejected, SyncdError, Transient
from syncd.core.events import Attendance
from syncd.ports import Access, Clock
from syncd_calcom.answers import Answer, NotWhatWasAsked, data_of
from syncd_calcom.client import Client
from syncd_calcom.events import Reader, Row
from syncd_calcom.failures import failure
from syncd_calcom.settings import CalcomSettings, Flavour
from syncd_calcom.shapes import number_in, text_in
from syncd_calcom.versions import NEWEST, OLDER

_HOSTS = (".cal.com", ".cal.eu")
_LIST = "the list of bookings"
Raw = Mapping[str, object]
_STILL_MATTERS = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose key it is."""

    id: int | None
    username: str
    email: str
    name: str
    zone: str


class Account:
    """`flavour` and `takes_overrides` are known once `know` or `check` returned."""

    def __init__(self, settings: CalcomSettings, access: Access, client: Client) -> None:
        self.settings = settings
        self.client = client
        self.clock: Clock = access.clock
        self.reader = Reader(settings.kinds)
        self.flavour = Flavour(settings.flavour)
        self._owner: Owner | None = None
        self._is_probed = False

    @property
    def owner(self) -> Owner:
        self.know()
        assert self._owner is not None
        return self._owner

    @property
    def takes_overrides(self) -> bool:
        """A host's own key may book what Cal.com would not offer: the ledger has decided."""
        return self.client.bookings == NEWEST

    @property
    def beginning(self) -> datetime | None:
        """Bookings that began before it are left alone; never one that may still matter, so that
        none is missed for a date that is set too late."""
        since = self.settings.beginning
        return min(since, self.clock.now() - _STILL_MATTERS) if since else None

    def know(self) -> None:
        """Before the first question: learn whose account this is and how its server speaks."""
        if self._owner is None or not self._is_probed:
            self.check()

    def check(self) -> None:
        """Return when the key is of the account that is meant, and its bookings can be listed."""
        answer = self.client.read("/me", "the account")
        if not answer.is_success:
            raise _as_a_whole(answer)
        found = data_of(answer)
        if not isinstance(found, dict) or not text_in(found, "email"):
            raise NotWhatWasAsked(answer, "it does not say whose account it is")
        owner = Owner(
            id=number_in(found, "id"),
            username=text_in(found, "username"),
            email=text_in(found, "email"),
            name=text_in(found, "name"),
            zone=text_in(found, "timeZone"),
        )
        wanted = self.settings.account
        if wanted is not None and wanted.lower() != owner.username.lower():
            raise Forbidden("the API key is not of the account that username names")
        self._owner = owner
        if self._is_probed:
            self.page({"take": 1})
        else:
            self._probe()

    def page(self, query: Mapping[str, str | int]) -> list[Raw]:
        """One page of the list of bookings, each a JSON object."""
        answer = self.client.read("/bookings", _LIST, query)
        if not answer.is_success:
            raise _as_a_whole(answer)
        data = data_of(answer)
        if not isinstance(data, list):
            raise NotWhatWasAsked(answer, f"not as bookings of version {self.client.bookings} are")
        return [each if isinstance(each, dict) else {} for each in data]

    def part_of(self, raw: Raw) -> Attendance | None:
        """The owner's part in a booking; None where they have none (any more). Where the server
        does not name the hosts, it is the owner's own."""
        hosts, attendees = _people(raw, "hosts"), _people(raw, "attendees")
        if any(map(self._is_owner, hosts)):
            return Attendance.OWN
        if any(map(self._is_owner, attendees)):
            return Attendance.INVITED
        named = hosts and all(number_in(each, "id") is not None for each in hosts)
        return None if named else Attendance.OWN

    def row(self, raw: Raw, continued_by: str = "") -> Row:
        """A row of this account."""
        part = self.part_of(raw) or Attendance.OWN
        return Row(raw=raw, part=part, continued_by=continued_by)

    def _is_owner(self, person: Raw) -> bool:
        owner = self.owner
        if owner.id is not None and number_in(person, "id") == owner.id:
            return True
        return text_in(person, "email").lower() == owner.email.lower()

    def _probe(self) -> None:
        """Find the newest version of bookings that this server understands."""
        tried = {
            Flavour.AUTO: (NEWEST, OLDER),
            Flavour.HOSTED: (NEWEST,),
            Flavour.CAL_DIY: (OLDER,),
        }[Flavour(self.settings.flavour)]
        for version in tried:
            self.client.bookings = version
            answer = self.client.read("/bookings", _LIST, {"take": 1})
            if _has_fallen_back(answer):
                continue
            if not answer.is_success:
                raise _as_a_whole(answer)
            if not isinstance(data_of(answer), list):
                raise NotWhatWasAsked(answer, "not with a list of bookings")
            self._is_probed = True
            if self.settings.flavour == Flavour.AUTO:
                is_hosted = version == NEWEST or self._is_at_cal_com()
                self.flavour = Flavour.HOSTED if is_hosted else Flavour.CAL_DIY
            return
        named = " or ".join(tried)
        raise Forbidden(
            f"the server does not know bookings of version {named} and falls back to an old one "
            "in silence; is it older than August 2024, is flavour right, does something in between "
            "drop the header cal-api-version?"
        )

    def _is_at_cal_com(self) -> bool:
        return (urlsplit(self.settings.base).hostname or "").endswith(_HOSTS)


def _has_fallen_back(answer: Answer) -> bool:
    """Whether the list came from the oldest version's controller, or from none."""
    if answer.status == 404:
        return isinstance(_as_a_whole(answer), Forbidden)
    if not answer.is_success:
        return False
    data = data_of(answer)
    return isinstance(data, dict) and "bookings" in data


def _as_a_whole(answer: Answer) -> SyncdError:
    """A refusal of what is about the account, not about one booking."""
    found = failure(answer)
    if not isinstance(found, Rejected):
        return found
    return Transient(str(found)) if answer.status >= 500 else Forbidden(str(found))


def _people(raw: Raw, name: str) -> list[Raw]:
    value = raw.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
