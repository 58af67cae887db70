"""The driver port: what the engine asks of an endpoint, and the errors it understands.

EndpointError
├── Unreachable     nothing was sent, or nothing of it was taken; the same request may be sent again later
├── InDoubt         it was sent and no whole answer came; read before anything else
├── Busy            the endpoint answered that it cannot now (429, lock denied, stack in progress); try again later
│   └── Failing     the endpoint itself fails, whatever it is asked (HTTP 5xx)
└── Rejected        refused for good; trying again gives the same answer
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeGuard

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic, VtnmdError
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Request
from vtnmd.domain.tree import Json, Ref, Secret, Tree

Attributes = Mapping[str, Json]
Resolve = Callable[[Ref | Secret], Json]
"""Answers a hole. Raises KeyError for an attribute that no applied resource has."""


class EndpointError(VtnmdError):
    """Something went wrong between vtnmd and an endpoint; carries one diagnostic with code VTN-E…"""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic)
        self.diagnostic = diagnostic


class Unreachable(EndpointError):
    """Connection refused, no route, time-out before sending, TLS or host key not trusted, authentication service down."""


class InDoubt(EndpointError):
    """The connection broke or timed out after the request left."""


class Busy(EndpointError):
    """A transient refusal."""


class Failing(Busy):
    """The endpoint answers that it fails itself, so that other requests are likely to fare no better."""


class Rejected(EndpointError):
    """A permanent refusal: bad input, conflict, access denied, invalid configuration, stack failed."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What an endpoint holds of one resource, seen through the `read` of its operation.

    `differences` maps the path of a field to (expected, found) and is empty where the endpoint holds what was read for; fields that
    the endpoint fills in itself do not count. For a resource that is expected to be absent, `present` alone decides.
    """

    present: bool
    attributes: Attributes = field(default_factory=dict)
    differences: Mapping[str, tuple[Json, Json]] = field(default_factory=dict)


class Driver(Protocol):
    """One connected endpoint. Every method may raise any EndpointError, and nothing else but CancelledError."""

    async def apply(self, request: Request, resolve: Resolve) -> Mapping[Address, Attributes]:
        """Send one request, wait until it has taken effect, and give the attributes of each of its changes that has any.

        Sending a request that has taken effect before is no error and changes nothing.
        """
        ...

    async def recover(self, request: Request, resolve: Resolve) -> None:
        """Put away what an unanswered sending of the request may have left pending, so that `read` sees what stays.

        The sending may have been that of an earlier process. No effect where nothing is pending.
        """
        ...

    async def read(self, reads: Mapping[Address, Tree], resolve: Resolve) -> Mapping[Address, Observed]:
        """What the endpoint holds of each resource. `reads` are the `read` trees of their operations."""
        ...

    async def strangers(self, reads: Sequence[Tree], known: Sequence[Tree], resolve: Resolve) -> tuple[Stranger, ...]:
        """What stands in the same lists as the resources of `reads` and is none of those of `known`, sorted.

        Both are `read` trees of operations; `known` are all resources that vtnmd put at the endpoint, those of `reads` included.
        """
        ...

    async def hello(self) -> str:
        """Reach the endpoint, authenticate, and give one line on what it is."""
        ...

    async def aclose(self) -> None:
        """Release connections. Never raises."""
        ...


def is_transactional(driver: Driver) -> "TypeGuard[Transactional]":
    """Whether the driver's requests can be committed together with those of others."""
    return hasattr(driver, "prepare")


class Transactional(Driver, Protocol):
    """An endpoint whose requests can be committed together with those of others.

    What was prepared or committed and not confirmed goes away by itself when its session or its time ends, where the endpoint can
    do that; `cancel` sees to it at once, and where it cannot.
    """

    async def prepare(self, request: Request, resolve: Resolve) -> None:
        """Make the endpoint ready to commit: locked, edited and tested. Nothing is in force yet."""
        ...

    async def commit(self, request: Request, resolve: Resolve, confirm_timeout: int | None = None) -> None:
        """Put into force what was prepared, for `confirm_timeout` seconds unless it is confirmed."""
        ...

    async def confirm(self, request: Request, resolve: Resolve) -> None:
        """Make permanent what was committed, perhaps by an earlier life. Rejected where the endpoint does not hold it."""
        ...

    async def cancel(self, request: Request, resolve: Resolve) -> None:
        """Take back what was prepared or committed and not confirmed, perhaps by an earlier life. Harmless where nothing was."""
        ...

    async def offers(self) -> str:
        """How far commits can be taken back: `confirmed`, `candidate` or `running`."""
        ...
