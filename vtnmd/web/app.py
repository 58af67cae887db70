"""The application that `vtnmd serve --web` shows on loopback: for now the regions, their endpoints and what waits for them."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from vtnmd.domain.diagnostics import VtnmdError
from vtnmd.domain.tree import Json


def make_app(regions: Callable[[], Json]) -> Starlette:
    """`GET /regions` answers what `regions` gives, which is called in a thread; 503 with the diagnostics where it raises."""

    async def show(_request: Request) -> JSONResponse:
        try:
            return JSONResponse(await run_in_threadpool(regions))
        except VtnmdError as problem:
            return JSONResponse({"diagnostics": [each.to_json() for each in problem.diagnostics]}, status_code=503)

    return Starlette(routes=[Route("/regions", show)])
