"""A simulated OpenStack region: Keystone v3 below /identity, Heat v1 below /heat-api and /heat-api-cfn, on one port.

It speaks what openstacksdk speaks: discovery, password login with a project scope, a catalogue with both APIs of Heat, tokens that
expire, EC2 credentials, and stacks with templates, resources and outputs. Status codes and error bodies are those of OpenStack
Heat 27 (Orchestration API v1, CloudFormation-compatible API) and Keystone (Identity API v3). There is one user and one project;
there are no nested stacks, parameters, environments or rollback.
"""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vtnmd.domain.tree import Json
from vtnmd.lab.cloud_state import CloudLimits, CloudState
from vtnmd.lab.faults import Fault, FaultKind
from vtnmd.lab.heat_api import HeatApi, heat_error, no_such_method, no_such_path
from vtnmd.lab.heat_query import HeatQuery
from vtnmd.lab.hot_functions import HotError
from vtnmd.lab.http_server import Certificate, LabServer
from vtnmd.lab.keystone import Keystone, Login
from vtnmd.lab.keystone_ec2 import Ec2Credentials
from vtnmd.lab.stacks import KeptStacks, Stacks

_Handler = Callable[[Request], Awaitable[Response]]


async def start_heat(
    login: Login,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    certificate: Certificate | None = None,
    limits: CloudLimits | None = None,
    delay: float = 0.05,
) -> "HeatSimulator":
    """Serve a simulated OpenStack region. `delay` is the seconds that each action of a stack takes."""
    simulator = HeatSimulator(login, limits or CloudLimits(), delay, certificate)
    await simulator.server.start(host, port)
    return simulator


class HeatSimulator:
    """A running region. `auth_url` is what clients are given; `stacks` and `cloud` are its state, open to tests."""

    def __init__(self, login: Login, limits: CloudLimits, delay: float, certificate: Certificate | None) -> None:
        self.cloud = CloudState(login.region, limits)
        self.stacks = Stacks(self.cloud, delay)
        self.keystone = Keystone(login)
        self._credentials = Ec2Credentials(self.keystone)
        self._api = HeatApi(self.stacks, self.cloud)
        self._query = HeatQuery(self.stacks, self.cloud, self.keystone, self._credentials)
        self.server = LabServer(self._application(), self.held, certificate)
        self.stacks.ignores = lambda: self.server.fault.kind is FaultKind.IGNORE

    @property
    def auth_url(self) -> str:
        return f"{self.server.url}/identity/v3"

    def held(self) -> Json:
        """Networks, subnets, ports, servers and so on by kind, and the stacks that made them."""
        return {**self.cloud.held(), "stacks": self.stacks.held()}

    def keep(self) -> tuple[CloudState, KeptStacks]:
        """What the region holds, for `put_back`."""
        return self.cloud.copy(), self.stacks.keep()

    def put_back(self, kept: tuple[CloudState, KeptStacks]) -> None:
        """Hold what was kept; what is under way stops."""
        cloud, stacks = kept
        self.stacks.put_back(stacks)
        self.cloud.put_back(cloud)

    async def set_fault(self, fault: Fault) -> None:
        await self.server.set_fault(fault)

    async def aclose(self) -> None:
        self.stacks.aclose()
        await self.server.aclose()

    def _application(self) -> Starlette:
        api, guarded = self._api, self._guarded
        stacks = "/heat-api/v1/{project}/stacks"
        stack = stacks + "/{name}/{id}"
        return Starlette(
            exception_handlers={404: no_such_path, 405: no_such_method},
            routes=[
                Route("/identity", self.keystone.versions),
                Route("/identity/v3", self.keystone.version),
                Route("/identity/v3/auth/tokens", self.keystone.log_in, methods=["POST"]),
                Route("/identity/v3/users/{user}/credentials/OS-EC2", self._credentials.collection, methods=["GET", "POST"]),
                Route("/identity/v3/users/{user}/credentials/OS-EC2/{access}", self._credentials.one, methods=["DELETE"]),
                Route("/heat-api-cfn/v1/", self._query.answer, methods=["GET", "POST"]),
                Route("/heat-api", api.versions),
                Route("/heat-api/v1/{project}/build_info", guarded(api.build_info)),
                Route("/heat-api/v1/{project}/validate", guarded(api.validate), methods=["POST"]),
                Route(stacks, guarded(api.list), methods=["GET"]),
                Route(stacks, guarded(api.create), methods=["POST"]),
                Route(stacks + "/{name}", guarded(api.look_up), methods=["GET", "PUT", "PATCH", "DELETE"]),
                Route(stack, guarded(api.show), methods=["GET"]),
                Route(stack, guarded(api.update), methods=["PUT", "PATCH"]),
                Route(stack, guarded(api.delete), methods=["DELETE"]),
                Route(stack + "/template", guarded(api.template)),
                Route(stack + "/outputs", guarded(api.outputs)),
                Route(stack + "/outputs/{key}", guarded(api.output)),
                Route(stack + "/resources", guarded(api.resources)),
                Route(stack + "/resources/{key}", guarded(api.resource)),
            ],
        )

    def _guarded(self, handler: _Handler) -> _Handler:
        """The handler behind the check of the token and of the project, its refusals as Heat words them."""

        async def guarded(request: Request) -> Response:
            refusal = self.keystone.refusal(request)
            if refusal is not None:
                return refusal
            try:
                return await handler(request)
            except HotError as error:
                return heat_error(error)

        return guarded
