"""A state on which plans take effect at once: everything between an Intent and the Snapshot but the endpoints."""

import atexit
import json
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vtnmd.domain.address import Address
from vtnmd.domain.intent import Intent
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.journal import Record
from vtnmd.domain.plan import Plan, plan_from_json
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.snapshot import Applied
from vtnmd.state import Store, open_store
from vtnmd.state.place import FILE_NAME
from vtnmd.usecases.plans import Planned, make_destroy_plan, plan_ready
from vtnmd.usecases.services import compile_intent

_MEMORY = "/dev/shm"
_NOW = 1_795_356_130.0


@dataclass(frozen=True)
class Deployment:
    """Services of one inventory. Plans pass through their file form before they are carried out."""

    store: Store
    stock: Inventory

    def planned(self, service: Intent) -> Planned:
        return plan_ready(compile_intent(service, self.stock, self.store), self.store, "tester")

    def plan(self, service: Intent) -> Plan:
        return self.planned(service).plan

    def apply(self, service: Intent) -> Plan:
        plan = self.plan(service)
        self.carry_out(plan)
        return plan

    def destroy_plan(self, name: str) -> Plan:
        return make_destroy_plan(name, self.store, "tester").plan

    def destroy(self, name: str) -> Plan:
        plan = self.destroy_plan(name)
        self.carry_out(plan)
        return plan

    def carry_out(self, plan: Plan, done: Collection[Address] | None = None, result: Result = Result.PARTLY) -> str:
        """Begin a run of the plan in which every change takes effect; or those of `done`, and it ends with `result`."""
        read = plan_from_json(json.loads(json.dumps(plan.to_json())))
        assert read == plan
        run = self.store.begin_run(read, "tester", _NOW)
        records = [Record(Event(run, 1, _NOW, Step.STARTED))]
        for change in read.changes:
            if done is None or change.address in done:
                after = Applied(change.after, change.digest, {}, change.owners, run) if change.after else None
                records.append(
                    Record(Event(run, len(records) + 1, _NOW, Step.ANSWERED, str(change.address)), {change.address: after})
                )
        result = Result.APPLIED if done is None else result
        records.append(Record(Event(run, len(records) + 1, _NOW, Step.ENDED, detail={"result": result.value})))
        self.store.append(records)
        return run

    def held(self) -> dict[str, tuple[object, frozenset[str]]]:
        """What is applied, and who owns it."""
        return {str(address): (entry.resource.properties, entry.owners) for address, entry in self.store.snapshot().applied.items()}


@contextmanager
def deployment(stock: Inventory) -> Iterator[Deployment]:
    """One on an empty state, in memory where there is such a folder."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if Path(_MEMORY).is_dir() else None) as folder:
        shutil.copy(_empty_state(), folder)
        with open_store(folder) as store:
            yield Deployment(store, stock)


@cache
def _empty_state() -> Path:
    """A new state, made once: migrating is not what these tests are about."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    open_store(folder).close()
    return folder / FILE_NAME
