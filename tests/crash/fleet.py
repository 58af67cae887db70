"""The matrix with workers: a run that two `vtnmd worker` carry on PostgreSQL, one of whom, or who began it, is killed.

Workers race for the order of commits, so a boundary counts the commits of the process that dies there. How many each of them makes
is the same from run to run while its regions are its own. Where both workers serve all regions, so that one takes over from the
other, and for the coordinator's looks at the journal, that is up to the race: a case whose process never comes to its boundary is
`over before`, and compared all the same.
"""

import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count, islice

from tests.crash.child import Boundary, Child, Ended, first_to_end
from tests.crash.evidence import differences, disorder, gather
from tests.crash.matrix import FIRST_DIFFERENCES, Bench, Prepared, Trial, Verdict, latest, run_of
from tests.crash.scenarios import Scenario

_COORDINATOR = "coordinator"
_REGIONS = {"worker 1": ("east", "north"), "worker 2": ("west",)}
_ALL = tuple(region for regions in _REGIONS.values() for region in regions)
_ELSEWHERE = 3
"""At every how many boundaries nobody is started in place of the dead worker."""

_TWICE = 5
"""At every how many boundaries the worker that takes the place of a dead one is killed as well."""


@dataclass(frozen=True)
class FleetCase:
    """One kill. `replaced`: another worker is started in place of the dead one; else the one that is left takes over.

    `again` kills the replacement as well.
    """

    scenario: Scenario
    victim: str
    boundary: Boundary
    replaced: bool = True
    again: Boundary | None = None

    def __str__(self) -> str:
        follows = "" if self.victim == _COORDINATOR else ", replaced" if self.replaced else ", the other takes over"
        again = f" by one killed {self.again}" if self.again else ""
        return f"{self.scenario.name}: {self.victim} {self.boundary}{follows}{again}"

    def regions(self, worker: str) -> tuple[str, ...]:
        """What a worker serves: all, where one has to take over from the other."""
        return _REGIONS[worker] if self.replaced else _ALL


@dataclass
class _Crew:
    """Workers and the command that they work for, while a case lasts."""

    bench: Bench
    children: list[Child] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def start(self, *arguments: str, death: Boundary | None = None) -> Child:
        log = self.bench.folder / f"log-{next(self._numbers)}"
        self.children.append(Child([*arguments, "--state", self.bench.place.url], log, death))
        return self.children[-1]

    def work(self, regions: tuple[str, ...], death: Boundary | None = None) -> Child:
        served = [word for region in regions for word in ("--region", region)]
        return self.start("worker", *served, "--at-once", "2", death=death)


