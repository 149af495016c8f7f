"""Who is calling: a token of ours, a JWT of the practice's identity provider, or the public.

Says who, never what they may do: that is each flow's and the core's business. A credential that is
there and wrong never counts as none. What a route depends on is asynchronous although it waits for
nothing: all else would be sent to a thread of its own.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection

from syncd.core.access import Caller, Role, is_key
from syncd.core.errors import NotPermitted, Unauthenticated
from syncd.core.journal import Cause
from syncd.flows.people import with_wards
from syncd.flows.tokens import whose
from syncd.flows.visitors import holder_of
from syncd.ledger import View
from syncd.web.identity import Identity, is_jwt
from syncd.web.limits import Limit
from syncd.web.office import Office
from syncd.web.waiting import WaitingRoom

ANYBODY = Caller(role=Role.PUBLIC, name="public")
bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A token of `syncd tokens create`, or a JWT of the practice's identity provider.",
)


class Reception:
    """Lets callers in, counts them, and slows down those who guess."""

    def __init__(self, office: Office) -> None:
        clock = office.around.clock
        self.office = office
        self.waiting = WaitingRoom(office)
        self.identity = Identity(office.jwt, clock) if office.jwt else None
        self._calls = Limit(clock, office.requests_a_minute)
        self._failures = Limit(clock, office.failures_a_minute)

    def admit(self, connection: HTTPConnection) -> Caller:
        """Who calls. Raises Unauthenticated, or Throttled for one who comes too often."""
        address = address_of(connection)
        try:
            caller = self._known(connection.headers.getlist("authorization"))
        except Unauthenticated:
            self._failures.count(address)  # slows down who guesses, and nobody beside them
            raise
        self._calls.count(address if caller == ANYBODY else caller.name)
        return caller

    def holder(self, text: str, connection: HTTPConnection) -> Caller:
        """Who holds the token that stands in an address. Raises like `admit`."""
        try:
            with self.office.around.ledger.read() as view:
                caller = whose(view, text).caller
        except Unauthenticated:
            self._failures.count(address_of(connection))
            raise
        self._calls.count(caller.name)
        return caller

    def _known(self, headers: list[str]) -> Caller:
        with self.office.around.ledger.read() as view:
            if not headers:
                return _anybody(view)
            scheme, _, text = headers[0].partition(" ")
            if len(headers) > 1 or scheme.lower() != "bearer" or not text.strip():
                raise Unauthenticated("one Authorization header is wanted: Bearer and a token")
            if is_key(text.strip()):
                return holder_of(view, text.strip())
            if self.identity is None or not is_jwt(text):
                caller = whose(view, text).caller
                if caller.role is Role.FEED:
                    raise Unauthenticated("this token reads a feed, by its address")
                return with_wards(view, caller)
        return self.identity.whose(text, self.office.around)


def _anybody(view: View) -> Caller:
    practice = view.practice()
    if practice is None or not practice.public_booking:
        raise Unauthenticated("a token is needed: Authorization: Bearer …")
    return ANYBODY


def address_of(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else "somewhere"


async def caller_of(request: Request) -> Caller:
    """Whom the door has let in for this request."""
    caller: Caller = request.state.caller
    return caller


async def staff(request: Request) -> Caller:
    """Raises NotPermitted for anybody but the practice's own."""
    caller: Caller = request.state.caller
    if not caller.is_staff:
        raise NotPermitted("only the practice's own may see this")
    return caller


async def admin(request: Request) -> Caller:
    """Raises NotPermitted for anybody but those who run the practice."""
    caller: Caller = request.state.caller
    if caller.role is not Role.ADMIN:
        raise NotPermitted("only an admin may do this")
    return caller


async def somebody(request: Request) -> Caller:
    """Raises NotPermitted for the public: this is about somebody's own appointments."""
    caller: Caller = request.state.caller
    if caller.is_claimed:
        raise NotPermitted("whoever is not known may not do this; a client's token may")
    return caller


async def office_of(request: Request) -> Office:
    office: Office = request.app.state.reception.office
    return office


async def waiting_room(request: Request) -> WaitingRoom:
    room: WaitingRoom = request.app.state.reception.waiting
    return room


def cause_of(caller: Caller, request: Request) -> Cause:
    """What the journal is told: who, and through which request."""
    return Cause(actor=caller.name, via={"door": "http", "request": request.state.request_id})


AnyCaller = Annotated[Caller, Depends(caller_of)]
Somebody = Annotated[Caller, Depends(somebody)]
Staff = Annotated[Caller, Depends(staff)]
Admin = Annotated[Caller, Depends(admin)]
TheOffice = Annotated[Office, Depends(office_of)]
TheWaitingRoom = Annotated[WaitingRoom, Depends(waiting_room)]
