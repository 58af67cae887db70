"""Units: what is carried at once. A request by itself, or the requests of a transaction."""

from collections.abc import Mapping
from dataclasses import dataclass

from vtnmd.domain.journal import Progress
from vtnmd.domain.plan import Plan, Request


@dataclass(frozen=True, slots=True)
class Unit:
    """Requests that are sent together, in the order of the plan. `place` orders units, `needs` are the ids of others.

    `transaction` is empty for a request by itself. `decided`: an earlier life has committed all of it and means to confirm.
    """

    place: int
    id: str
    requests: tuple[Request, ...]
    needs: frozenset[str]
    transaction: str = ""
    decided: bool = False

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Where it goes, sorted."""
        if len(self.requests) == 1:
            return (self.requests[0].endpoint,)
        return tuple(sorted({request.endpoint for request in self.requests}))


def find_units(plan: Plan, progress: Progress) -> Mapping[str, Unit]:
    """What is left of a plan, by unit id and in the order of the plan. Needs that are met are left out.

    A transaction of one request is no different from a request by itself: its driver commits and confirms at once.
    """
    transactions = {name: each for each in plan.transactions if len(each.requests) > 1 for name in each.requests}
    unit_of = {request.id: transactions[request.id].id if request.id in transactions else request.id for request in plan.requests}
    left: dict[str, list[Request]] = {}
    for request in plan.requests:
        if request.id not in progress.done:
            left.setdefault(unit_of[request.id], []).append(request)
    return {
        name: Unit(
            place,
            name,
            tuple(requests),
            frozenset(unit_of[need] for request in requests for need in request.needs if unit_of.get(need) in left) - {name},
            name if requests[0].id in transactions else "",
            name in progress.decided,
        )
        for place, (name, requests) in enumerate(left.items())
    }
