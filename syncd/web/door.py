"""What every request goes through, in this order: who calls, the route's own work, and what went
wrong as a problem document.

A route that is made of `Door` never answers with a stack trace, and lets nobody in whom the
reception does not.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from syncd.core.errors import Broken, Invalid, SyncdError
from syncd.core.problem import Problem
from syncd.web.problems import Internal, Malformed, NotJson, problem
from syncd.web.texts import language_of
from syncd.web.wire import PATTERNS

UNREADABLE = "the body is not JSON"

log = structlog.get_logger(__name__)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Refusal(Exception):
    """`error` with more members for its problem document."""

    def __init__(self, error: SyncdError, more: Mapping[str, Any]) -> None:
        super().__init__(str(error))
        self.error, self.more = error, more


class Door(APIRoute):
    """A route for callers who are known."""

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()
        asked = sorted(_query_names(self.dependant))

        async def admitted(request: Request) -> Response:
            reception = request.app.state.reception
            request.state.caller = await run_in_threadpool(reception.admit, request)
            _require_known(request, asked)
            return await inner(request)

        return guarded(admitted)


class OpenDoor(APIRoute):
    """A route for everybody, as a machine that asks whether we live."""

    def get_route_handler(self) -> Handler:
        return guarded(super().get_route_handler())


def _require_known(request: Request, asked: Sequence[str]) -> None:
    """What is asked for under a name that is not known would be left out without a word."""
    known = ", ".join(asked) or "nothing"
    unknown = sorted(set(request.query_params) - set(asked))
    if unknown:
        what = f"is not known here; what may be said: {known}"
        raise Invalid([Problem(where=each[:100], what=what) for each in unknown[:10]])


def _query_names(dependant: Dependant) -> set[str]:
    """What a route and all that it depends on read of a query."""
    names = {each.alias for each in dependant.query_params}
    return names.union(*(_query_names(each) for each in dependant.dependencies))


def guarded(handler: Handler) -> Handler:
    """The handler, its errors as answers."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except RequestValidationError as exc:
            return refused(request, _as_invalid(exc))
        except Refusal as exc:
            return refused(request, exc.error, exc.more)
        except HTTPException as exc:  # the framework's own, of a body that could not be read
            why = exc.__cause__
            return refused(request, why if isinstance(why, SyncdError) else Malformed(UNREADABLE))
        except SyncdError as exc:
            return refused(request, exc)
        except Exception as exc:
            log.exception("request_failed", path=template_of(request), kind=type(exc).__name__)
            return refused(request, Internal("a mistake of ours; it is in the log"))

    return answer


def refused(request: Request, exc: SyncdError, more: Mapping[str, Any] | None = None) -> Response:
    if isinstance(exc, Broken) and not isinstance(exc, Internal):
        log.error("request_failed", path=template_of(request), code=exc.code, error=str(exc))
    return problem(exc, language_of(request.headers.get("accept-language")), more=more)


def template_of(request: Request) -> str:
    """The route's path as it is written in the program: what a caller filled in stays out of
    logs."""
    route = request.scope.get("route")
    return getattr(route, "path", "(no route)")


def _as_invalid(exc: RequestValidationError) -> SyncdError:
    found = exc.errors()
    if any(each["loc"] == ("body",) and each["type"].endswith("attributes_type") for each in found):
        return NotJson("the body is a JSON object, sent as Content-Type: application/json")
    if any(each["type"] == "json_invalid" for each in found):
        return Malformed(UNREADABLE)
    return Invalid([Problem(where=_place(each["loc"]), what=_words(each)) for each in found])


def _place(where: Sequence[str | int]) -> str:
    """`body.client.email` as `client.email`: callers know what they sent where."""
    inner = (
        where[1:] if len(where) > 1 and where[0] in ("body", "query", "path", "header") else where
    )
    return ".".join(map(str, inner))


def _words(found: Mapping[str, Any]) -> str:
    pattern = found.get("ctx", {}).get("pattern")
    plain = PATTERNS.get(pattern, str(found["msg"])).removeprefix("Value error, ")
    return plain[:1].lower() + plain[1:]
