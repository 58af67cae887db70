"""What the Heat driver does beyond the contract that all drivers share."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.heat_twins import LATER, LONG_AGO, make_twin, outrun
from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.plan import Request
from vtnmd.domain.tree import Json, Ref, Secret, Tree
from vtnmd.lab import faults
from vtnmd.lab.heat import HeatSimulator, start_heat
from vtnmd.lab.keystone import PROJECT_ID, Login
from vtnmd.southbound.cloud import Cloud
from vtnmd.southbound.heat import HeatDriver, Pace, connect
from vtnmd.southbound.heat_native import NativeStacks
from vtnmd.southbound.ports import Busy, InDoubt, Observed, Rejected, Unreachable
from vtnmd.southbound.stack import Stack
from vtnmd.southbound.stack_service import CONFLICT, NOT_FOUND

pytestmark = pytest.mark.anyio

STACK = Address("east", "heat", "stack", ("shop",))
QUICK = Pace(first=0.01, longest=0.05, patience=5)


@pytest.fixture
async def simulator() -> AsyncIterator[HeatSimulator]:
    running = await start_heat(Login(region="east"), delay=0.01)
    yield running
    await running.aclose()


@pytest.fixture
async def driver(simulator: HeatSimulator) -> AsyncIterator[HeatDriver]:
    opened = HeatDriver(NativeStacks(Cloud(entry(simulator), lambda _: "secret")), QUICK)
    yield opened
    await opened.aclose()


def entry(simulator: HeatSimulator, **settings: Any) -> dict[str, Any]:
    given = {"auth-url": simulator.auth_url, "username": "admin", "password": "env:X", "region-name": "east", **settings}
    return {"name": "heat", "timeout": 5, "heat": {name: value for name, value in given.items() if value is not None}}


def template(vlan: int = 100, name: Tree = "web", **members: Tree) -> dict[str, Any]:
    specs = {"provider:network_type": "vlan", "provider:physical_network": "physnet1", "provider:segmentation_id": vlan}
    network = {"type": "OS::Neutron::Net", "properties": {"name": name, "value_specs": specs}}
    return {"heat_template_version": "2018-08-31", "resources": {"network": network}, **members}


def put(hot: Tree, name: str = "shop", **members: Tree) -> Request:
    payload = {"put": {"name": name, "template": hot, "tags": ["vtnmd"], **members}, "attributes": {}}
    return Request("1", "east/heat", 0, (STACK,), payload, {"remove": {"name": name}}, ())


def removal(name: str = "shop") -> Request:
    return Request("1", "east/heat", 0, (STACK,), {"remove": {"name": name}}, None, ())


def nothing(hole: Ref | Secret) -> Json:
    raise KeyError(hole)


async def observe(driver: HeatDriver, hot: Tree, resolve: Any = nothing) -> Observed:
    reads = {STACK: {"stack": {"name": "shop", "template": hot, "tags": ["vtnmd"]}, "attributes": {}}}
    return (await driver.read(reads, resolve))[STACK]


async def foreign(simulator: HeatSimulator) -> None:
    """A stack named `shop` that somebody else made."""
    stack = simulator.stacks.create(PROJECT_ID, "shop", template(), ["theirs"], 60)
    assert stack.task
    await stack.task


async def test_a_stack_that_is_as_wanted_is_not_touched(simulator: HeatSimulator, driver: HeatDriver) -> None:
    await driver.apply(put(template()), nothing)
    await driver.apply(put(template()), nothing)
    assert simulator.stacks.find("shop").updated is None


async def test_a_stack_of_somebody_else_is_neither_changed_nor_removed(simulator: HeatSimulator, driver: HeatDriver) -> None:
    await foreign(simulator)
    for request in (put(template(200)), removal()):
        with pytest.raises(Rejected) as refusal:
            await driver.apply(request, nothing)
        assert refusal.value.diagnostic.code == "VTN-E306"
        assert refusal.value.diagnostic.hint
    assert simulator.stacks.find("shop").status == "CREATE_COMPLETE"
    assert simulator.stacks.find("shop").given == template()


async def test_stacks_of_other_projects_are_nobodys_business(simulator: HeatSimulator, driver: HeatDriver) -> None:
    """An administrator is shown them all."""
    theirs = [simulator.stacks.create("another", name, template(200), ["vtnmd"], 60) for name in ("shop", "stranger")]
    assert not (await observe(driver, template())).present
    await driver.apply(put(template()), nothing)
    assert (await observe(driver, template())).present
    assert await driver.strangers([{"stack": {"name": "x"}}], [{"stack": {"name": "shop"}}], nothing) == ()
    await driver.apply(removal(), nothing)
    assert not (await observe(driver, template())).present
    assert simulator.stacks.live() == theirs
    assert all(stack.updated is None for stack in theirs)


async def test_a_missing_tag_is_drift(simulator: HeatSimulator, driver: HeatDriver) -> None:
    await foreign(simulator)
    assert set((await observe(driver, template())).differences) == {"tags"}


async def test_a_failed_stack_tells_why_and_is_made_anew(simulator: HeatSimulator, driver: HeatDriver) -> None:
    await driver.apply(put(template(), "other"), nothing)
    with pytest.raises(Rejected) as refusal:
        await driver.apply(put(template()), nothing)
    diagnostic = refusal.value.diagnostic
    assert (diagnostic.code, diagnostic.address) == ("VTN-E305", str(STACK))
    assert "VLAN 100" in diagnostic.summary
    assert "\n" not in diagnostic.summary
    assert "VLAN 100" in diagnostic.detail
    assert "request_ids" in diagnostic.detail
    failed = simulator.stacks.find("shop")
    assert set((await observe(driver, template())).differences) == {"status"}
    await driver.apply(put(template(101)), nothing)
    assert simulator.stacks.find("shop").id != failed.id
    assert not (await observe(driver, template(101))).differences


async def test_a_failed_update_is_updated_again(simulator: HeatSimulator, driver: HeatDriver) -> None:
    await driver.apply(put(template(100), "other"), nothing)
    await driver.apply(put(template(101)), nothing)
    made = simulator.stacks.find("shop").id
    with pytest.raises(Rejected):
        await driver.apply(put(template(100)), nothing)
    assert set((await observe(driver, template(100))).differences) == {"status"}
    await driver.apply(put(template(102)), nothing)
    assert simulator.stacks.find("shop").id == made
    assert not (await observe(driver, template(102))).differences


async def test_a_stack_that_cannot_go_is_told(simulator: HeatSimulator, driver: HeatDriver) -> None:
    await driver.apply(put(template()), nothing)
    port = {"type": "OS::Neutron::Port", "properties": {"network": "web"}}
    user = {"heat_template_version": "2018-08-31", "resources": {"port": port}}
    await driver.apply(put(user, "user"), nothing)
    with pytest.raises(Rejected) as refusal:
        await driver.apply(removal(), nothing)
    assert refusal.value.diagnostic.code == "VTN-E305"
    assert "in use" in refusal.value.diagnostic.detail
    await driver.apply(removal("user"), nothing)
    await driver.apply(removal(), nothing)
    assert not simulator.held()["stacks"]
    assert not simulator.held()["networks"]


async def test_a_stack_in_progress_is_busy(simulator: HeatSimulator) -> None:
    simulator.stacks.delay = 60
    driver = HeatDriver(NativeStacks(Cloud(entry(simulator), lambda _: "secret")), Pace(first=0.01, patience=0.05))
    with pytest.raises(Busy) as refusal:
        await driver.apply(put(template(), timeout=0), nothing)
    assert refusal.value.diagnostic.code == "VTN-E303"
    with pytest.raises(Busy):
        await observe(driver, template())
    assert len(simulator.stacks.live()) == 1
    await driver.aclose()


async def test_what_is_under_way_is_waited_for(simulator: HeatSimulator, driver: HeatDriver) -> None:
    simulator.stacks.create(PROJECT_ID, "shop", template(), ["vtnmd"], 60)
    await driver.apply(put(template()), nothing)
    assert simulator.stacks.find("shop").updated is None


class Interrupted(Cloud):
    """Loses the answer to the first request of a method, after it has taken effect."""

    def __init__(self, simulator: HeatSimulator, method: str) -> None:
        super().__init__(entry(simulator), lambda _: "secret")
        self._simulator, self._method = simulator, method

    async def send(self, method: str, path: str, body: Json = None) -> Json:
        if method != self._method:
            return await super().send(method, path, body)
        self._method = ""
        await self._simulator.set_fault(faults.DROP_AFTER)
        try:
            return await super().send(method, path, body)
        finally:
            await self._simulator.set_fault(faults.NO_FAULT)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_lost_answer_leaves_doubt_and_no_second_stack(simulator: HeatSimulator, method: str) -> None:
    if method != "POST":
        stack = simulator.stacks.create(PROJECT_ID, "shop", template(), ["vtnmd"], 60)
        assert stack.task
        await stack.task
    request = removal() if method == "DELETE" else put(template(101))
    driver = HeatDriver(NativeStacks(Interrupted(simulator, method)), QUICK)
    with pytest.raises(InDoubt) as doubt:
        await driver.apply(request, nothing)
    assert doubt.value.diagnostic.code == "VTN-E013"
    await driver.apply(request, nothing)
    assert [stack.given for stack in simulator.stacks.live()] == ([] if method == "DELETE" else [template(101)])
    await driver.aclose()


async def test_two_at_once_make_one_stack(simulator: HeatSimulator, driver: HeatDriver) -> None:
    await asyncio.gather(*(driver.apply(put(template()), nothing) for _ in range(3)))
    assert len(simulator.stacks.live()) == 1


@pytest.mark.parametrize("vlans", [(100, 100, 100), (100, 101, 102)], ids=["that hinder each other", "that do not"])
async def test_stacks_of_one_name_by_many_at_once_come_to_one(
    simulator: HeatSimulator, driver: HeatDriver, vlans: tuple[int, ...]
) -> None:
    """The last word is anybody's where they want different things: each is Busy at worst, never refused."""
    simulator.stacks.checks_names = False
    told = await asyncio.gather(*(driver.apply(put(template(vlan)), nothing) for vlan in vlans), return_exceptions=True)
    assert [error for error in told if isinstance(error, BaseException) and not isinstance(error, Busy)] == []
    (stack,) = simulator.stacks.live()
    assert stack.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert len(simulator.held()["networks"]) == 1


