"""Kills a run at a boundary of its journal, has `vtnmd resume` finish it, and compares what came of it with an undisturbed run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from tests.crash.child import Boundary, Ended, run
from tests.crash.evidence import differences, disorder, gather, unrecorded
from tests.crash.places import StatePlace
from tests.crash.scenarios import NAME, SERVICE, Scenario, put_in_the_way, written
from tests.support.labs import keep, reset
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Event, Result
from vtnmd.lab.layout import Lab
from vtnmd.state import open_store

_FIRST_DIFFERENCES = 5
_TWICE = 5
"""At every how many boundaries a run is killed once more while it is resumed."""


@dataclass(frozen=True)
class Case:
    """One kill of one scenario. `again` kills the resume as well."""

    scenario: Scenario
    boundary: Boundary
    again: Boundary | None = None

    def __str__(self) -> str:
        again = f", resume killed {self.again}" if self.again else ""
        return f"{self.scenario.name}: {self.boundary}{again}"


@dataclass(frozen=True)
class Verdict:
    """What came of a case: nothing where all is well. `at` names the write at which the process died."""

    case: Case
    at: str
    problems: tuple[str, ...]


class Bench:
    """One lab and one state, used by one case after the other."""

    def __init__(self, lab: Lab, place: StatePlace, folder: Path) -> None:
        self._lab = lab
        self._place = place
        self._folder = folder

    def prepare(self, scenario: Scenario) -> "Prepared":
        """Bring lab and state to where the scenario begins, and let it run undisturbed. Raises AssertionError where that fails."""
        inventory = str(self._lab.file("inventory.yaml"))
        reset(self._lab, to_start=True)
        self._place.clear()
        if scenario.refused:
            put_in_the_way(self._lab)
        self._succeed("inventory", "load", inventory)
        if scenario.applied:
            self._succeed("apply", str(SERVICE), "--yes")
        if scenario.wanted is None:
            command = ["destroy", NAME, "--yes", *scenario.options]
        else:
            topology, plan = written(scenario, self._folder / "wanted.yaml"), self._folder / "plan.json"
            self._succeed("plan", str(topology), "-o", str(plan))
            command = ["apply", str(plan), "--yes", *scenario.options]
        keep(self._lab)
        self._place.keep()
        base = gather(self._lab, self._place.url)
        undisturbed = self._end(scenario.code, *command)
        plan_made, _, _ = self._journal(_run_of(self._place.url))
        assert len(plan_made.changes) >= scenario.changes, f"{scenario.name} has {len(plan_made.changes)} changes"
        return Prepared(scenario, command, base, gather(self._lab, self._place.url), undisturbed.writes)

    def restore(self) -> None:
        """Back to where the scenario begins."""
        reset(self._lab)
        self._place.put_back()

    def try_out(self, prepared: "Prepared", case: Case) -> Verdict:
        """Kill, resume, compare."""
        self.restore()
        before = _latest(self._place.url)
        ended = self._vtnmd(*prepared.command, death=case.boundary)
        at = ended.writes[-1] if ended.writes else ""
        if not ended.killed and not (case.scenario.refused and ended.code == case.scenario.code):
            return Verdict(case, at, (f"the process was to die and ended with {ended.code}: {ended.said}",))
        return Verdict(case, at, tuple(islice(self._problems(prepared, case, before), _FIRST_DIFFERENCES)))

    def _problems(self, prepared: "Prepared", case: Case, before: str) -> Iterator[str]:
        run_id = _latest(self._place.url)
        if run_id == before:
            begun = gather(self._lab, self._place.url)
            yield from (f"before the run began: {line}" for line in differences(prepared.base, begun))
            finished = self._vtnmd(*prepared.command)
        else:
            plan, _, events = self._journal(run_id)
            yield from unrecorded(self._lab, prepared.base, plan, events)
            if case.again is not None:
                self._vtnmd("resume", run_id, *case.scenario.options, death=case.again)
            finished = self._finish(run_id, case.scenario)
        if finished.code != case.scenario.code:
            yield f"the run was not finished: {finished.code}: {finished.said}"
        yield from differences(prepared.wanted, gather(self._lab, self._place.url))
        plan, _, events = self._journal(_run_of(self._place.url))
        yield from disorder(plan, events)

    def _finish(self, run_id: str, scenario: Scenario) -> Ended:
        """What `resume` makes of the run; one that had written down its end needs none, and resume has to say so."""
        over = self._journal(run_id)[1] in {Result.APPLIED, Result.ROLLED_BACK}
        ended = self._vtnmd("resume", run_id, *scenario.options)
        return replace(ended, code=scenario.code) if over and "VTN-S009" in ended.said else ended

    def _journal(self, run_id: str) -> tuple[Plan, Result, Sequence[Event]]:
        with open_store(self._place.url, create=False) as store:
            return store.plan(run_id), store.run(run_id).result, store.events(run_id)

    def _succeed(self, *arguments: str) -> Ended:
        return self._end(0, *arguments)

    def _end(self, code: int, *arguments: str) -> Ended:
        ended = self._vtnmd(*arguments)
        assert ended.code == code, f"vtnmd {' '.join(arguments)} ended with {ended.code}: {ended.said}"
        return ended

    def _vtnmd(self, *arguments: str, death: Boundary | None = None) -> Ended:
        return run([*arguments, "--state", self._place.url], self._folder / "log", death)


@dataclass(frozen=True)
class Prepared:
    """A scenario that is ready: its command, what was there before, what an undisturbed run leaves, and that run's writes."""

    scenario: Scenario
    command: Sequence[str]
    base: dict[str, Any]
    wanted: dict[str, Any]
    writes: tuple[str, ...]

    def cases(self) -> Iterator[Case]:
        """Either side of every boundary, or either in turn. Now and then the resume dies too, at one of its first boundaries."""
        for number in range(1, len(self.writes) + 1):
            for after in (False, True) if self.scenario.both else (bool(number % 2),):
                yield Case(self.scenario, Boundary(number, after))
            if number % _TWICE == 0:
                yield Case(self.scenario, Boundary(number, after=False), Boundary(1 + number % 7, after=bool(number % 3)))


def _run_of(state: str) -> str:
    found = _latest(state)
    assert found, "there is no run"
    return found


def _latest(state: str) -> str:
    """The latest run, empty where there is none."""
    with open_store(state, create=False) as store:
        return next((entry.id for entry in store.runs(limit=1)), "")
