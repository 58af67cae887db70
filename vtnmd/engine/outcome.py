"""Outcome: how a run stands when nothing is left to do now."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vtnmd.domain.codes import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_PARTLY, EXIT_UNREACHABLE
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.run import Result
from vtnmd.domain.tree import Json


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of each request, by id.

    `done` took effect; `failed` was refused; `skipped` names the refused request that it needs; `waiting` says why; `pending` was
    not begun or not ended, because it needs one that waits or because the run stopped. `reached`: some endpoint answered. `undone`
    took effect, or may have, and was taken back. `next_tries` tells when endpoints that are down are tried again, in seconds since
    the epoch. `cancelled` is the user who ended the run.
    """

    run: str
    result: Result
    done: frozenset[str]
    failed: Mapping[str, Diagnostic]
    skipped: Mapping[str, str]
    waiting: Mapping[str, Diagnostic]
    pending: frozenset[str]
    reached: bool
    undone: frozenset[str] = frozenset()
    next_tries: Mapping[str, float] = field(default_factory=dict)
    cancelled: str = ""

    @property
    def pruned(self) -> frozenset[str]:
        """What was taken out of the queue: skipped for no other's sake."""
        return frozenset(request for request, because in self.skipped.items() if request == because)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What was refused and what is waited for, each said once."""
        return tuple(dict.fromkeys((*self.failed.values(), *self.waiting.values())))

    @property
    def exit_code(self) -> int:
        """0, 1, 3, 5 or 130."""
        match self.result:
            case Result.APPLIED:
                return EXIT_OK
            case Result.INTERRUPTED:
                return EXIT_INTERRUPTED
            case Result.PARTLY:
                return EXIT_PARTLY if self.reached else EXIT_UNREACHABLE
            case _:
                return EXIT_FAILED

    def to_json(self) -> Json:
        return {
            "run": self.run,
            "result": self.result.value,
            "done": sorted(self.done),
            "failed": {key: diagnostic.to_json() for key, diagnostic in sorted(self.failed.items())},
            "skipped": dict(sorted(self.skipped.items())),
            "waiting": {key: diagnostic.to_json() for key, diagnostic in sorted(self.waiting.items())},
            "pending": sorted(self.pending),
            "undone": sorted(self.undone),
            "next-tries": dict(sorted(self.next_tries.items())),
            "cancelled": self.cancelled,
        }