class FleetBench:
    """One lab and one state on PostgreSQL, used by one case after the other."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._writes: dict[str, tuple[str, ...]] = {}

    def trials(self, scenario: Scenario) -> tuple[str, list[Trial]]:
        """Prepare a scenario: what there is to say of it, and its cases."""
        prepared = self._bench.prepare(scenario, self._carried)
        told = ", ".join(f"{len(writes)} of the {name}" for name, writes in self._writes.items())
        cases = _cases(scenario, {name: len(writes) for name, writes in self._writes.items()})
        return f"commits undisturbed: {told}", [partial(self._try_out, prepared, case) for case in cases]

    def _carried(self, code: int, *command: str) -> Ended:
        """Run a command while two workers are there, and note what each process wrote."""
        with self._crew() as crew:
            workers = {name: crew.work(regions) for name, regions in _REGIONS.items()}
            ended = crew.start(*command).end()
            assert ended.code == code, f"vtnmd {' '.join(command)} ended with {ended.code}: {ended.said}"
            stopped = {name: worker.stop() for name, worker in workers.items()}
        for name, worker in stopped.items():
            assert worker.code == 0, f"{name} ended with {worker.code}: {worker.said}"
        self._writes = {**{name: worker.writes for name, worker in stopped.items()}, _COORDINATOR: ended.writes}
        return ended

    def _try_out(self, prepared: Prepared, case: FleetCase) -> Verdict:
        """Kill, have the run brought to its end, compare."""
        self._bench.restore()
        before = latest(self._bench.place.url)
        with self._crew() as crew:
            others = [crew.work(case.regions(name)) for name in _REGIONS if name != case.victim]
            if case.victim == _COORDINATOR:
                ended = crew.start(*prepared.command, death=case.boundary).end()
                problems = list(self._after_coordinator(prepared, case, ended, before))
            else:
                ended, problems = self._with_worker(crew, prepared, case)
            problems += [
                f"a worker ended with {each.code}: {each.said}" for worker in others if not (each := worker.stop()).stopped
            ]
        problems += differences(prepared.wanted, gather(self._bench.lab, self._bench.place.url))
        plan, _, events = self._bench.journal(run_of(self._bench.place.url))
        problems += disorder(plan, events)
        at = ended.writes[-1] if ended.killed else "over before"
        return Verdict(str(case), at, tuple(islice(problems, FIRST_DIFFERENCES)))

    def _with_worker(self, crew: _Crew, prepared: Prepared, case: FleetCase) -> tuple[Ended, list[str]]:
        """How the victim ended, and what is wrong with how the run did."""
        victim = worker = crew.work(case.regions(case.victim), case.boundary)
        coordinator = crew.start(*prepared.command)
        following = iter([case.again, None])
        while first_to_end(worker, coordinator) is worker:
            ended = worker.end()
            if not ended.killed:
                return ended, [f"{case.victim} was to die and ended with {ended.code}: {ended.said}"]
            if not case.replaced:
                break
            worker = crew.work(case.regions(case.victim), next(following))
        over = coordinator.end()
        problems = [] if over.code == case.scenario.code else [f"the run was not finished: {over.code}: {over.said}"]
        left = worker.stop()
        if not left.stopped:
            problems.append(f"a worker ended with {left.code}: {left.said}")
        return victim.end(), problems

    def _after_coordinator(self, prepared: Prepared, case: FleetCase, ended: Ended, before: str) -> Iterator[str]:
        """What is wrong with what `resume`, or the command typed again, makes of a run whose coordinator is gone."""
        if not ended.killed and ended.code != case.scenario.code:
            yield f"the coordinator was to die and ended with {ended.code}: {ended.said}"
        run_id = latest(self._bench.place.url)
        if run_id != before:
            finished = self._bench.finish(run_id, case.scenario)
        else:
            begun = gather(self._bench.lab, self._bench.place.url)
            yield from (f"before the run began: {line}" for line in differences(prepared.base, begun))
            finished = self._bench.vtnmd(*prepared.command)
        if finished.code != case.scenario.code:
            yield f"the run was not finished: {finished.code}: {finished.said}"

    @contextmanager
    def _crew(self) -> Iterator[_Crew]:
        """Nobody of it is left after the block."""
        with ExitStack() as stack:
            crew = _Crew(self._bench)
            stack.callback(lambda: [child.stop(signal.SIGKILL) for child in crew.children])
            yield crew


def _cases(scenario: Scenario, writes: Mapping[str, int]) -> Iterator[FleetCase]:
    """Either side of every boundary of each worker, now and then with the other taking over; the coordinator's by turns."""
    for victim in _REGIONS:
        for number in range(1, writes[victim] + 1):
            for after in (False, True):
                yield FleetCase(scenario, victim, Boundary(number, after))
            if number % _ELSEWHERE == 0:
                yield FleetCase(scenario, victim, Boundary(number, after=number % 2 == 0), replaced=False)
            if number % _TWICE == 0:
                again = Boundary(1 + number % 7, after=bool(number % 3))
                yield FleetCase(scenario, victim, Boundary(number, after=False), again=again)
    for number in range(1, writes[_COORDINATOR] + 1):
        yield FleetCase(scenario, _COORDINATOR, Boundary(number, after=bool(number % 2)))
