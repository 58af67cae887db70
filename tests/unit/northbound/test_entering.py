"""Who comes in where a state is only watched."""

import asyncio
import base64
import time
from pathlib import Path
from typing import Any

from tests.unit.northbound.access.conftest import SECRET, access, ann
from vtnmd.domain.commit import Commit, Origin
from vtnmd.northbound.access.accounts import ACCESS
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.entering import WatchedState
from vtnmd.northbound.nacm import NACM
from vtnmd.northbound.restconf.context import Unauthorized
from vtnmd.state import open_store

ORCHESTRATION = "vtnmd-orchestration:orchestration"


def commit(folder: Path, **changes: Any) -> None:
    with open_store(folder) as store:
        made = Commit(Origin("root", "cli"), {ACCESS: changes.get("access"), NACM: changes.get("rules")}, time.time())
        store.write_commits([made], store.newest_commit())


def enter(watched: WatchedState, password: str = "") -> Authority | Unauthorized | None:
    proof = base64.b64encode(f"ann:{password}".encode())
    headers = {b"authorization": b"Basic " + proof} if password else {}
    return asyncio.run(watched(headers, "127.0.0.1"))


def test_nobody_is_asked_before_there_are_accounts_and_everybody_after(tmp_path: Path) -> None:
    watched = WatchedState(str(tmp_path), tmp_path)
    assert enter(watched) is None
    assert not list(tmp_path.iterdir())
    commit(tmp_path, access=access(ann()))
    assert isinstance(enter(watched), Unauthorized)
    assert isinstance(enter(watched, "wrong"), Unauthorized)
    found = enter(watched, SECRET)
    assert found is not None
    assert not isinstance(found, Unauthorized)
    assert found.may_read(ORCHESTRATION)


def test_accounts_and_rules_count_as_they_are_now(tmp_path: Path) -> None:
    watched = WatchedState(str(tmp_path), tmp_path)
    commit(tmp_path, access=access(ann()), rules={"read-default": "deny"})
    found = enter(watched, SECRET)
    assert found is not None
    assert not isinstance(found, Unauthorized)
    assert not found.may_read(ORCHESTRATION)
    commit(tmp_path, access=access(ann(recovery=True)), rules={"read-default": "deny"})
    freed = enter(watched, SECRET)
    assert freed is not None
    assert not isinstance(freed, Unauthorized)
    assert freed.may_read(ORCHESTRATION)
    commit(tmp_path, access=access(ann(disabled=True)))
    assert isinstance(enter(watched, SECRET), Unauthorized)
