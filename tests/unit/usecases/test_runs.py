"""Plans are confirmed, begun once, and never executed when something that they read has moved."""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Invalid, Stale, StateError
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Request
from vtnmd.domain.run import Result
from vtnmd.domain.tree import Tree
from vtnmd.engine import Clock
from vtnmd.southbound.ports import Attributes, Observed, Resolve
from vtnmd.state import Owner, open_store
from vtnmd.usecases import connecting, plans, runs
from vtnmd.usecases.plans import Planned
from vtnmd.usecases.services import Source, validate

EXAMPLES = Path(__file__).parents[3] / "examples"
HELLO = Source(EXAMPLES / "hello-vtn", inventory=EXAMPLES / "hello-vtn" / "inventory.yaml")


class _Obedient:
    """Takes every request and answers an id for each change."""

    async def apply(self, request: Request, resolve: Resolve) -> Mapping[Address, Attributes]:
        return {address: {"map_id": "1"} for address in request.changes}

    async def read(self, reads: Mapping[Address, Tree], resolve: Resolve) -> Mapping[Address, Observed]:
        return {address: Observed(present=False) for address in reads}

    async def strangers(self, reads: Sequence[Tree], known: Sequence[Tree], resolve: Resolve) -> tuple[Stranger, ...]:
        return ()

    async def hello(self) -> str:
        return ""

    async def aclose(self) -> None: ...


@pytest.fixture(autouse=True)
def _no_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "connect", lambda _endpoint, _secrets: _Obedient())


def _setting(state: Path) -> runs.Setting:
    clock = Clock(lambda: 1000.0, lambda: 0.0, asyncio.sleep, lambda: 0.5)
    owner = Owner("test", os.getpid(), 1000.0)
    return runs.Setting(str(state), "somebody", owner, clock, lambda _: "", lambda _: None, lambda _: None)


def _yes(_planned: Planned) -> runs.Decision:
    return runs.Decision(go_on=True)


def _no(_planned: Planned) -> runs.Decision:
    return runs.Decision(go_on=False, refused=True)


def test_apply_again_and_destroy(tmp_path: Path) -> None:
    setting = _setting(tmp_path)
    applied = runs.apply_source(HELLO, setting, _yes)
    assert applied.outcome
    assert applied.outcome.result is Result.APPLIED
    again = plans.plan_service(HELLO, str(tmp_path), "another")
    assert again.plan.is_empty
    assert again.plan.owner == "somebody"
    assert runs.is_settled(again)
    destroyed = runs.destroy("hello-vtn", setting, _yes)
    assert destroyed.outcome
    assert destroyed.outcome.result is Result.APPLIED
    with open_store(tmp_path) as store:
        assert store.services() == ()
        assert not store.snapshot().applied
        assert not any(store.allocations().values.values())


def test_nothing_is_written_before_a_plan_is_confirmed(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert runs.apply_source(HELLO, _setting(state), _no).refused
    with pytest.raises(StateError, match="VTN-S007"):
        runs.destroy("nobody", _setting(state), _yes)
    assert not state.exists()


def test_a_plan_from_a_file_is_the_same_plan(tmp_path: Path) -> None:
    made = plans.plan_service(HELLO, str(tmp_path / "state"), "somebody").plan
    plans.write_plan(made, tmp_path / "plan.json")
    assert plans.read_plan(tmp_path / "plan.json") == made
    assert plans.read_plan(EXAMPLES / "hello-vtn" / "service.yaml") is None
    assert plans.read_plan(tmp_path / "nothing") is None
    for content in ("{", "{}", '{"format_version": 99}', "{" * 100_000):
        (tmp_path / "plan.json").write_text(content, encoding="utf-8")
        with pytest.raises(Invalid, match="VTN-P010"):
            plans.read_plan(tmp_path / "plan.json")
    with pytest.raises(Invalid, match="VTN-F008"):
        plans.write_plan(made, tmp_path / "no-folder" / "plan.json")


def test_a_plan_file_that_was_edited_by_hand_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    plans.write_plan(plans.plan_service(HELLO, str(tmp_path / "state"), "somebody").plan, path)
    written = json.loads(path.read_text(encoding="utf-8"))
    for edited in (
        {**written, "owner": "mallory"},
        {**written, "changes": written["changes"][:-1]},
        {**written, "reads": [[1]]},
        {key: value for key, value in written.items() if key != "digest"},
    ):
        path.write_text(json.dumps(edited), encoding="utf-8")
        with pytest.raises(Invalid, match="VTN-P010"):
            plans.read_plan(path)
    path.write_text(json.dumps(written, sort_keys=True), encoding="utf-8")
    assert plans.read_plan(path) is not None


def test_a_stale_plan_is_refused(tmp_path: Path) -> None:
    setting = _setting(tmp_path)
    made = plans.plan_service(HELLO, str(tmp_path), "somebody").plan
    assert runs.apply_plan(made, setting, _yes).outcome
    with pytest.raises(Stale, match="VTN-S020"):
        runs.apply_plan(made, setting, _yes)


def test_what_moved_while_waiting_is_planned_and_confirmed_anew(tmp_path: Path) -> None:
    setting = _setting(tmp_path)
    seen: list[int] = []

    def confirm(planned: Planned) -> runs.Decision:
        seen.append(len(planned.plan.changes))
        if len(seen) == 1:  # somebody else is quicker
            runs.apply_source(HELLO, setting, _yes)
        return runs.Decision(go_on=not runs.is_settled(planned))

    with pytest.raises(Stale):
        runs.apply_source(HELLO, setting, confirm)
    runs.destroy("hello-vtn", setting, _yes)
    seen.clear()
    assert runs.apply_source(HELLO, replace(setting, wait=True), confirm).outcome is None
    assert seen == [5, 0]


def test_problems_of_service_and_inventory_come_together(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as found:
        validate(Source(tmp_path / "service.yaml", inventory=tmp_path / "inventory.yaml"), str(tmp_path / "state"))
    assert [diagnostic.code for diagnostic in found.value.diagnostics] == ["VTN-F001", "VTN-F001"]
