"""The checks that `vtnmd-types:check` names: constraints that XPath 1.0 cannot express.

Each takes the entry (an RFC 7951 object) in whose definition the statement stands and yields (path below the entry, what is wrong).
A check says nothing about values that are missing or not of their type: other phases report those.
"""

import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import urlsplit

from vtnmd.domain.tree import Json
from vtnmd.yang.instances import Path
from vtnmd.yang.workload_body import body_problems

Finding: TypeAlias = tuple[Path, str]
CheckFunction: TypeAlias = Callable[[Mapping[str, Json]], Iterator[Finding]]
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class _Pool:
    start: Address
    end: Address
    path: Path

    def __str__(self) -> str:
        return f"{self.start}–{self.end}"

    def holds(self, address: Address) -> bool:
        return self.start.version == address.version and int(self.start) <= int(address) <= int(self.end)


def _address(value: Json) -> Address | None:
    return _parsed_address(value) if isinstance(value, str) else None


def _network(value: Json) -> Network | None:
    """The prefix; bits beyond its length are ignored, as RFC 6991 allows them."""
    return _parsed_network(value) if isinstance(value, str) else None


# the checks of one entry follow each other and read the same texts
@lru_cache(maxsize=1024)
def _parsed_address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _parsed_network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _objects(entry: Mapping[str, Json], member: str) -> Iterator[tuple[int, Mapping[str, Json]]]:
    listed = entry.get(member)
    for index, value in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(value, dict):
            yield index, value


def _pools(segment: Mapping[str, Json]) -> list[_Pool]:
    """Every pool of every region whose ends can be read and stand in order."""
    return [pool for pool in _all_pools(segment) if pool.start.version == pool.end.version and int(pool.start) <= int(pool.end)]


def _all_pools(segment: Mapping[str, Json]) -> Iterator[_Pool]:
    for place, region in _objects(segment, "region"):
        for index, pool in _objects(region, "pool"):
            start, end = _address(pool.get("start")), _address(pool.get("end"))
            if start is not None and end is not None:
                yield _Pool(start, end, ("region", place, "pool", index))


def pools_inside_prefix(segment: Mapping[str, Json]) -> Iterator[Finding]:
    """Every pool of a segment lies in its prefix, first address first."""
    prefix = _network(segment.get("cidr"))
    for pool in _all_pools(segment):
        if pool.start.version == pool.end.version and int(pool.start) > int(pool.end):
            yield pool.path, f"the pool {pool} ends before it starts"
        elif prefix is not None and not (pool.start in prefix and pool.end in prefix):
            yield pool.path, f"the pool {pool} lies outside {prefix}"


def pools_disjoint(segment: Mapping[str, Json]) -> Iterator[Finding]:
    """No address stands in two pools of a segment, be they of one region or of two."""
    furthest: dict[int, _Pool] = {}
    for pool in sorted(_pools(segment), key=lambda pool: (pool.start.version, int(pool.start), pool.path)):
        before = furthest.get(pool.start.version)
        if before is not None and int(pool.start) <= int(before.end):
            yield pool.path, f"the pool {pool} overlaps the pool {before}"
        if before is None or int(pool.end) > int(before.end):
            furthest[pool.start.version] = pool


def gateway_outside_pools(segment: Mapping[str, Json]) -> Iterator[Finding]:
    """The gateway is a host address of the prefix and stands in no pool."""
    gateway, prefix = _address(segment.get("gateway")), _network(segment.get("cidr"))
    if gateway is None or prefix is None:
        return
    if gateway not in prefix:
        yield ("gateway",), f"the gateway {gateway} is not in {prefix}"
    elif _reserved(gateway, prefix):
        yield ("gateway",), f"the gateway {gateway} is no host address of {prefix}"
    for pool in _pools(segment):
        if pool.holds(gateway):
            yield ("gateway",), f"the gateway {gateway} stands in the pool {pool}"


def _reserved(address: Address, prefix: Network) -> bool:
    """The network address, and the broadcast address of IPv4; point-to-point prefixes have neither (RFC 3021, RFC 6164)."""
    if prefix.prefixlen >= prefix.max_prefixlen - 1:
        return False
    return address == prefix.network_address or (prefix.version == 4 and address == prefix.broadcast_address)


def prefixes_disjoint(vtn: Mapping[str, Json]) -> Iterator[Finding]:
    """The prefixes of the segments of one VTN do not overlap."""
    listed = [
        (prefix, index, segment.get("name"))
        for index, segment in _objects(vtn, "segment")
        for prefix in [_network(segment.get("cidr"))]
        if prefix is not None
    ]
    widest: dict[int, tuple[Network, Json]] = {}
    for prefix, index, name in sorted(listed, key=lambda item: (item[0].version, int(item[0].network_address), item[0].prefixlen)):
        before = widest.get(prefix.version)
        if before is not None and int(prefix.network_address) <= int(before[0].broadcast_address):
            yield ("segment", index, "cidr"), f"{prefix} of segment {name} overlaps {before[0]} of segment {before[1]}"
        else:
            widest[prefix.version] = (prefix, name)


def range_ascending(entry: Mapping[str, Json]) -> Iterator[Finding]:
    """`start` is not above `end`."""
    start, end = entry.get("start"), entry.get("end")
    if isinstance(start, int) and isinstance(end, int) and start > end:
        yield ("end",), f"the range {start}–{end} ends before it starts"


def loopback_or_tls(endpoint: Mapping[str, Json]) -> Iterator[Finding]:
    """URLs that the endpoint holds use https, unless they lead to the machine itself."""
    for member, path, url in _urls(endpoint):
        if isinstance(url, str) and url.lower().startswith("http://") and not _loopback(url):
            yield path, f"{member} {url} sends credentials in clear to another machine"


def _urls(endpoint: Mapping[str, Json]) -> Iterator[tuple[str, Path, Json]]:
    for kind, body in endpoint.items():
        if isinstance(body, dict):
            for member in ("url", "auth-url"):
                if member in body:
                    yield member, (kind, member), body[member]


def _loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return False
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def moves_unambiguous(entry: Mapping[str, Json]) -> Iterator[Finding]:
    """In each list below the entry, what is moved comes from a name that none there has, and that no other is moved from."""
    yield from _moves([((), entry)])


def _moves(siblings: Sequence[tuple[Path, Mapping[str, Json]]]) -> Iterator[Finding]:
    used = {name for _, entry in siblings if isinstance(name := entry.get("name"), str)}
    claimed: dict[str, Json] = {}
    for path, entry in siblings:
        former = entry.get("moved-from")
        for name in former if isinstance(former, list) else ():
            if not isinstance(name, str):
                continue
            if name in used:
                yield (*path, "moved-from"), f"{entry.get('name')} cannot be moved from {name}, which is still used"
            elif name in claimed:
                yield (*path, "moved-from"), f"{entry.get('name')} cannot be moved from {name}: {claimed[name]} is"
            claimed.setdefault(name, entry.get("name"))
    for path, entry in siblings:
        for member, listed in entry.items():
            if isinstance(listed, list):
                yield from _moves([((*path, member, index), below) for index, below in _objects(entry, member)])


CHECKS: dict[str, CheckFunction] = {
    "pools-inside-prefix": pools_inside_prefix,
    "pools-disjoint": pools_disjoint,
    "gateway-outside-pools": gateway_outside_pools,
    "prefixes-disjoint": prefixes_disjoint,
    "range-ascending": range_ascending,
    "loopback-or-tls": loopback_or_tls,
    "moves-unambiguous": moves_unambiguous,
    "workload-body": body_problems,
}
