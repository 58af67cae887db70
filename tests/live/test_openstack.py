"""What vtnmd does with a genuine OpenStack of two regions (make live-openstack). Switches and PE routers are simulated."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.rig import Known, Step, apply, look
from tests.contract.rig_heat import network
from tests.support.labs import started_lab
from tests.support.openstack import LIVE, LiveCloud, connected, driver_of, live_cloud, project_of_both, token_of
from tests.support.program import Vtnmd
from vtnmd.domain.drift import Stranger
from vtnmd.lab import up
from vtnmd.southbound.cloud import Cloud
from vtnmd.southbound.heat import HeatDriver
from vtnmd.southbound.ports import Rejected

pytestmark = [pytest.mark.anyio, pytest.mark.live_clouds]

SHOP = Path(__file__).resolve().parents[2] / "examples/global-shop/service.yaml"
REGIONS = ("east", "west")


def own(name: str, text: str, before: str = "") -> Step:
    """A stack with a network on a VLAN that the contract suite, which may run in the same region, leaves alone."""
    return network(name, text, before, vlan=900)


@dataclass(frozen=True)
class Site:
    """vtnmd with an empty state, and an inventory that leads to the clouds."""

    vtnmd: Vtnmd
    inventory: Path

    def apply(self, *words: str | Path, expect: int = 0) -> str:
        return self.vtnmd.said("apply", SHOP, "-I", self.inventory, "--yes", *words, expect=expect)


@pytest.fixture
async def clouds() -> AsyncIterator[Mapping[str, LiveCloud]]:
    """The clouds of both regions, in which a project holds nothing before and nothing afterwards."""
    project = await asyncio.to_thread(project_of_both)
    found = {region: live_cloud(region, project) for region in REGIONS}
    await asyncio.gather(*(cloud.clear() for cloud in found.values()))
    yield found
    await asyncio.gather(*(cloud.clear() for cloud in found.values()))
    for cloud in found.values():
        await cloud.aclose()


@pytest.fixture
def site(tmp_path: Path, vtnmd: Vtnmd, clouds: Mapping[str, LiveCloud]) -> Iterator[Site]:
    """The lab's own inventory, but for the clouds."""
    lab = started_lab(tmp_path / "lab")
    inventory = yaml.safe_load(lab.file("inventory.yaml").read_text())
    for region in inventory["inventory"]["region"]:
        (entry,) = (entry for entry in region["endpoint"] if entry["name"] == "heat")
        entry["heat"] |= {**clouds[region["name"]].settings, "password": f"file:{os.environ[f'{LIVE}_PASSWORD_FILE']}"}
        # A busy machine that runs all of it takes its time.
        entry["timeout"] = 300
    path = tmp_path / "lab" / "inventory.yaml"
    path.write_text(yaml.safe_dump(inventory))
    try:
        yield Site(vtnmd, path)
    finally:
        up.stop(lab.folder)


async def held(cloud: LiveCloud) -> dict[str, list[str]]:
    """The names of what the project holds in a cloud, by kind; what was there from the beginning left out."""
    project = await asyncio.to_thread(cloud.session().get_project_id)
    asked = {
        "stacks": ("orchestration", "/stacks", "stacks", "stack_name"),
        "networks": ("network", "/v2.0/networks", "networks", "name"),
        "subnets": ("network", "/v2.0/subnets", "subnets", "name"),
        "ports": ("network", "/v2.0/ports", "ports", "name"),
        "security groups": ("network", "/v2.0/security-groups", "security_groups", "name"),
        "servers": ("compute", "/servers", "servers", "name"),
        "volumes": ("volumev3", "/volumes", "volumes", "name"),
    }
    found = {}
    for kind, (service, path, member, name) in asked.items():
        entries = (await cloud.ask(service, "GET", path))[member]
        # Neutron and Heat show an administrator what every project holds.
        mine = [entry[name] for entry in entries if entry.get("project_id", entry.get("project", project)) == project]
        found[kind] = sorted(each for each in mine if each != "default")
    return {kind: names for kind, names in found.items() if names}


async def test_a_shop_over_two_regions_comes_changes_and_goes(site: Site, clouds: Mapping[str, LiveCloud], tmp_path: Path) -> None:
    assert "32 of 32 changes applied" in site.apply()
    for region, cloud in clouds.items():
        stacks = await cloud.stacks()
        assert {stack["stack_status"] for stack in stacks} == {"CREATE_COMPLETE"}, stacks
        servers = (await cloud.ask("compute", "GET", "/servers/detail"))["servers"]
        assert {server["status"] for server in servers} == {"ACTIVE"}
        assert len(servers) == 3
        (volume,) = (await cloud.ask("volumev3", "GET", "/volumes/detail"))["volumes"]
        assert (volume["size"], volume["status"]) == (20, "in-use"), region
    before = await servers_by_name(clouds["east"])
    assert "no changes" in site.apply()

    inputs = tmp_path / "inputs.yaml"
    inputs.write_text("web_servers: 3\n")
    site.apply("-i", inputs)
    after = await servers_by_name(clouds["east"])
    assert len(after) == 4
    assert before.items() <= after.items()
    assert {"UPDATE_COMPLETE", "CREATE_COMPLETE"} == {stack["stack_status"] for stack in await clouds["east"].stacks()}
    site.vtnmd.said("check", "global-shop")

    site.vtnmd.said("destroy", "global-shop", "--yes")
    for cloud in clouds.values():
        assert await held(cloud) == {}


