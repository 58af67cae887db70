"""The northbound over one state, put together."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.northbound.access.conftest import access, ann
from vtnmd.datastore.faults import Refused
from vtnmd.domain.commit import Origin
from vtnmd.northbound.access.accounts import ACCESS
from vtnmd.northbound.backend import SessionInfo, User
from vtnmd.northbound.deployment import Deployment, Outside, deploy
from vtnmd.northbound.nacm import NACM
from vtnmd.state import open_store

SERVICES, OPEN = "vtnmd-vtn:services", {"read-default": "permit"}
DOCUMENT = {SERVICES: {"service": [{"name": "shop"}]}}


def deployed(tmp_path: Path, work: Callable[[Deployment], Awaitable[None]]) -> None:
    async def run() -> None:
        def setting(*_: Any) -> Any:
            raise NotImplementedError

        outside = Outside(setting, str, time.time, time.monotonic, lambda: None, lambda _: None)
        with open_store(tmp_path) as store:
            deployment = deploy(str(tmp_path), store, tmp_path, outside)
            try:
                await work(deployment)
            finally:
                await deployment.aclose()

    asyncio.run(run())


async def commit(deployment: Deployment, **changes: Any) -> None:
    names = {"access": ACCESS, "nacm": NACM}
    await deployment.backend.running.commit(
        lambda _: {names[name]: value for name, value in changes.items()}, Origin("root", "cli")
    )


def test_whoever_has_no_account_any_more_may_do_nothing(tmp_path: Path) -> None:
    async def work(deployment: Deployment) -> None:
        known, outsider = User("ann", frozenset({"staff"})), User("eve", local=False)
        await commit(deployment, access=access(ann(recovery=True)), nacm=OPEN)
        authority_of = deployment.backend.authority_of
        assert authority_of(known).unbounded, "accounts count as they are, not as they were at the login"
        assert authority_of(outsider).readable(DOCUMENT) == DOCUMENT
        await commit(deployment, access=access(ann(disabled=True), {"name": "eve"}))
        for gone in (known, outsider):
            authority = authority_of(gone)
            assert authority.readable(DOCUMENT) == {}
            assert not authority.may_receive("vtnmd-orchestration:run-ended")
            with pytest.raises(Refused):
                authority.check_write({}, DOCUMENT)

    deployed(tmp_path, work)


def test_sessions_end_with_the_account(tmp_path: Path) -> None:
    async def work(deployment: Deployment) -> None:
        await commit(deployment, access=access(ann(), {"name": "ben"}))
        cut: list[str] = []
        for number, user in enumerate(("ann", "ben")):
            info = SessionInfo(number, "netconf", user, "::1", 0.0, lambda user=user: cut.append(user))  # type: ignore[misc]  # a default is no annotation
            deployment.backend.sessions[number] = info
        await commit(deployment, nacm=OPEN)
        await commit(deployment, access=access(ann(group=["staff"]), {"name": "ben"}))
        assert cut == []
        await commit(deployment, access=access(ann(group=["staff"])))
        assert cut == ["ben"]

    deployed(tmp_path, work)


def test_a_recovery_user_rolls_back_whatever_rules_say(tmp_path: Path) -> None:
    async def work(deployment: Deployment) -> None:
        await commit(deployment, access=access(ann(recovery=True), {"name": "ben"}), nacm=OPEN)
        deny = {"name": "all", "module-name": "*", "action": "deny"}
        await commit(deployment, nacm={"rule-list": [{"name": "wrong", "group": ["*"], "rule": [deny]}]})
        ledger = deployment.context.ledger
        with pytest.raises(Refused):
            await ledger.roll_back(1, Origin("ben", "restconf"))
        assert await ledger.roll_back(1, Origin("ann", "restconf"))
        assert deployment.backend.running.current.held(NACM).value == OPEN

    deployed(tmp_path, work)


def test_a_tenant_may_see_a_service_that_was_his_until_it_is_gone(tmp_path: Path) -> None:
    def service(name: str, *tenants: str) -> dict[str, Any]:
        return {"name": name, "vtn": [{"name": tenant, "tenant": tenant} for tenant in tenants]}

    async def work(deployment: Deployment) -> None:
        def put(**services: Any) -> Any:
            return deployment.backend.running.commit(
                lambda _: {f"service/{name}": value for name, value in services.items()}, Origin("root", "cli")
            )

        await commit(deployment, nacm=OPEN)
        await put(mine=service("mine", "acme"), theirs=service("theirs", "other"), both=service("both", "acme", "other"))
        ledger, eve = deployment.context.ledger, Origin("eve@Default", "restconf", tenants=frozenset({"acme"}))
        assert ledger.is_bound(eve)
        assert [ledger.may_see(name, eve) for name in ("mine", "theirs", "both", "none")] == [True, False, False, False]
        await put(mine=None, theirs=None)
        assert [ledger.may_see(name, eve) for name in ("mine", "theirs")] == [True, False]
        await put(mine=service("mine", "other"))
        assert not ledger.may_see("mine", eve)
        free = Origin("ann", "restconf")
        assert not ledger.is_bound(free)
        assert ledger.may_see("theirs", free)
        assert ledger.committed_of("both").committed == 2
        assert ledger.committed_of("none").committed == 0

    deployed(tmp_path, work)
