"""The application that `vtnmd serve --web` shows on loopback: regions, their endpoints and what waits for them, and metrics."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from vtnmd.domain.diagnostics import VtnmdError
from vtnmd.domain.tree import Json

_PRIVATE = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A text that is made anew for each reader, and its media type."""

    text: Callable[[], bytes]
    media_type: str


@dataclass(frozen=True, slots=True)
class Reader:
    """What one client is shown: regions, and metrics where he may see them. Both are made in threads and raise VtnmdError."""

    regions: Callable[[], Json]
    metrics: Shown | None


@dataclass(frozen=True, slots=True)
class Stranger:
    """A client that has not proved who it is: how it can (RFC 9110 section 11.6.1), or after how many seconds it may try again."""

    challenges: tuple[str, ...] = ()
    retry_after: int = 0


Admit = Callable[[Mapping[bytes, bytes], str], Awaitable[Reader | Stranger]]
"""Tells clients by their headers (names in lower case) and address. Raises VtnmdError."""


def make_app(admit: Admit) -> Starlette:
    """`GET /regions` and `GET /metrics`, as far as `admit` lets a client see them.

    Others are answered 401, 429 or 403; 503 with the diagnostics where something raises.
    """

    async def show_regions(request: Request) -> Response:
        return await _answer(admit, request, lambda reader: JSONResponse(reader.regions(), headers=_PRIVATE))

    async def show_metrics(request: Request) -> Response:
        return await _answer(admit, request, _metrics)

    return Starlette(routes=[Route("/regions", show_regions), Route("/metrics", show_metrics)])


def _metrics(reader: Reader) -> Response:
    if reader.metrics is None:
        return PlainTextResponse("metrics are for users who may read all of what vtnmd tells of itself\n", 403)
    return Response(reader.metrics.text(), media_type=reader.metrics.media_type, headers=_PRIVATE)


async def _answer(admit: Admit, request: Request, make: Callable[[Reader], Response]) -> Response:
    address = request.client.host if request.client else ""
    try:
        found = await admit(dict(request.headers.raw), address)
        return _turned_away(found) if isinstance(found, Stranger) else await run_in_threadpool(make, found)
    except VtnmdError as problem:
        return JSONResponse({"diagnostics": [each.to_json() for each in problem.diagnostics]}, status_code=503)


def _turned_away(stranger: Stranger) -> Response:
    if stranger.retry_after:
        return PlainTextResponse("too many attempts; wait\n", 429, {"retry-after": str(stranger.retry_after)})
    answer = PlainTextResponse("who are you?\n", 401)
    for challenge in stranger.challenges:
        answer.headers.append("www-authenticate", challenge)
    return answer
