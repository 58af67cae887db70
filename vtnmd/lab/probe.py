"""A region's probe agent: `POST /probe` tells whether a packet arrives, computed from what the simulators of all regions hold."""

import asyncio
import base64
import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vtnmd.domain.probe import station_from_json
from vtnmd.domain.tree import Json
from vtnmd.lab.layout import CUSTOMER_PORT, HOST, USER, Lab
from vtnmd.lab.links import down_links
from vtnmd.lab.netconf_untyped import TREES
from vtnmd.lab.openconfig import as_pe
from vtnmd.lab.paths import HeldRegion, World, read_links, read_regions
from vtnmd.lab.reach import reach

_PATIENCE_SECONDS = 3.0

Gather = Callable[[], Awaitable[World]]


def probe_agent(gather: Gather, password: str) -> Starlette:
    """The agent's application; `gather` asks all regions what they hold."""
    wanted = base64.b64encode(f"{USER}:{password}".encode()).decode()

    async def probe(request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            return JSONResponse({"detail": "user name and password are wanted"}, 401, {"WWW-Authenticate": "Basic"})
        try:
            body = await request.json()
            source, target = station_from_json(body["source"]), station_from_json(body["target"])
        except (KeyError, TypeError, ValueError):
            return JSONResponse({"detail": "expected source and target, each a station"}, 400)
        found = reach(await gather(), source, target)
        degraded = {"degraded": list(found.degraded)} if found.degraded else {}
        return JSONResponse({"passed": found.passed, "detail": found.detail, **degraded})

    async def hello(_request: Request) -> Response:
        return JSONResponse({"agent": "vtnmd lab, reachability computed from held configuration"})

    return Starlette(routes=[Route("/probe", probe, methods=["POST"]), Route("/probe", hello, methods=["GET"])])


def held_region(lab: Lab, region: str, held: Json) -> HeldRegion:
    """`held` is what the control port of a region answers: `{"odl": …, "pe": …}`, as its simulators hold it."""
    vtns = held["odl"].get("vtn:vtns", {}).get("vtn", [])
    router = as_pe(held["pe"][TREES]) if TREES in held["pe"] else held["pe"].get("vtnmd-pe:pe", {})
    return HeldRegion(region, lab.node(region), CUSTOMER_PORT, tuple(vtns), router)


async def gather_world(lab: Lab, here: Mapping[str, HeldRegion]) -> World:
    """What every region of the lab holds: `here` is known, the others are asked over their control ports."""
    found, silent = dict(here), {}
    others = [region for region in lab.regions if region not in here]
    async with httpx2.AsyncClient(timeout=_PATIENCE_SECONDS, trust_env=False) as client:
        answers = await asyncio.gather(*(_ask(client, lab, region) for region in others))
    for region, answer in zip(others, answers, strict=True):
        if isinstance(answer, str):
            silent[region] = answer
        else:
            found[region] = answer
    backbone = lab.backbone()
    down = {ends: f"{datetime.fromtimestamp(since, UTC):%Y-%m-%d %H:%M:%S} UTC" for ends, since in down_links(lab).items()}
    return World(found, read_links(backbone), read_regions(backbone), silent, down)


async def _ask(client: httpx2.AsyncClient, lab: Lab, region: str) -> HeldRegion | str:
    """What the region holds, or why that is not known."""
    try:
        answer = await client.get(f"http://{HOST}:{lab.control_port(region)}/held")
        if answer.status_code != httpx2.codes.OK:
            return answer.text
        return held_region(lab, region, answer.json())
    except httpx2.HTTPError as problem:
        return str(problem) or type(problem).__name__
