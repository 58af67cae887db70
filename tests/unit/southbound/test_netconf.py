"""What the NETCONF driver does beyond the contract of all drivers: confirmed commits, locks, sessions lost at any point."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.support.netconf import PASSWORD, Pe, bridge, circuit, simulated_pe
from vtnmd.domain.address import Address
from vtnmd.domain.plan import Request
from vtnmd.domain.reverse import taking_back
from vtnmd.domain.tree import Ref
from vtnmd.netconf import operations as nc
from vtnmd.netconf import ssh
from vtnmd.netconf.messages import CANDIDATE, CONFIRMED_COMMIT, WRITABLE_RUNNING, Reply
from vtnmd.netconf.session import ClientSession, SessionLost
from vtnmd.netconf.xmltree import BASE
from vtnmd.southbound.netconf import NetconfDevice, connect
from vtnmd.southbound.ports import Busy, InDoubt, Observed, Rejected, Unreachable

pytestmark = pytest.mark.anyio

ADDRESS = Address("east", "pe", "attachment", ("acme_shop", "web"))
REQUEST = Request(
    "east/pe#0",
    "east/pe",
    0,
    (ADDRESS,),
    {"config": [bridge("replace"), circuit("replace")]},
    {"config": [bridge("remove"), circuit("remove")]},
    (),
)
READS = {ADDRESS: {"config": [bridge(), circuit()]}}
HELD, ABSENT = (True, 0), (False, 2)


@pytest.fixture
async def pe(tmp_path: Path) -> AsyncIterator[Pe]:
    async with simulated_pe(tmp_path) as device:
        yield device


def driver_of(pe: Pe, timeout: int = 10) -> NetconfDevice:
    return connect({"name": "pe", "timeout": timeout, "netconf": pe.settings}, lambda _: PASSWORD)


@pytest.fixture
async def driver(pe: Pe) -> AsyncIterator[NetconfDevice]:
    connected = driver_of(pe)
    yield connected
    await connected.aclose()


@pytest.fixture
async def later(pe: Pe) -> AsyncIterator[NetconfDevice]:
    """The driver of another life."""
    connected = driver_of(pe)
    yield connected
    await connected.aclose()


def unknown(hole: Any) -> Any:
    raise KeyError(hole)


async def seen(driver: NetconfDevice) -> tuple[bool, int]:
    """Whether anything of what REQUEST makes is there, and how many differences there are."""
    observed: Observed = (await driver.read(READS, unknown))[ADDRESS]
    return observed.present, len(observed.differences)


async def test_the_steps_of_a_transaction(pe: Pe, driver: NetconfDevice, later: NetconfDevice) -> None:
    await driver.prepare(REQUEST, unknown)
    assert await seen(later) == ABSENT
    await driver.commit(REQUEST, unknown)
    assert await seen(driver) == HELD
    await driver.confirm(REQUEST, unknown)
    assert await seen(later) == HELD
    assert len(pe.device.held()["vtnmd-pe:pe"]["bridge-domain"]) == 1


@pytest.mark.parametrize("steps", [0, 1, 2])
async def test_cancelling_takes_back_whatever_was_done(driver: NetconfDevice, later: NetconfDevice, steps: int) -> None:
    for step in (driver.prepare, driver.commit)[:steps]:
        await step(REQUEST, unknown)
    await driver.cancel(REQUEST, unknown)
    assert await seen(driver) == ABSENT
    await later.apply(REQUEST, unknown)


async def test_what_an_earlier_life_committed_is_no_state_to_read(driver: NetconfDevice, later: NetconfDevice) -> None:
    await driver.prepare(REQUEST, unknown)
    await driver.commit(REQUEST, unknown)
    await driver.aclose()
    with pytest.raises(Busy, match="confirmed-commit pending"):
        await seen(later)


@pytest.mark.parametrize(("decision", "expected"), [("confirm", HELD), ("cancel", ABSENT), ("recover", ABSENT), ("apply", HELD)])
async def test_a_later_life_settles_what_an_earlier_one_committed(
    driver: NetconfDevice, later: NetconfDevice, decision: str, expected: tuple[bool, int]
) -> None:
    await driver.prepare(REQUEST, unknown)
    await driver.commit(REQUEST, unknown)
    await driver.aclose()
    await getattr(later, decision)(REQUEST, unknown)
    assert await seen(later) == expected


async def test_what_was_taken_back_in_time_is_not_confirmed(pe: Pe, driver: NetconfDevice) -> None:
    await driver.prepare(REQUEST, unknown)
    await driver.commit(REQUEST, unknown)
    session = await pe.session()
    await session.call(nc.operation("kill-session", session_id="1"), 10)
    await session.aclose()
    later = driver_of(pe)
    await later.cancel(REQUEST, unknown)
    with pytest.raises(Rejected) as refusal:
        await later.confirm(REQUEST, unknown)
    await later.aclose()
    assert refusal.value.diagnostic.code == "VTN-E206"


async def test_a_commit_needs_the_session_that_prepared_it(pe: Pe, driver: NetconfDevice) -> None:
    with pytest.raises(Unreachable):
        await driver.commit(REQUEST, unknown)
    await driver.prepare(REQUEST, unknown)
    session = await pe.session()
    await session.call(nc.kill_session(1), 10)
    await session.aclose()
    with pytest.raises(Unreachable):
        await driver.commit(REQUEST, unknown)
    assert await seen(driver) == ABSENT


async def test_a_lock_of_somebody_else_is_waited_for(pe: Pe, driver: NetconfDevice) -> None:
    session = await pe.session()
    await session.call(nc.lock("candidate"), 10)
    applying = asyncio.create_task(driver.apply(REQUEST, unknown))
    await asyncio.sleep(0.3)
    assert not applying.done()
    await session.call(nc.unlock("candidate"), 10)
    await session.aclose()
    await applying
    assert await seen(driver) == HELD


async def test_a_lock_that_stays_is_busy_and_named(pe: Pe) -> None:
    session = await pe.session()
    await session.call(nc.lock("candidate"), 10)
    driver = driver_of(pe, timeout=1)
    with pytest.raises(Busy, match=f"held by session {session.hello.session_id}"):
        await driver.apply(REQUEST, unknown)
    await driver.aclose()
    await session.aclose()


async def test_a_refused_edit_lets_go_of_the_candidate(driver: NetconfDevice, later: NetconfDevice) -> None:
    dangling = Request("1", "east/pe", 0, (ADDRESS,), {"config": [circuit("replace")]}, {"config": []}, ())
    with pytest.raises(Rejected) as refusal:
        await driver.apply(dangling, unknown)
    assert refusal.value.diagnostic.code == "VTN-E204"
    assert "instance-required" in refusal.value.diagnostic.detail
    await later.apply(REQUEST, unknown)


async def test_unknown_values_and_unsendable_ones_are_refused_before_anything_is_sent(driver: NetconfDevice) -> None:
    for name, code in ((Ref(ADDRESS, "id"), "VTN-E016"), ("\x07", "VTN-E208")):
        request = Request("1", "east/pe", 0, (ADDRESS,), {"config": [bridge("replace", name)]}, {}, ())  # type: ignore[arg-type]
        with pytest.raises(Rejected) as refusal:
            await driver.apply(request, unknown)
        assert refusal.value.diagnostic.code == code


async def test_a_cancelled_apply_leaves_no_lock(driver: NetconfDevice, later: NetconfDevice, pe: Pe) -> None:
    session = await pe.session()
    await session.call(nc.lock("candidate"), 10)
    applying = asyncio.create_task(driver.apply(REQUEST, unknown))
    await asyncio.sleep(0.1)
    applying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await applying
    await session.aclose()
    await later.apply(REQUEST, unknown)
    assert await seen(driver) == HELD


class Altered:
    """A session that cuts the connection at one operation, once, or that lacks capabilities."""

    def __init__(self, session: ClientSession, cut_at: list[str], lacking: frozenset[str]) -> None:
        self._session = session
        self._cut_at = cut_at
        self._lacking = lacking
        self.abort, self.aclose = session.abort, session.aclose

    @property
    def capabilities(self) -> frozenset[str]:
        offered = self._session.capabilities - self._lacking
        return offered if CANDIDATE in offered else offered | {WRITABLE_RUNNING}

    @property
    def is_open(self) -> bool:
        return self._session.is_open

    async def call(self, operation: etree._Element, time_limit: float) -> Reply:
        name = etree.QName(operation).localname
        if CANDIDATE in self._lacking and operation.find(f"{{{BASE}}}target/{{{BASE}}}running") is not None:
            await self._session.call(nc.edit_config("candidate", REQUEST.payload["config"]), time_limit)
            return await self._session.call(nc.commit(), time_limit)
        reply = await self._session.call(operation, time_limit)
        if self._cut_at and self._cut_at[0] == name:
            self._cut_at.pop(0)
            if not self._cut_at:
                self._session.abort()
                raise SessionLost("the peer ended the session", sent=True)
        return reply


@pytest.fixture
def altered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    how: dict[str, Any] = {"cut_at": [], "lacking": frozenset()}
    genuine = ssh.connect

    async def altering(target: ssh.SshTarget, time_limit: float) -> Altered:
        return Altered(await genuine(target, time_limit), how["cut_at"], how["lacking"])

    monkeypatch.setattr(ssh, "connect", altering)
    return how


@pytest.mark.parametrize(
    ("cut_at", "expected"),
    [
        (["cancel-commit"], None),
        (["lock"], Unreachable),
        (["discard-changes"], Unreachable),
        (["edit-config"], Unreachable),
        (["commit"], InDoubt),
        (["commit", "commit"], InDoubt),
        (["discard-changes", "discard-changes"], None),
        (["unlock"], None),
        (["get-config"], None),
    ],
)
async def test_a_session_lost_at_any_point(
    altered: dict[str, Any], driver: NetconfDevice, cut_at: list[str], expected: type[Exception] | None
) -> None:
    altered["cut_at"] += cut_at
    if expected is None:
        await driver.apply(REQUEST, unknown)
    else:
        with pytest.raises(expected):
            await driver.apply(REQUEST, unknown)
        # What is read is what stays: a confirmed commit that is in doubt is cancelled, one that was confirmed is held.
        assert await seen(driver) == (HELD if len(cut_at) > 1 else ABSENT)
        await driver.apply(REQUEST, unknown)
    assert await seen(driver) == HELD


async def test_a_device_without_confirmed_commit(altered: dict[str, Any], driver: NetconfDevice) -> None:
    altered["lacking"] = frozenset({CONFIRMED_COMMIT})
    assert await driver.hello() == "NETCONF device with candidate"
    await driver.apply(REQUEST, unknown)
    assert await seen(driver) == HELD
    await driver.apply(taking_back(REQUEST), unknown)
    assert await seen(driver) == ABSENT
    await driver.prepare(REQUEST, unknown)
    await driver.commit(REQUEST, unknown)
    await driver.cancel(REQUEST, unknown)
    assert await seen(driver) == ABSENT


async def test_a_device_with_a_writable_running_only(altered: dict[str, Any], driver: NetconfDevice) -> None:
    altered["lacking"] = frozenset({CONFIRMED_COMMIT, CANDIDATE})
    await driver.apply(REQUEST, unknown)
    assert await seen(driver) == HELD


async def test_a_device_that_cannot_be_configured(
    altered: dict[str, Any], driver: NetconfDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Altered, "capabilities", frozenset())
    with pytest.raises(Rejected) as refusal:
        await driver.apply(REQUEST, unknown)
    assert refusal.value.diagnostic.code == "VTN-E207"
    assert altered["cut_at"] == []


async def test_secrets_do_not_show(pe: Pe) -> None:
    assert PASSWORD not in repr(pe.target)


@pytest.mark.parametrize("client", ["native", "ncclient"])
@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"key-file": "/nowhere/key"}, "VTN-E202"),
        ({"known-hosts-file": "/nowhere/known_hosts", "host-key": ""}, "VTN-E202"),
        ({"host-key": "ssh-ed25519 AAAA"}, "VTN-E201"),
        ({"port": 1}, "VTN-E010"),
    ],
)
async def test_settings_that_cannot_work_are_told(pe: Pe, settings: dict[str, Any], code: str, client: str) -> None:
    driver = connect({"name": "pe", "timeout": 10, "netconf": {**pe.settings, **settings, "client": client}}, lambda _: PASSWORD)
    with pytest.raises((Unreachable, Rejected)) as failure:
        await driver.hello()
    await driver.aclose()
    assert failure.value.diagnostic.code == code
    assert failure.value.diagnostic.hint
