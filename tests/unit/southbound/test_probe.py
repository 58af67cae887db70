"""The client of a probe agent."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vtnmd.domain.address import Address
from vtnmd.domain.probe import Probe, ProbeResult, Station
from vtnmd.lab.faults import DROP_AFTER, status
from vtnmd.lab.http_server import LabServer
from vtnmd.southbound.ports import Busy, Rejected, Unreachable
from vtnmd.southbound.probe import ProbeAgent, connect

pytestmark = pytest.mark.anyio

PROBE = Probe(
    Address("global", "", "interconnect", ("acme_shop", "backbone")),
    Station("east", 100, "10.1.0.10", 24, "10.1.0.1"),
    Station("west", 101, "10.1.0.110", 24),
)


class Agent:
    """Answers every probe by `answer` and keeps what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = {"passed": True, "detail": "east → west"}
        self.asked: list[Any] = []
        routes = [Route("/probe", self._probe, methods=["POST"]), Route("/probe", self._hello)]
        self.server = LabServer(Starlette(routes=routes), dict, None)

    async def _probe(self, request: Request) -> Response:
        self.asked.append(await request.json())
        return JSONResponse(self.answer)

    async def _hello(self, _: Request) -> Response:
        return JSONResponse({"agent": "an agent"})


@pytest.fixture
async def agent() -> AsyncIterator[Agent]:
    agent = Agent()
    await agent.server.start("127.0.0.1", 0)
    yield agent
    await agent.server.aclose()


@pytest.fixture
async def client(agent: Agent) -> AsyncIterator[ProbeAgent]:
    client = connect({"name": "probe", "timeout": 5, "probe": {"url": agent.server.url}}, lambda reference: reference)
    yield client
    await client.aclose()


@pytest.mark.parametrize("passed", [True, False])
async def test_what_the_agent_found_is_given(agent: Agent, client: ProbeAgent, passed: bool) -> None:
    agent.answer = {"passed": passed, "detail": "so"}
    assert await client.probe(PROBE) == ProbeResult(PROBE, passed, "so")
    assert agent.asked == [{"source": PROBE.source.to_json(), "target": PROBE.target.to_json()}]


async def test_what_is_degraded_is_told_with_its_reasons(agent: Agent, client: ProbeAgent) -> None:
    agent.answer = {"passed": True, "detail": "so", "degraded": ["by the backup way", "slowly"]}
    assert await client.probe(PROBE) == ProbeResult(PROBE, True, "so", ("by the backup way", "slowly"))


_WRONG = [{}, [], "passed", {"passed": "yes", "detail": ""}, {"passed": True}]
_WRONG += [{"passed": True, "detail": "", "degraded": wrong} for wrong in ("text", [1], None)]


@pytest.mark.parametrize("answer", _WRONG)
async def test_another_answer_is_refused(agent: Agent, client: ProbeAgent, answer: Any) -> None:
    agent.answer = answer
    with pytest.raises(Rejected) as error:
        await client.probe(PROBE)
    assert error.value.diagnostic.code == "VTN-E015"


async def test_hello_names_the_agent(client: ProbeAgent) -> None:
    assert await client.hello() == "an agent"


async def test_a_lost_answer_leaves_no_doubt(agent: Agent, client: ProbeAgent) -> None:
    await agent.server.set_fault(DROP_AFTER)
    with pytest.raises(Unreachable):
        await client.probe(PROBE)
    await agent.server.set_fault(status(503))
    with pytest.raises(Busy):
        await client.probe(PROBE)