async def test_the_older_of_two_of_one_name_stays(
    simulator: HeatSimulator, driver: HeatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins = outrun(monkeypatch, simulator.stacks, template(), ("vtnmd",), LONG_AGO)
    await driver.apply(put(template()), nothing)
    assert simulator.stacks.live() == twins[:1]
    assert twins[0].updated is None


async def test_the_older_is_brought_to_what_is_wanted(
    simulator: HeatSimulator, driver: HeatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins = outrun(monkeypatch, simulator.stacks, template(200), ("vtnmd",), LONG_AGO)
    await driver.apply(put(template(100)), nothing)
    assert simulator.stacks.live() == twins[:1]
    assert twins[0].given == template(100)


async def test_what_stays_and_failed_for_its_twin_is_made_anew(
    simulator: HeatSimulator, driver: HeatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins = outrun(monkeypatch, simulator.stacks, template(), ("vtnmd",), LATER)
    await driver.apply(put(template()), nothing)
    (stack,) = simulator.stacks.live()
    assert stack not in twins
    assert stack.status == "CREATE_COMPLETE"


async def test_what_somebody_elses_failed_for_is_left_to_its_maker_for_a_while(
    simulator: HeatSimulator, driver: HeatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is mended in the end, whether or not they come back to it."""
    await driver.apply(put(template(200), "other"), nothing)
    twins = outrun(monkeypatch, simulator.stacks, template(200), ("vtnmd",), LONG_AGO)
    await driver.apply(put(template(100)), nothing)
    (stack,) = (stack for stack in simulator.stacks.live() if stack.name == "shop")
    assert stack not in twins
    assert (stack.status, stack.given) == ("CREATE_COMPLETE", template(100))


@pytest.mark.parametrize("code", [NOT_FOUND, CONFLICT])
async def test_a_twin_that_somebody_removes_at_the_same_time_is_no_error(
    simulator: HeatSimulator, driver: HeatDriver, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    twins = outrun(monkeypatch, simulator.stacks, template(200), ("vtnmd",), LATER)

    async def delete(_: NativeStacks, found: Stack) -> None:
        assert found.id == twins[0].id
        simulator.stacks.delete(twins[0])
        raise Rejected(Diagnostic(code, "somebody else was there before"))

    monkeypatch.setattr(NativeStacks, "delete", delete)
    await driver.apply(put(template()), nothing)
    assert simulator.stacks.live() == twins[1:]


async def test_a_twin_that_cannot_go_is_told(simulator: HeatSimulator, driver: HeatDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    twins = outrun(monkeypatch, simulator.stacks, template(200, "used"), ("vtnmd",), LATER)
    usual = NativeStacks.delete

    async def delete(stacks: NativeStacks, found: Stack) -> None:
        port = {"type": "OS::Neutron::Port", "properties": {"network": "used"}}
        user = simulator.stacks.create(PROJECT_ID, "user", {**template(), "resources": {"port": port}}, (), 60)
        assert user.task
        await user.task
        await usual(stacks, found)

    monkeypatch.setattr(NativeStacks, "delete", delete)
    with pytest.raises(Rejected) as refusal:
        await driver.apply(put(template()), nothing)
    assert refusal.value.diagnostic.code == "VTN-E305"
    assert "in use" in refusal.value.diagnostic.detail
    assert twins[1].status == "CREATE_COMPLETE"


async def test_a_stack_that_failed_is_made_anew_once_its_name_is_free(
    simulator: HeatSimulator, driver: HeatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await driver.apply(put(template(), "other"), nothing)
    with pytest.raises(Rejected):
        await driver.apply(put(template()), nothing)
    await driver.apply(removal("other"), nothing)
    refused: list[str] = []
    usual = NativeStacks.create

    async def create(stacks: NativeStacks, wanted: Json) -> str:
        try:
            return await usual(stacks, wanted)
        except Rejected as error:
            refused.append(error.diagnostic.code)
            raise

    monkeypatch.setattr(NativeStacks, "create", create)
    simulator.stacks.delay = 0.1
    await driver.apply(put(template()), nothing)
    assert set(refused) == {CONFLICT}
    (stack,) = simulator.stacks.live()
    assert stack.status == "CREATE_COMPLETE"


async def test_twins_that_come_again_and_again_are_busy(
    simulator: HeatSimulator, driver: HeatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    outrun(monkeypatch, simulator.stacks, template(), ("vtnmd",), LATER, times=100)
    with pytest.raises(Busy) as refusal:
        await driver.apply(put(template()), nothing)
    assert refusal.value.diagnostic.code == "VTN-E310"


@pytest.mark.parametrize("created", [LONG_AGO, LATER])
async def test_a_twin_of_somebody_else_is_left_alone(
    simulator: HeatSimulator, driver: HeatDriver, monkeypatch: pytest.MonkeyPatch, created: str
) -> None:
    """Where theirs is the older, Heat has it by its name, and nothing of vtnmd's stays beside it."""
    twins = outrun(monkeypatch, simulator.stacks, template(200), ("theirs",), created)
    if created == LATER:
        await driver.apply(put(template()), nothing)
        assert simulator.stacks.live() == twins
        assert (await driver.apply(removal(), nothing)) == {}
    else:
        with pytest.raises(Rejected) as refusal:
            await driver.apply(put(template()), nothing)
        assert refusal.value.diagnostic.code == "VTN-E306"
    assert simulator.stacks.live() == twins[:1]
    assert (twins[0].status, twins[0].given) == ("CREATE_COMPLETE", template(200))


async def test_a_removal_removes_all_of_a_name_but_somebody_elses(simulator: HeatSimulator, driver: HeatDriver) -> None:
    await driver.apply(put(template()), nothing)
    theirs = make_twin(simulator.stacks, "shop", template(200), ("theirs",), LONG_AGO)
    make_twin(simulator.stacks, "shop", template(300), ("vtnmd",), LATER)
    await driver.apply(removal(), nothing)
    assert simulator.stacks.live() == [theirs]
    assert theirs.status == "CREATE_COMPLETE"


async def test_of_stacks_made_in_the_same_second_the_smallest_id_counts(simulator: HeatSimulator, driver: HeatDriver) -> None:
    stacks = [make_twin(simulator.stacks, "shop", template(vlan), ("vtnmd",), LATER) for vlan in (100, 101, 102)]
    first = min(stacks, key=lambda stack: stack.id)
    await driver.apply(put(first.given), nothing)
    assert first.updated is None
    assert not (await observe(driver, first.given)).differences


async def test_a_new_stack_whose_id_is_not_told_is_in_doubt(driver: HeatDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Cloud.send

    async def send(cloud: Cloud, method: str, path: str, body: Json = None) -> Json:
        answer = await usual(cloud, method, path, body)
        return {} if method == "POST" else answer

    monkeypatch.setattr(Cloud, "send", send)
    with pytest.raises(InDoubt) as doubt:
        await driver.apply(put(template()), nothing)
    assert doubt.value.diagnostic.code == "VTN-E013"


async def test_a_token_that_is_no_longer_good_is_renewed(simulator: HeatSimulator, driver: HeatDriver) -> None:
    await driver.apply(put(template()), nothing)
    simulator.keystone.revoke_all()
    await driver.apply(put(template(101)), nothing)
    assert not (await observe(driver, template(101))).differences


async def test_attributes_come_from_outputs(driver: HeatDriver) -> None:
    hot = template(outputs={"network": {"value": {"get_resource": "network"}}, "vlan": {"value": 100}})
    request = put(hot)
    request.payload["attributes"] |= {"network_id": "network", "vlan": "vlan"}
    attributes = (await driver.apply(request, nothing))[STACK]
    assert attributes["vlan"] == 100
    assert len(str(attributes["network_id"])) == 36


async def test_an_output_without_a_value_is_refused(driver: HeatDriver) -> None:
    request = put(template())
    request.payload["attributes"] |= {"network_id": "network"}
    with pytest.raises(Rejected) as refusal:
        await driver.apply(request, nothing)
    assert refusal.value.diagnostic.code == "VTN-E308"


async def test_a_hole_that_nothing_fills_is_refused(simulator: HeatSimulator, driver: HeatDriver) -> None:
    with pytest.raises(Rejected) as refusal:
        await driver.apply(put(template(name=Ref(STACK, "network_id"))), nothing)
    assert refusal.value.diagnostic.code == "VTN-E016"
    assert not simulator.stacks.live()


async def test_strangers_are_found_on_every_page(
    simulator: HeatSimulator, driver: HeatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vtnmd.southbound.heat_native._PAGE", 2)
    for number in range(5):
        await driver.apply(put(template(vlan=100 + number), name=f"shop-{number}"), nothing)
    known = [{"stack": {"name": f"shop-{number}"}} for number in (1, 3)]
    found = await driver.strangers(known, known, nothing)
    assert [stranger.name for stranger in found] == ["shop-0", "shop-2", "shop-4"]


async def test_a_stack_that_was_deleted_and_is_still_listed_is_no_stranger(
    simulator: HeatSimulator, driver: HeatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await driver.apply(put(template()), nothing)
    (stack,) = simulator.stacks.live()
    await driver.apply(removal(), nothing)
    monkeypatch.setattr(simulator.stacks, "live", lambda: [stack])
    assert await driver.strangers([{"stack": {"name": "x"}}], [], nothing) == ()


@pytest.mark.parametrize("tag", ["", "a,b", "x" * 81])
async def test_tags_that_heat_would_change_are_refused(driver: HeatDriver, tag: str) -> None:
    with pytest.raises(Rejected) as refusal:
        await driver.apply(put(template(), tags=[tag]), nothing)
    assert refusal.value.diagnostic.code == "VTN-E304"


async def test_a_template_that_heat_refuses_is_told_in_its_words(driver: HeatDriver) -> None:
    with pytest.raises(Rejected) as refusal:
        await driver.apply(put({"heat_template_version": "2018-08-31", "resources": {"x": {"type": "OS::No::Such"}}}), nothing)
    assert refusal.value.diagnostic.code == "VTN-E304"
    assert "OS::No::Such" in refusal.value.diagnostic.summary


async def test_secrets_are_sent_and_never_shown(simulator: HeatSimulator, driver: HeatDriver) -> None:
    hot = template(name=Secret("env:NAME"))
    await driver.apply(put(hot), lambda _: "hunter2")
    assert simulator.held()["networks"][0]["name"] == "hunter2"
    seen = await observe(driver, hot, lambda _: "another")
    assert seen.differences
    assert "hunter2" not in str(seen)
    assert "another" not in str(seen).replace("(another value)", "")


async def test_a_region_without_heat_is_told(simulator: HeatSimulator) -> None:
    driver = connect(entry(simulator, **{"region-name": "mars"}), lambda _: "secret")
    with pytest.raises(Rejected) as refusal:
        await driver.hello()
    assert refusal.value.diagnostic.code == "VTN-E302"
    await driver.aclose()


async def test_settings_that_do_not_suffice_are_told(simulator: HeatSimulator) -> None:
    driver = connect(entry(simulator, **{"auth-url": None, "password": None}), lambda _: "secret")
    with pytest.raises(Rejected) as refusal:
        await driver.hello()
    assert refusal.value.diagnostic.code == "VTN-E307"
    assert "auth-url, password" in refusal.value.diagnostic.summary


@pytest.mark.parametrize("content", [None, "no certificate", "-----BEGIN CERTIFICATE-----\n"])
async def test_a_certificate_file_that_cannot_be_used_is_told(
    simulator: HeatSimulator, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    driver = connect(entry(simulator, **{"ca-file": str(tmp_path / "ca.pem")}), lambda _: "secret")
    with pytest.raises(Rejected) as refusal:
        await driver.hello()
    assert refusal.value.diagnostic.code == "VTN-E307"
    assert "ca.pem" in refusal.value.diagnostic.summary


async def test_proxies_of_the_environment_are_not_used(simulator: HeatSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    driver = connect(entry(simulator), lambda _: "secret")
    assert await driver.hello()
    await driver.aclose()


async def test_something_else_than_keystone_is_told(simulator: HeatSimulator) -> None:
    driver = connect(entry(simulator, **{"auth-url": f"{simulator.server.url}/nothing/here"}), lambda _: "secret")
    with pytest.raises((Rejected, Unreachable)) as failure:
        await driver.hello()
    assert failure.value.diagnostic.hint
    await driver.aclose()


def clouds_yaml(folder: Path, simulator: HeatSimulator, **members: Any) -> Mapping[str, Any]:
    """Write clouds.yaml with one cloud, `lab`; gives what OS_CLIENT_CONFIG_FILE must be."""
    login = {"auth_url": simulator.auth_url, "username": "admin", "password": "secret", "project_name": "admin"}
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    cloud = {"auth": login | domains, "region_name": "east", **members}
    (folder / "clouds.yaml").write_text(yaml.safe_dump({"clouds": {"lab": cloud}}))
    return {"OS_CLIENT_CONFIG_FILE": str(folder / "clouds.yaml")}


async def test_clouds_yaml(simulator: HeatSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in clouds_yaml(tmp_path, simulator).items():
        monkeypatch.setenv(name, value)
    driver = connect({"name": "heat", "timeout": 5, "heat": {"cloud": "lab"}}, lambda _: "not asked")
    assert "Heat" in await driver.hello()
    await driver.aclose()


@pytest.mark.parametrize(("cloud", "members"), [("other", {}), ("lab", {"verify": False}), ("lab", {"cacert": "/nowhere/ca.pem"})])
async def test_clouds_yaml_that_cannot_be_used(
    simulator: HeatSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cloud: str, members: dict[str, Any]
) -> None:
    for name, value in clouds_yaml(tmp_path, simulator, **members).items():
        monkeypatch.setenv(name, value)
    driver = connect({"name": "heat", "timeout": 5, "heat": {"cloud": cloud}}, lambda _: "not asked")
    with pytest.raises(Rejected) as refusal:
        await driver.hello()
    assert refusal.value.diagnostic.code == "VTN-E307"
