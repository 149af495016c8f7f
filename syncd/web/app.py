"""The application: its routes, its documents, and what holds for all of them.

Statuses of errors are `problems`' to say; what each route answers beside its own is documented from
the same table.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI, Security
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from syncd import __version__
from syncd.web import (
    activities,
    appointments,
    availability,
    booking,
    calendar,
    health,
    people,
    practice,
    relationships,
    slots,
    sync,
)
from syncd.web.answers import ProblemOut
from syncd.web.callers import Reception, bearer
from syncd.web.door import refused
from syncd.web.envelope import Envelope
from syncd.web.hooks import hook_routes
from syncd.web.office import Office
from syncd.web.problems import MEDIA_TYPE, Malformed, NoRoute, WrongMethod

PREFIX = "/api/v1"
_ABOUT = (
    "Slots, bookings and every action on an appointment. Times are RFC 3339 with an offset; errors "
    "are RFC 9457 problems with a stable `code`, their titles in English or French."
)
_ALWAYS = {
    400: "The request cannot be read.",
    401: "A credential is missing, or lets nobody in.",
    403: "Whoever asks is known, and may not do this.",
    404: "Absent, or somebody else's.",
    408: "The body took too long.",
    409: "The state of things does not allow it.",
    410: "The hold has expired.",
    412: "The appointment changed since it was read.",
    413: "The body is too large.",
    415: "The body is not said to be JSON.",
    422: "Something that was sent cannot be used.",
    429: "Too many requests; see Retry-After.",
    503: "Later, perhaps by itself; see Retry-After.",
}


def create_app(office: Office) -> FastAPI:
    """The door of one practice, as an ASGI application."""
    app = FastAPI(
        title="syncd",
        version=__version__,
        description=_ABOUT,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    app.state.reception = Reception(office)
    app.router.routes[:0] = hook_routes(office)  # before all others: they are the ones in a hurry
    app.router.routes.extend(_api().routes)
    app.add_exception_handler(HTTPException, _not_routed)
    app.add_middleware(
        Envelope,
        randomness=office.around.randomness,
        largest_body=office.largest_body,
    )
    if office.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(office.origins),
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match"],
            expose_headers=["ETag", "Location", "Retry-After", "X-Request-Id"],
        )
    return app


@cache
def _api() -> APIRouter:
    """All that is documented: made once, for it takes longer than all else that a door needs."""
    router = APIRouter()
    for each in _known(), _open():
        router.include_router(each)
    return router


def _known() -> APIRouter:
    """What only those may use whom the reception lets in."""
    router = APIRouter(
        prefix=PREFIX, dependencies=[Security(bearer)], responses=_problems(*_ALWAYS)
    )
    for each in (
        practice,
        activities,
        availability,
        slots,
        booking,
        appointments,
        calendar,
        people,
        relationships,
        sync,
    ):
        router.include_router(each.router)
    return router


def _open() -> APIRouter:
    router = APIRouter()
    router.include_router(health.router, responses=_problems(503))
    router.include_router(calendar.feeds, responses=_problems(401, 404, 422, 429, 503))
    return router


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    schema = {"schema": {"$ref": "#/components/schemas/ProblemOut"}}
    return {
        each: {
            "model": ProblemOut,
            "description": _ALWAYS[each],
            "content": {MEDIA_TYPE: schema},
        }
        for each in statuses
    }


async def _not_routed(request: Request, exc: Exception) -> Response:
    """What the router itself refuses."""
    status = exc.status_code if isinstance(exc, HTTPException) else 500
    if status == 405 and isinstance(exc, HTTPException):
        response = refused(request, WrongMethod("this address does not know that method"))
        response.headers.update(exc.headers or {})
        return response
    if status == 404:
        return refused(request, NoRoute("there is nothing at this address"))
    return refused(request, Malformed("the request cannot be read"))
