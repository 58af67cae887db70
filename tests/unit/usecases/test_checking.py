"""A check says of each resource what its endpoint says, and nothing where the endpoint says nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.fake_driver import FAULTS
from tests.unit.usecases.test_runs import HELLO, _Obedient, _setting, _yes
from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.drift import Standing, Stranger
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.domain.snapshot import Applied
from vtnmd.domain.tree import Json, Tree
from vtnmd.southbound.ports import Observed, Resolve
from vtnmd.state import open_store
from vtnmd.usecases import checking, connecting, runs, services
from vtnmd.usecases.checking import Checked


class _Endpoint(_Obedient):
    """Holds everything as it is wanted but for what `found` says; a fault hits any reading of an address of that kind."""

    def __init__(self, found: Mapping[str, Observed], faults: Mapping[str, str], strangers: tuple[Stranger, ...] = ()) -> None:
        self.found, self.faults, self.foreign = found, faults, strangers
        self.readings = 0
        self.closed = False

    async def read(self, reads: Mapping[Address, Tree], resolve: Resolve) -> Mapping[Address, Observed]:
        self.readings += 1
        for address in reads:
            if address.kind in self.faults:
                raise FAULTS[self.faults[address.kind]]
        return {address: self.found.get(address.kind, Observed(present=True)) for address in reads}

    async def strangers(self, reads: Sequence[Tree], known: Sequence[Tree], resolve: Resolve) -> tuple[Stranger, ...]:
        assert reads
        assert known
        return self.foreign

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the service hello-vtn is applied."""
    monkeypatch.setattr(connecting, "connect", lambda _endpoint, _secrets: _Obedient())
    assert runs.apply_source(HELLO, _setting(tmp_path), _yes).outcome
    return tmp_path


def _check(state: Path, endpoint: _Endpoint, monkeypatch: pytest.MonkeyPatch) -> Checked:
    monkeypatch.setattr(connecting, "connect", lambda _endpoint, _secrets: endpoint)
    return checking.check(["hello-vtn"], str(state), lambda _: "")


def _standings(checked: Checked) -> dict[str, Standing]:
    return {finding.address.kind: finding.standing for finding in checked.findings}


def test_each_resource_is_told_as_it_stands(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    differences = {"vbridge-config/description": ("a", "b")}
    endpoint = _Endpoint({"vbridge": Observed(True, {}, differences), "vlan-map": Observed(False)}, {})
    checked = _check(state, endpoint, monkeypatch)
    standings = _standings(checked)
    assert standings.pop("vbridge") is Standing.DRIFTED
    assert standings.pop("vlan-map") is Standing.MISSING
    assert set(standings.values()) == {Standing.IN_SYNC}
    assert [diagnostic.code for diagnostic in checked.diagnostics] == ["VTN-E401"]
    assert endpoint.closed
    assert endpoint.readings == len({finding.address.endpoint_id for finding in checked.findings})


def test_one_resource_that_cannot_be_read_leaves_the_others_told(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = _check(state, _Endpoint({}, {"vbridge": "busy"}), monkeypatch)
    standings = _standings(checked)
    assert standings.pop("vbridge") is Standing.UNKNOWN
    assert set(standings.values()) == {Standing.IN_SYNC}
    assert [diagnostic.code for diagnostic in checked.diagnostics] == ["VTN-E014"]


def test_nothing_is_guessed_of_an_endpoint_that_is_down(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = _Endpoint({}, {"vtn": "unreachable"}, (Stranger("vtn", "x", "/"),))
    checked = _check(state, endpoint, monkeypatch)
    assert Standing.IN_SYNC not in {finding.standing for finding in checked.findings if finding.address.endpoint == "odl"}
    assert checked.strangers == ()
    assert [diagnostic.code for diagnostic in checked.diagnostics] == ["VTN-E010"]


def test_what_nobody_knows_is_told(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = Stranger("vbridge", "intruder", "vtn:vtns")
    checked = _check(state, _Endpoint({}, {}, (stranger,)), monkeypatch)
    assert {found for _, found in checked.strangers} == {stranger}
    assert [diagnostic.code for diagnostic in checked.diagnostics] == ["VTN-E402"]


def test_a_resource_that_was_made_anew_has_drifted(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = _check(state, _Endpoint({"vlan-map": Observed(True, {"map_id": "2"})}, {}), monkeypatch)
    (finding,) = checked.standing(Standing.DRIFTED)
    assert finding.differences == {"attributes/map_id": ("1", "2")}


def test_what_was_accepted_is_no_drift(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = _Endpoint({"vbridge": Observed(True, {}, {"description": ("a", "b"), "age": (1, 2)})}, {})
    monkeypatch.setattr(connecting, "connect", lambda _endpoint, _secrets: endpoint)
    with open_store(state) as store:
        applied = store.snapshot().applied
        inventory = Inventory(store.inventory())

    def accepting(**accepted: Json) -> Mapping[Address, Applied]:
        return {address: replace(entry, accepted=accepted) for address, entry in applied.items()}

    for accepted, left in (({"description": "b", "age": 2}, set()), ({"description": "c", "age": 2}, {"description"})):
        known = accepting(**accepted)
        checked = asyncio.run(checking.look(known, known, inventory, lambda _: "", lambda _: services.catalogue(), strangers=False))
        assert {path for finding in checked.findings for path in finding.differences} == left


def test_an_endpoint_that_left_the_inventory_is_not_guessed_at(state: Path) -> None:
    with open_store(state) as store:
        applied = store.snapshot().applied
    nowhere = Inventory({"vtnmd-inventory:inventory": {}})
    checked = asyncio.run(checking.look(applied, applied, nowhere, lambda _: "", lambda _: services.catalogue(), strangers=True))
    assert {finding.standing for finding in checked.findings} == {Standing.UNKNOWN}


def test_a_service_that_is_not_there(state: Path) -> None:
    with pytest.raises(StateError) as refusal:
        checking.check(["nothing"], str(state), lambda _: "")
    assert refusal.value.diagnostics[0].code == "VTN-S007"


def test_nothing_at_all_is_in_order(tmp_path: Path) -> None:
    checked = checking.check([], str(tmp_path / "empty"), lambda _: "")
    assert checked == Checked(())
    assert checked.diagnostics == ()


def test_a_region_in_maintenance_is_not_asked_and_that_is_no_problem(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(state) as store:
        store.set_mode(RegionMode("east", Mode.MAINTENANCE, "alice", 0.0, "new switches"))
    endpoint = _Endpoint({}, {"vtn": "unreachable"})
    found = _check(state, endpoint, monkeypatch)
    assert endpoint.readings == 0
    assert {finding.standing for finding in found.findings} == {Standing.UNKNOWN}
    assert {finding.problem.summary for finding in found.findings if finding.problem} == {
        "region east is in maintenance by alice: new switches"
    }
    assert found.diagnostics == ()
