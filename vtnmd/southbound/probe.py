"""Client of a probe agent, which sends packets into a region's network and tells whether they arrive."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.probe import Probe, ProbeResult
from vtnmd.domain.tree import Json
from vtnmd.southbound.http import HttpServer
from vtnmd.southbound.ports import Rejected


def connect(endpoint: Mapping[str, Json], secrets: Callable[[str], str]) -> "ProbeAgent":
    """The client for an inventory entry of kind `probe`. Opens nothing before it is used."""
    return ProbeAgent(HttpServer(endpoint, "probe", secrets))


class ProbeAgent:
    """Asks one agent. Every method may raise any EndpointError, InDoubt excepted: a probe changes nothing."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server

    async def probe(self, probe: Probe) -> ProbeResult:
        """Have a packet sent from the probe's source to its target.

        The answer may have the member `degraded`: texts that say what is worse than it should be though the packet arrived.
        """
        stations = {"source": probe.source.to_json(), "target": probe.target.to_json()}
        answer = await self._server.send("POST", "probe", stations, reads=True)
        match answer.body:
            case {"passed": bool(passed), "detail": str(detail)} if answer.status == HTTPStatus.OK:
                degraded = answer.body.get("degraded", [])
                if isinstance(degraded, list) and all(isinstance(each, str) for each in degraded):
                    return ProbeResult(probe, passed, detail, tuple(degraded))
        raise self._unexpected(answer.status, answer.body)

    async def hello(self) -> str:
        """Reach the agent and give one line on what it is."""
        answer = await self._server.send("GET", "probe", reads=True)
        match answer.body:
            case {"agent": str(agent)} if answer.status == HTTPStatus.OK:
                return agent
            case _:
                raise self._unexpected(answer.status, answer.body)

    async def aclose(self) -> None:
        """Release connections."""
        await self._server.aclose()

    def _unexpected(self, status: int, body: Json) -> Rejected:
        detail = body.get("detail", "") if isinstance(body, dict) else ""
        return Rejected(
            Diagnostic(
                "VTN-E015",
                f"{self._server.name}: {self._server.url} does not answer as a probe agent does (HTTP {status})",
                detail=str(detail),
                hint="check url of this endpoint in the inventory",
            )
        )
