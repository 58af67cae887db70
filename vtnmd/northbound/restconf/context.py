"""What the parts of the application share, and what they are given from outside."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from vtnmd.northbound.backend import Backend, Preview, User
from vtnmd.northbound.restconf.caching import Cache
from vtnmd.northbound.restconf.requests import Limits
from vtnmd.northbound.restconf.targets import Target, target_parser
from vtnmd.northbound.streams import Event


@dataclass(frozen=True, slots=True)
class Unauthorized:
    """A client that has not proved who it is. `retry_after` are seconds for one that has tried too often: 429 in place of 401.

    Where nobody can tell who it is at the moment, `outage` says why: 503.
    """

    challenges: tuple[str, ...] = ('Basic realm="vtnmd", charset="UTF-8"',)
    retry_after: float = 0.0
    outage: str = ""


Authenticate = Callable[[Mapping[bytes, bytes], str, bytes], Awaitable[User | Unauthorized]]
"""Tells users by the headers (names in lower case), the address and the TLS certificate (DER, empty without) of a client."""


EventFilter = Callable[[Event], bool]
FilterOf = Callable[[str], EventFilter]
"""An XPath expression → whether it holds for an event. Raises ValueError for what is no XPath."""


@dataclass(slots=True, eq=False)
class Context:
    """Used on one event loop. `root` is the path of the API, without a slash at its end. `preview` answers `?dry-run=native`."""

    backend: Backend
    authenticate: Authenticate
    root: str = "/restconf"
    preview: Preview | None = None
    filter_of: FilterOf | None = None
    limits: Limits = field(default_factory=Limits)
    keep_alive: float = 15.0
    """Seconds after which an idle event stream is sent a comment."""
    cache: Cache = field(default_factory=Cache)
    target: Callable[[str], Target] = field(init=False)

    def __post_init__(self) -> None:
        self.target = target_parser(self.backend.schema)
