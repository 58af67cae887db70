"""Bodies of resources that have not changed, kept within bounds: known by the value that was held when they were made."""

from collections import OrderedDict
from dataclasses import dataclass, field

from vtnmd.datastore.tree import Tree
from vtnmd.domain.commit import Held, Part
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.restconf.refusals import Headers
from vtnmd.northbound.restconf.requests import Request

_LARGEST = 64 * 1024
_OVERHEAD = 1024

_Key = tuple[str, str, bytes, str | None]


@dataclass(frozen=True, slots=True)
class Cached:
    """A representation of a resource, made for one authority while `part` was `held` and the newest commit had `number`."""

    part: Part
    held: Held
    number: int
    authority: Authority
    tag: str
    time: float
    body: bytes
    headers: Headers

    def is_true_for(self, authority: Authority, tree: Tree) -> bool:
        """What was made for one who sees everything serves every such; anything else only the same authority, and only until the
        next commit, for what a bounded user sees may hang on other parts.
        """
        if tree.held(self.part) is not self.held:
            return False
        if self.authority.unbounded:
            return authority.unbounded
        return self.authority is authority and self.number == tree.number


@dataclass(slots=True, eq=False)
class Cache:
    """At most `octets` of bodies; the longest unused go first."""

    octets: int = 32 * 1024 * 1024
    _entries: "OrderedDict[_Key, Cached]" = field(default_factory=OrderedDict)
    _size: int = 0

    def get(self, request: Request, tree: Tree) -> Cached | None:
        """What was made of the same path and query for the same user, where it is still true."""
        key = _key(request)
        found = self._entries.get(key)
        if found is None or not found.is_true_for(request.authority, tree) or b"content-type" in request.headers:
            return None
        self._entries.move_to_end(key)
        return found

    def put(self, request: Request, cached: Cached) -> None:
        """Keep a body that is not large."""
        if len(cached.body) > _LARGEST or b"content-type" in request.headers:
            return
        key = _key(request)
        self._forget(key)
        self._entries[key] = cached
        self._size += _size(key, cached)
        while self._size > self.octets:
            self._forget(next(iter(self._entries)))

    def _forget(self, key: _Key) -> None:
        cached = self._entries.pop(key, None)
        if cached is not None:
            self._size -= _size(key, cached)


def _key(request: Request) -> _Key:
    user = None if request.authority.unbounded else request.user.name
    return request.path, request.query, request.headers.get(b"accept", b""), user


def _size(key: _Key, cached: Cached) -> int:
    return len(cached.body) + len(key[0]) + len(key[1]) + len(key[2]) + _OVERHEAD
