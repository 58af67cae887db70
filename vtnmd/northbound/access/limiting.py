"""How often something may be asked: rates of requests, and pauses after wrong passwords. Memory is bounded, time is handed in."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Generic, TypeVar

Value = TypeVar("Value")
_KEPT = 10_000


@dataclass(slots=True, eq=False)
class Recent(Generic[Value]):
    """A mapping that forgets what was not used for the longest time."""

    kept: int = _KEPT
    _values: OrderedDict[Hashable, Value] = field(default_factory=OrderedDict)

    def get(self, key: Hashable) -> Value | None:
        found = self._values.get(key)
        if found is not None:
            self._values.move_to_end(key)
        return found

    def put(self, key: Hashable, value: Value) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self.kept:
            self._values.popitem(last=False)

    def drop(self, key: Hashable) -> None:
        self._values.pop(key, None)

    def __len__(self) -> int:
        return len(self._values)


def network_of(client: str) -> str:
    """What stands for a client's address: the address, or the /64 that an IPv6 client can choose its address from."""
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)


@dataclass(slots=True, eq=False)
class Buckets:
    """Token buckets by client or user: `rate` a second over time, `burst` at once after a rest."""

    rate: float
    burst: float
    _buckets: Recent[tuple[float, float]] = field(default_factory=Recent)

    def take(self, key: Hashable, now: float) -> float:
        """Take one token: 0 where there was one, else the seconds until there is one."""
        tokens, since = self._buckets.get(key) or (self.burst, now)
        tokens = min(self.burst, tokens + max(0.0, now - since) * self.rate)
        if tokens < 1:
            self._buckets.put(key, (tokens, now))
            return (1 - tokens) / self.rate
        self._buckets.put(key, (tokens - 1, now))
        return 0.0


@dataclass(frozen=True, slots=True)
class _Failures:
    number: int = 0
    until: float = 0.0


@dataclass(slots=True, eq=False)
class Guesses:
    """Wrong passwords in a row, by user and by client. After `allowed` of them each one more doubles the pause before the next.

    A user at a client from where he has logged in is held up by what is guessed of him there, and by nothing else: nobody elsewhere
    can lock him out, and nobody behind the same address by guessing others.
    """

    first: float = 1.0
    longest: float = 900.0
    _failures: Recent[_Failures] = field(default_factory=Recent)
    _trusted: Recent[bool] = field(default_factory=Recent)

    def pause(self, user: str, client: str, now: float) -> float:
        """Seconds until a password may be tried again; 0 for now."""
        held = (self._failures.get(key) for key in self._keys(user, client))
        return max(0.0, *(failures.until - now for failures in held if failures is not None), 0.0)

    def failed(self, user: str, client: str, now: float, allowed: int) -> None:
        """A password is tried; it counts as wrong until it proves right, so that trying many at once gains nothing."""
        for key in self._keys(user, client):
            number = (self._failures.get(key) or _Failures()).number + 1
            pause = min(self.longest, self.first * 2.0 ** min(number - allowed - 1, 30)) if number > allowed else 0.0
            self._failures.put(key, _Failures(number, now + pause))

    def succeeded(self, user: str, client: str) -> None:
        """The password was right. What was guessed elsewhere of a user that this client is known for still counts there."""
        for key in self._keys(user, client):
            self._failures.drop(key)
        self._trusted.put((user, client), True)

    def shown(self, user: str, client: str) -> None:
        """A password that proved right before was given here: the client is known for the user, if it was not."""
        if not self._is_known(user, client):
            self.succeeded(user, client)

    def _is_known(self, user: str, client: str) -> bool:
        return self._trusted.get((user, client)) is not None

    def _keys(self, user: str, client: str) -> tuple[Hashable, ...]:
        return (("pair", user, client),) if self._is_known(user, client) else (("client", client), ("user", user))
