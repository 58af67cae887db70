"""Locks of sessions on datastores (RFC 6241 section 7.5) and on parts of running (RFC 5717)."""

from collections.abc import Collection
from dataclasses import dataclass, field

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.domain.commit import Part

RUNNING, CANDIDATE = "running", "candidate"


@dataclass(slots=True, eq=False)
class Locks:
    """`whole` maps datastores to the session that holds them, `partial` numbers of partial locks to session and parts.

    Session 0 stands for clients that hold no locks.
    """

    whole: dict[str, int] = field(default_factory=dict)
    partial: dict[int, tuple[int, frozenset[Part]]] = field(default_factory=dict)
    _numbers: int = 0

    def lock(self, name: str, session: int) -> None:
        """Raises Refused (lock-denied) with the session that holds it, or a part of it."""
        holders = [self.whole[name]] if name in self.whole else []
        if name == RUNNING:
            holders += [holder for holder, _ in self.partial.values()]
        if holders:
            raise _denied(holders[0])
        self.whole[name] = session

    def unlock(self, name: str, session: int) -> None:
        """Raises Refused (operation-failed) where the session does not hold it."""
        if self.whole.get(name) != session:
            raise Refused(Fault("operation-failed", f"this session holds no lock on {name}", "protocol"))
        del self.whole[name]

    def lock_parts(self, parts: Collection[Part], session: int) -> int:
        """The number of a new partial lock. Raises Refused (lock-denied)."""
        holder = self.whole.get(RUNNING)
        others = [holder] if holder is not None and holder != session else []
        others += [other for other, held in self.partial.values() if other != session and not held.isdisjoint(parts)]
        if others:
            raise _denied(others[0])
        self._numbers += 1
        self.partial[self._numbers] = session, frozenset(parts)
        return self._numbers

    def unlock_parts(self, number: int, session: int) -> None:
        """Raises Refused (operation-failed) where the session holds no such lock."""
        if self.partial.get(number, (0, frozenset()))[0] != session:
            raise Refused(Fault("operation-failed", f"this session holds no partial lock {number}", "protocol"))
        del self.partial[number]

    def check(self, name: str, session: int, parts: Collection[Part] = ()) -> None:
        """Raise Refused (in-use) where another session holds the datastore, or one of the parts."""
        holder = self.whole.get(name)
        if holder is not None and holder != session:
            raise _in_use(name, holder)
        for other, held in self.partial.values() if name == RUNNING else ():
            if other != session and not held.isdisjoint(parts):
                raise _in_use(", ".join(sorted(held & set(parts))), other)

    def end(self, session: int) -> list[str]:
        """The session is over; gives the datastores whose locks it held."""
        held = [name for name, holder in self.whole.items() if holder == session]
        for name in held:
            del self.whole[name]
        for number in [number for number, (holder, _) in self.partial.items() if holder == session]:
            del self.partial[number]
        return held


def _denied(holder: int) -> Refused:
    message = f"session {holder} holds a lock" if holder else "another client holds a lock"
    return Refused(Fault("lock-denied", message, "protocol", info=(("session-id", str(holder)),)))


def _in_use(what: str, holder: int) -> Refused:
    return Refused(Fault("in-use", f"session {holder} has locked {what}", "protocol"))
