"""The application that `vtnmd serve --web` shows on loopback: regions, their endpoints and what waits for them, and metrics."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vtnmd.domain.diagnostics import VtnmdError
from vtnmd.domain.tree import Json


@dataclass(frozen=True, slots=True)
class Shown:
    """A text that is made anew for each reader, and its media type."""

    text: Callable[[], bytes]
    media_type: str


def make_app(regions: Callable[[], Json], metrics: Shown) -> Starlette:
    """`GET /regions` answers what `regions` gives, `GET /metrics` the metrics; 503 with the diagnostics where one raises.

    Both are called in threads.
    """

    async def show_regions(_request: Request) -> Response:
        return await _answer(lambda: JSONResponse(regions()))

    async def show_metrics(_request: Request) -> Response:
        return await _answer(lambda: Response(metrics.text(), media_type=metrics.media_type))

    return Starlette(routes=[Route("/regions", show_regions), Route("/metrics", show_metrics)])


async def _answer(make: Callable[[], Response]) -> Response:
    try:
        return await run_in_threadpool(make)
    except VtnmdError as problem:
        return JSONResponse({"diagnostics": [each.to_json() for each in problem.diagnostics]}, status_code=503)
