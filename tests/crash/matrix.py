"""Kills a run at a boundary of its journal, has `vtnmd resume` finish it, and compares what came of it with an undisturbed run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
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

FIRST_DIFFERENCES = 5
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

    case: str
    at: str
    problems: tuple[str, ...]


Trial = Callable[[], Verdict]
"""Tries out one case."""


class Bench:
    """One lab and one state, used by one case after the other."""

    def __init__(self, lab: Lab, place: StatePlace, folder: Path) -> None:
        self.lab = lab
        self.place = place
        self.folder = folder

    def trials(self, scenario: Scenario) -> tuple[str, list[Trial]]:
        """Prepare a scenario: what there is to say of it, and its cases."""
        prepared = self.prepare(scenario, self.succeed)
        told = f"{len(prepared.writes)} commits undisturbed"
        return told, [partial(self.try_out, prepared, case) for case in prepared.cases()]

    def prepare(self, scenario: Scenario, carried: "Carried") -> "Prepared":
        """Bring lab and state to where the scenario begins, and let it run undisturbed. Raises AssertionError where that fails."""
        inventory = str(self.lab.file("inventory.yaml"))
        reset(self.lab, to_start=True)
        self.place.clear()
        if scenario.refused:
            put_in_the_way(self.lab)
        self.succeed(0, "inventory", "load", inventory)
        if scenario.applied:
            carried(0, "apply", str(SERVICE), "--yes")
        if scenario.wanted is None:
            command = ["destroy", NAME, "--yes", *scenario.options]
        else:
            topology, plan = written(scenario, self.folder / "wanted.yaml"), self.folder / "plan.json"
            self.succeed(0, "plan", str(topology), "-o", str(plan))
            command = ["apply", str(plan), "--yes", *scenario.options]
        keep(self.lab)
        self.place.keep()
        base = gather(self.lab, self.place.url)
        undisturbed = carried(scenario.code, *command)
        plan_made, _, _ = self.journal(run_of(self.place.url))
        assert len(plan_made.changes) >= scenario.changes, f"{scenario.name} has {len(plan_made.changes)} changes"
        return Prepared(scenario, command, base, gather(self.lab, self.place.url), undisturbed.writes)

    def restore(self) -> None:
        """Back to where the scenario begins."""
        reset(self.lab)
        self.place.put_back()

    def try_out(self, prepared: "Prepared", case: Case) -> Verdict:
        """Kill, resume, compare."""
        self.restore()
        before = latest(self.place.url)
        ended = self.vtnmd(*prepared.command, death=case.boundary)
        at = ended.writes[-1] if ended.writes else ""
        if not ended.killed and not (case.scenario.refused and ended.code == case.scenario.code):
            return Verdict(str(case), at, (f"the process was to die and ended with {ended.code}: {ended.said}",))
        return Verdict(str(case), at, tuple(islice(self._problems(prepared, case, before), FIRST_DIFFERENCES)))

    def _problems(self, prepared: "Prepared", case: Case, before: str) -> Iterator[str]:
        run_id = latest(self.place.url)
        if run_id == before:
            begun = gather(self.lab, self.place.url)
            yield from (f"before the run began: {line}" for line in differences(prepared.base, begun))
            finished = self.vtnmd(*prepared.command)
        else:
            plan, _, events = self.journal(run_id)
            yield from unrecorded(self.lab, prepared.base, plan, events)
            if case.again is not None:
                self.vtnmd("resume", run_id, *case.scenario.options, death=case.again)
            finished = self.finish(run_id, case.scenario)
        if finished.code != case.scenario.code:
            yield f"the run was not finished: {finished.code}: {finished.said}"
        yield from differences(prepared.wanted, gather(self.lab, self.place.url))
        plan, _, events = self.journal(run_of(self.place.url))
        yield from disorder(plan, events)

    def finish(self, run_id: str, scenario: Scenario) -> Ended:
        """What `resume` makes of the run; one that had written down its end needs none, and resume has to say so."""
        ended = self.vtnmd("resume", run_id, *scenario.options)
        over = self.journal(run_id)[1] in {Result.APPLIED, Result.ROLLED_BACK}
        return replace(ended, code=scenario.code) if over and "VTN-S009" in ended.said else ended

    def journal(self, run_id: str) -> tuple[Plan, Result, Sequence[Event]]:
        """What a run was to do, how it stands, and what it wrote."""
        with open_store(self.place.url, create=False) as store:
            return store.plan(run_id), store.run(run_id).result, store.events(run_id)

    def succeed(self, code: int, *arguments: str) -> Ended:
        """Run a command that has to end so."""
        ended = self.vtnmd(*arguments)
        assert ended.code == code, f"vtnmd {' '.join(arguments)} ended with {ended.code}: {ended.said}"
        return ended

    def vtnmd(self, *arguments: str, death: Boundary | None = None) -> Ended:
        """Run a command on this state."""
        return run([*arguments, "--state", self.place.url], self.folder / "log", death)


Carried = Callable[..., Ended]
"""Runs a command that has to end with the code given first; see `Bench.succeed`."""


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


def run_of(state: str) -> str:
    """The latest run; there has to be one."""
    found = latest(state)
    assert found, "there is no run"
    return found


def latest(state: str) -> str:
    """The latest run, empty where there is none."""
    with open_store(state, create=False) as store:
        return next((entry.id for entry in store.runs(limit=1)), "")
