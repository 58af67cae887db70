"""Watchers: who is told what goes on, besides the front end that began it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtnmd.domain.plan import Plan
from vtnmd.southbound.measured import Call, Observe

if TYPE_CHECKING:  # every command has watchers, and few have a run
    from vtnmd.engine import Listener


@dataclass(frozen=True, slots=True)
class Watchers:
    """`listen` make a listener each for a run of a plan; `observe` is told every call of a driver, None where nobody asks."""

    listen: tuple[Callable[[Plan], "Listener"], ...] = ()
    observe: Observe | None = None

    def __add__(self, others: "Watchers") -> "Watchers":
        """These and the others."""
        observers = tuple(each for each in (self.observe, others.observe) if each is not None)

        def observe(call: Call) -> None:
            for each in observers:
                each(call)

        return Watchers((*self.listen, *others.listen), observe if observers else None)


NOBODY = Watchers()
