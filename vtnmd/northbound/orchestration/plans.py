"""Plans as the modules say: the kept ones, and all of one as its operation tells it. Pure but for what keeps them."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.plan import Plan
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.values import ACTIONS, as_text, change_counts, date_and_time, filled, numbered, plain
from vtnmd.state import Approvals
from vtnmd.usecases.payloads import payload_text
from vtnmd.yang.difference import Difference

NO_APPROVALS = Approvals(0, ())


@dataclass(frozen=True, slots=True)
class Kept:
    """A plan, its digest, and when it was made, in seconds since the epoch."""

    plan: Plan
    digest: str
    made: float


@dataclass(slots=True, eq=False)
class Shelf:
    """Plans that clients made, to be approved and applied by their digest: so many of the newest. For any thread."""

    most: int = 100
    _kept: dict[str, Kept] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, plan: Plan, made: float) -> Kept:
        """Keep a plan; the oldest leaves where there are too many. The same plan made again counts as newly made."""
        kept = Kept(plan, plan.digest, made)
        with self._lock:
            self._kept.pop(kept.digest, None)
            self._kept[kept.digest] = kept
            while len(self._kept) > self.most:
                del self._kept[next(iter(self._kept))]
        return kept

    def drop(self, digest: str) -> None:
        """Forget a plan that was carried out."""
        with self._lock:
            self._kept.pop(digest, None)

    def __iter__(self) -> Iterator[Kept]:
        with self._lock:
            return iter(tuple(self._kept.values()))


def plan_entry(kept: Kept, approvals: Approvals) -> Json:
    """An entry of the list `plan`."""
    return {"digest": kept.digest, **plan_facts(kept, approvals)}


def plan_facts(kept: Kept, approvals: Approvals) -> Json:
    """The grouping `plan-facts`."""
    plan = kept.plan
    return {
        "service": plan.service,
        **filled({"author": plain(plan.author)}),
        "made": date_and_time(kept.made),
        "removes": plan.intent is None,
        "changes": change_counts(plan.changes),
        **filled({"region": sorted({change.address.region for change in plan.changes})}),
        "approvals": approval_facts(approvals),
    }


def approval_facts(approvals: Approvals) -> Json:
    """The container `approvals`."""
    users = {"user": [plain(user) for user in approvals.users]}
    return {"needed": approvals.needed, "missing": approvals.missing, **filled(users)}


def plan_output(kept: Kept, approvals: Approvals, differences: Iterable[Difference], warnings: Iterable[Diagnostic]) -> Json:
    """The output of the operation `plan`."""
    carries = carriers(kept.plan)
    kinds = {endpoint.id: endpoint.kind for endpoint in Inventory(kept.plan.inventory).endpoints()} if kept.plan.requests else {}
    return filled(
        {
            "plan": kept.digest,
            **plan_facts(kept, approvals),
            "difference": [difference_entry(number, each) for number, each in enumerate(differences, 1)],
            "change": [
                filled(
                    {
                        "address": str(change.address),
                        "kind": change.address.kind,
                        "action": ACTIONS[change.action],
                        "request": carries.get(str(change.address)),
                        "reason": plain(change.reason),
                    }
                )
                for change in kept.plan.changes
            ],
            "payload": _payloads(kept.plan, kinds),
            "warning": numbered(warnings),
        }
    )


def carriers(plan: Plan) -> Mapping[str, str]:
    """Address of each change → id of the request that carries it."""
    return {str(address): request.id for request in plan.requests for address in request.changes}


def _payloads(plan: Plan, kinds: Mapping[str, str]) -> Json:
    return [
        filled(
            {
                "request": request.id,
                "endpoint": request.endpoint,
                "kind": kinds.get(request.endpoint),
                "needs": list(request.needs),
                "address": [str(address) for address in request.changes],
                "native": plain(payload_text(request.payload, kinds[request.endpoint])),
            }
        )
        for request in plan.requests
    ]


def difference_entry(number: int, found: Difference) -> Json:
    """An entry of a list of differences."""
    values = {"before": as_text(found.before), "after": as_text(found.after)}
    return {"number": number, "path": plain(found.readable), **{name: text for name, text in values.items() if text is not None}}