async def servers_by_name(cloud: LiveCloud) -> dict[str, str]:
    return {server["name"]: server["id"] for server in (await cloud.ask("compute", "GET", "/servers"))["servers"]}


async def taken_vlan(cloud: LiveCloud, vlan: int) -> str:
    """A network of somebody else's on a VLAN of the fabric; gives its id."""
    provider = {"provider:network_type": "vlan", "provider:physical_network": "fabric", "provider:segmentation_id": vlan}
    made = await cloud.ask("network", "POST", "/v2.0/networks", {"network": {"name": "theirs", **provider}})
    return str(made["network"]["id"])


async def test_what_one_cloud_refuses_is_told_in_its_words_and_can_be_resumed(site: Site, clouds: Mapping[str, LiveCloud]) -> None:
    theirs = await taken_vlan(clouds["west"], 101)
    try:
        told = site.apply(expect=1)
        assert "VTN-E305" in told
        assert "The VLAN 101 on physical network fabric is in use" in told
    finally:
        await clouds["west"].ask("network", "DELETE", f"/v2.0/networks/{theirs}")
    run = next(line.split()[0] for line in site.vtnmd.said("history").splitlines() if "global-shop" in line)
    site.vtnmd.said("resume", run)
    assert "no changes" in site.apply()
    site.vtnmd.said("destroy", "global-shop", "--yes")
    for cloud in clouds.values():
        assert await held(cloud) == {}


async def test_what_one_cloud_refuses_is_taken_back_in_both(site: Site, clouds: Mapping[str, LiveCloud]) -> None:
    theirs = await taken_vlan(clouds["west"], 101)
    try:
        told = site.apply("--on-failure", "rollback", expect=1)
        assert "what was done is taken back" in told
        assert "rolled back" in told
        assert await held(clouds["east"]) == {}
        assert await held(clouds["west"]) == {"networks": ["theirs"]}
    finally:
        await clouds["west"].ask("network", "DELETE", f"/v2.0/networks/{theirs}")


@pytest.fixture
async def connection(clouds: Mapping[str, LiveCloud]) -> Cloud:
    return connected(clouds["east"].settings, clouds["east"].password)


@pytest.fixture
async def driver(connection: Cloud) -> AsyncIterator[HeatDriver]:
    opened = driver_of(connection, longest=0.5)
    yield opened
    await opened.aclose()


async def test_a_token_that_was_revoked_is_renewed(driver: HeatDriver, connection: Cloud, clouds: Mapping[str, LiveCloud]) -> None:
    known = Known()
    await driver.hello()
    revoked = token_of(connection)
    await clouds["east"].revoke(revoked)
    step = own("revoked", "first words")
    await apply(driver, step, known)
    assert token_of(connection) != revoked
    (seen,) = (await look(driver, step, known)).values()
    assert seen.present
    assert not seen.differences


async def test_two_who_make_the_same_stack_make_one(driver: HeatDriver, clouds: Mapping[str, LiveCloud]) -> None:
    step = own("shared", "words")
    await asyncio.gather(apply(driver, step, Known()), apply(driver, step, Known()))
    assert [stack["stack_name"] for stack in await clouds["east"].stacks()] == ["shared"]


async def test_an_update_that_is_under_way_is_waited_for(driver: HeatDriver, clouds: Mapping[str, LiveCloud]) -> None:
    first, second = own("shared", "words"), own("shared", "other words", "words")
    known = Known()
    await apply(driver, first, known)
    template = {**second.request.payload["put"]["template"], "description": "somebody else's"}
    updating = asyncio.create_task(clouds["east"].put("shared", {"template": template, "tags": "vtnmd"}))
    await clouds["east"].until(lambda stacks: stacks[0]["stack_status"] != "CREATE_COMPLETE")
    await apply(driver, second, known)
    await updating
    (seen,) = (await look(driver, second, known)).values()
    assert seen.present
    assert not seen.differences


async def test_a_name_that_somebody_else_has_is_left_to_them(driver: HeatDriver, clouds: Mapping[str, LiveCloud]) -> None:
    body: dict[str, Any] = {"template": {"heat_template_version": "2018-08-31"}, "tags": "theirs"}
    await clouds["east"].put("shared", body)
    with pytest.raises(Rejected) as refusal:
        await driver.apply(own("shared", "words").request, Known())
    assert refusal.value.diagnostic.code == "VTN-E306"
    assert await driver.strangers([{"stack": {"name": "x"}}], [], Known()) == ()
    await clouds["east"].put("old", {**body, "tags": "vtnmd"})
    found = await driver.strangers([{"stack": {"name": "x"}}], [], Known())
    assert found == (Stranger("stack", "old", "stacks", "CREATE_COMPLETE, tags vtnmd"),)
