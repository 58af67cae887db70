"""A datastore keeps its commits in the state, and whoever carries them out is told."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from vtnmd.compiler.models import service_schema
from vtnmd.datastore.confirmed import Confirmations, Wait
from vtnmd.datastore.running import Running
from vtnmd.domain.commit import Confirmation, Origin, Part, service_part
from vtnmd.domain.inventory import ROOT
from vtnmd.domain.tree import Json
from vtnmd.state import open_store
from vtnmd.usecases.configuring import complete_inventory
from vtnmd.usecases.keeping import KeptCommits

NOW = 1_795_356_130.0
ANN = Origin("ann", "restconf")
SHOP = service_part("shop")
STOCK: Json = {"region": [{"name": "east", "vlan-range": {"start": 100, "end": 499}}]}
pytestmark = pytest.mark.anyio


async def commit(running: Running, changes: Mapping[Part, Json]) -> int:
    committed = await running.commit(lambda _tree: changes, ANN)
    assert committed.commit
    return committed.commit.number


async def test_commits_are_kept_and_told(tmp_path: Path) -> None:
    told: list[int] = []
    with open_store(tmp_path) as store, open_store(tmp_path) as other:
        log = KeptCommits(store, lambda: told.append(other.newest_commit()))
        running = Running(service_schema(), log, lambda: NOW)
        running.load()
        await commit(running, {ROOT: STOCK})
        await commit(running, {SHOP: {"name": "shop", "vtn": []}})
        assert told == [1, 2]
        assert other.inventory() == complete_inventory(STOCK)
        again = Running(service_schema(), KeptCommits(other), lambda: NOW)
        again.load()
        assert again.current.held(ROOT).value == STOCK
        await commit(running, {SHOP: None})
        await again.refresh()
        assert again.current.held(SHOP).value is None
        assert again.current.number == 3
        await commit(again, {SHOP: {"name": "shop", "vtn": []}})
        await commit(running, {ROOT: {**STOCK, "approvals": 1}})
        assert [entry.parts for entry in store.commits()] == [(ROOT,), (SHOP,), (SHOP,), (SHOP,), (ROOT,)]
        await running.aclose()
        await again.aclose()


async def test_a_confirmed_commit_is_taken_back_after_a_restart(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        log = KeptCommits(store)
        running = Running(service_schema(), log, lambda: NOW)
        running.load()
        await commit(running, {ROOT: STOCK})
        origin = replace(ANN, session=7)
        await Confirmations(running, log).commit(lambda _tree: {ROOT: {**STOCK, "approvals": 3}}, origin, Wait(600))
        assert log.pending() == Confirmation(7, "", NOW + 600, {ROOT: STOCK})
        await running.aclose()
    with open_store(tmp_path) as store:
        log = KeptCommits(store)
        running = Running(service_schema(), log, lambda: NOW)
        running.load()
        await Confirmations(running, log).resume()
        assert store.inventory() == complete_inventory(STOCK)
        assert log.pending() is None
        await running.aclose()
