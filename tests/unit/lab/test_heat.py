"""The simulated OpenStack region, driven by openstacksdk's own client and by plain HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import httpx2
import pytest
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session
from openstack.connection import Connection
from openstack.exceptions import BadRequestException, ConflictException, HttpException

from vtnmd.lab.cloud_state import CloudLimits
from vtnmd.lab.heat import HeatSimulator, start_heat
from vtnmd.lab.keystone import PROJECT_ID, Login

pytestmark = [
    pytest.mark.anyio,
    # openstacksdk 4.22 warns of its own doings.
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
]

T = TypeVar("T")
VERSION = "2018-08-31"


@pytest.fixture
async def region() -> AsyncIterator[HeatSimulator]:
    running = await start_heat(Login(region="east"), limits=CloudLimits(servers=2), delay=0.01)
    yield running
    await running.aclose()


@pytest.fixture
async def client(region: HeatSimulator) -> AsyncIterator[Connection]:
    login = Password(
        region.auth_url,
        username="admin",
        password="secret",
        project_name="admin",
        user_domain_name="Default",
        project_domain_name="Default",
    )
    session = Session(login, timeout=5)
    opened = await blocking(lambda: Connection(session=session, region_name="east"))
    yield opened
    await blocking(opened.close)
    session.session.close()


async def blocking(call: Callable[[], T]) -> T:
    return await asyncio.to_thread(call)


def hot(resources: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return {"heat_template_version": VERSION, "resources": resources, **sections}


def network(vlan: int | None = 100, physical: str = "physnet1", **specs: Any) -> dict[str, Any]:
    provider = {"provider:network_type": "vlan", "provider:physical_network": physical, "provider:segmentation_id": vlan}
    return {"type": "OS::Neutron::Net", "properties": {"name": "web", "value_specs": {**(provider if vlan else {}), **specs}}}


def subnet(**properties: Any) -> dict[str, Any]:
    given = {"network": {"get_resource": "net"}, "cidr": "10.1.0.0/24", "gateway_ip": "10.1.0.1", "enable_dhcp": False}
    return {"type": "OS::Neutron::Subnet", "properties": given | properties}


def port(**properties: Any) -> dict[str, Any]:
    return {"type": "OS::Neutron::Port", "properties": {"network": {"get_resource": "net"}, **properties}, "depends_on": "sub"}


def server(port_name: str = "port", **properties: Any) -> dict[str, Any]:
    networks = [{"port": {"get_resource": port_name}}]
    return {"type": "OS::Nova::Server", "properties": {"image": "debian-12", "flavor": "small", "networks": networks, **properties}}


SHOP = hot(
    {"net": network(), "sub": subnet(), "port": port(fixed_ips=[{"ip_address": "10.1.0.10"}]), "front": server()},
    outputs={"address": {"value": {"get_attr": ["front", "first_address"]}}, "id": {"value": {"get_resource": "net"}}},
)


async def settle(region: HeatSimulator, name: str) -> str:
    """The state that a stack ends in."""
    stack = region.stacks.find(name)
    assert stack.task
    await stack.task
    return stack.status


async def make(region: HeatSimulator, template: Any, name: str = "shop") -> str:
    region.stacks.create(PROJECT_ID, name, template, (), 60)
    return await settle(region, name)


async def test_openstacksdk_makes_shows_and_removes_a_stack(region: HeatSimulator, client: Connection) -> None:
    heat = await blocking(lambda: client.orchestration)
    made = await blocking(lambda: heat.create_stack(stack_name="shop", template=SHOP, tags="vtnmd,service-shop"))
    assert await settle(region, "shop") == "CREATE_COMPLETE"
    found = await blocking(lambda: heat.find_stack("shop"))
    assert found is not None
    assert (found.id, found.status, found.tags) == (made.id, "CREATE_COMPLETE", ["vtnmd", "service-shop"])
    outputs = {output["output_key"]: output["output_value"] for output in found.outputs}
    assert outputs["address"] == "10.1.0.10"
    assert outputs["id"] == region.held()["networks"][0]["id"]
    resources = await blocking(lambda: list(heat.resources(found)))
    assert {resource.name: resource.status for resource in resources} == dict.fromkeys(SHOP["resources"], "CREATE_COMPLETE")
    assert (await blocking(lambda: heat.get_stack_template(found))).resources == SHOP["resources"]
    await blocking(lambda: heat.delete_stack(found))
    assert await settle(region, made.id) == "DELETE_COMPLETE"
    assert await blocking(lambda: heat.find_stack("shop")) is None
    assert not any(region.held().values())


async def test_a_stack_takes_its_time(region: HeatSimulator) -> None:
    stack = region.stacks.create(PROJECT_ID, "shop", SHOP, (), 60)
    assert (stack.status, stack.reason) == ("CREATE_IN_PROGRESS", "Stack CREATE started")
    assert not any(region.held()[kind] for kind in ("networks", "servers"))
    assert await settle(region, "shop") == "CREATE_COMPLETE"
    region.stacks.update(stack, SHOP, (), 60)
    assert stack.status == "UPDATE_IN_PROGRESS"
    assert await settle(region, "shop") == "UPDATE_COMPLETE"
    region.stacks.delete(stack)
    assert stack.status == "DELETE_IN_PROGRESS"
    assert await settle(region, stack.id) == "DELETE_COMPLETE"


async def test_an_update_changes_in_place_or_replaces(region: HeatSimulator, client: Connection) -> None:
    await make(region, SHOP)
    before = dict(region.held()["stacks"][0]["resources"])
    changed = hot(
        {**SHOP["resources"], "front": server(name="other", config_drive=True), "sub": subnet(dns_nameservers=["10.9.9.9"])}
    )
    found = await blocking(lambda: client.orchestration.find_stack("shop", ignore_missing=False))
    await blocking(lambda: client.orchestration.update_stack(found, template=changed))
    assert await settle(region, "shop") == "UPDATE_COMPLETE"
    after = region.held()["stacks"][0]["resources"]
    assert {name for name in before if before[name] != after[name]} == {"front"}
    held = region.held()
    assert [entry["name"] for entry in held["servers"]] == ["other"]
    assert held["subnets"][0]["dns_nameservers"] == ["10.9.9.9"]
    assert region.stacks.find("shop").tags == ()


async def test_a_name_belongs_to_one_stack(region: HeatSimulator, client: Connection) -> None:
    await make(region, SHOP)
    with pytest.raises(ConflictException, match="already exists"):
        await blocking(lambda: client.orchestration.create_stack(stack_name="shop", template=SHOP))


@pytest.mark.parametrize("body", [{"tags": ["a"]}, {"tags": "x" * 81}, {"timeout_mins": "soon"}, {"parameters": {"a": 1}}])
async def test_malformed_requests(client: Connection, body: dict[str, Any]) -> None:
    with pytest.raises(BadRequestException):
        await blocking(lambda: client.orchestration.create_stack(**({"stack_name": "shop", "template": SHOP} | body)))


@pytest.mark.parametrize("name", ["1shop", "a b", "", "x" * 256, "shop/web"])
async def test_names_that_heat_refuses(client: Connection, name: str) -> None:
    with pytest.raises(BadRequestException):
        await blocking(lambda: client.orchestration.create_stack(stack_name=name, template=SHOP))


async def test_validation_makes_nothing(region: HeatSimulator, client: Connection) -> None:
    assert (await blocking(lambda: client.orchestration.validate_template(SHOP))).parameters == {}
    with pytest.raises(HttpException, match="could not be found"):
        await blocking(lambda: client.orchestration.validate_template(hot({"x": {"type": "OS::No::Such"}})))
    assert not any(region.held().values())


FAILURES = {
    "VLAN in use": (hot({"net": network(100)}), "VLAN 100 on physical network physnet1 is in use"),
    "VLAN of no network": (hot({"net": network(5000)}), "out of range"),
    "unknown physical network": (hot({"net": network(101, "nowhere")}), "physical_network 'nowhere' unknown"),
    "MTU too large": (hot({"net": network(101, mtu=9001)}), "Requested MTU is too big"),
    "overlapping prefixes": (hot({"net": network(101), "a": subnet(), "b": subnet()}), "overlaps with another subnet"),
    "host bits": (hot({"net": network(101), "sub": subnet(cidr="10.1.0.1/24")}), "host bits set"),
    "pool outside": (
        hot({"net": network(101), "sub": subnet(allocation_pools=[{"start": "10.2.0.1", "end": "10.2.0.9"}])}),
        "spans beyond the subnet cidr",
    ),
    "gateway in a pool": (
        hot({"net": network(101), "sub": subnet(allocation_pools=[{"start": "10.1.0.1", "end": "10.1.0.9"}])}),
        "conflicts with allocation pool",
    ),
    "address outside": (
        hot({"net": network(101), "sub": subnet(), "port": port(fixed_ips=[{"ip_address": "10.9.0.1"}])}),
        "not a valid IP",
    ),
    "address in use": (
        hot(
            {"net": network(101), "sub": subnet(), "a": port(fixed_ips=[{"ip_address": "10.1.0.9"}])}
            | {"b": port(fixed_ips=[{"ip_address": "10.1.0.9"}])}
        ),
        "already allocated",
    ),
    "port in use": (
        hot({"net": network(101), "sub": subnet(), "port": port(), "a": server(), "b": server()}),
        "is still in use",
    ),
}


@pytest.mark.parametrize("name", [" blanks ", "two\nlines", "🚀"])
async def test_names_that_neutron_refuses(region: HeatSimulator, name: str) -> None:
    for kind, properties in (("OS::Neutron::Net", {}), ("OS::Neutron::Subnet", subnet()["properties"])):
        named = {"net": network(), "x": {"type": kind, "properties": {**properties, "name": name}}}
        assert await make(region, hot(named), kind.rpartition("::")[2]) == "CREATE_FAILED"
        failed = region.stacks.find(kind.rpartition("::")[2])
        assert f"Invalid input for name. Reason: '{name}' is not a valid string." in failed.reason
        assert failed.reason.splitlines()[-1].startswith("Neutron server returns request_ids: ['req-")
        region.stacks.delete(failed)
        await settle(region, failed.id)


async def test_resources_whose_turn_has_not_come_are_shown(region: HeatSimulator, client: Connection) -> None:
    assert await make(region, hot({"net": network(5000), "sub": subnet()})) == "CREATE_FAILED"
    stack = await blocking(lambda: client.orchestration.find_stack("shop"))
    assert stack is not None
    shown = await blocking(lambda: {entry.name: entry.status for entry in client.orchestration.resources(stack)})
    assert shown == {"net": "CREATE_FAILED", "sub": "INIT_COMPLETE"}


@pytest.mark.parametrize(("template", "words"), FAILURES.values(), ids=FAILURES)
async def test_stacks_that_fail_tell_why(region: HeatSimulator, template: Any, words: str) -> None:
    await make(region, hot({"net": network(100)}), "first")
    assert await make(region, template) == "CREATE_FAILED"
    failed = region.stacks.find("shop")
    assert failed.reason.startswith("Resource CREATE failed: ")
    assert words in failed.reason
    region.stacks.delete(failed)
    assert await settle(region, failed.id) == "DELETE_COMPLETE"
    assert [stack["name"] for stack in region.held()["stacks"]] == ["first"]
    assert len(region.held()["networks"]) == 1


async def test_no_room_for_another_server(region: HeatSimulator) -> None:
    many = {f"port{number}": port() for number in range(3)} | {f"front{number}": server(f"port{number}") for number in range(3)}
    assert await make(region, hot({"net": network(), "sub": subnet(), **many})) == "CREATE_FAILED"
    assert "No valid host was found" in region.stacks.find("shop").reason


async def test_addresses_are_given_from_the_pools(region: HeatSimulator) -> None:
    pools = [{"start": "10.1.0.10", "end": "10.1.0.11"}, {"start": "10.1.0.20", "end": "10.1.0.20"}]
    ports = {f"port{number}": port() for number in range(3)}
    assert await make(region, hot({"net": network(), "sub": subnet(allocation_pools=pools), **ports})) == "CREATE_COMPLETE"
    given = [fixed["ip_address"] for entry in region.held()["ports"] for fixed in entry["fixed_ips"]]
    assert given == ["10.1.0.10", "10.1.0.11", "10.1.0.20"]


async def test_a_network_without_a_vlan_is_given_one_of_the_clouds_own(region: HeatSimulator) -> None:
    await make(region, hot({"net": network(None)}))
    assert region.held()["networks"][0]["segmentation_id"] >= 2000


async def test_nothing_goes_that_is_in_use(region: HeatSimulator) -> None:
    await make(region, hot({"net": network(), "sub": subnet()}))
    user = {"type": "OS::Neutron::Port", "properties": {"network": "web"}}
    await make(region, hot({"port": user}), "user")
    region.stacks.delete(region.stacks.find("shop"))
    assert await settle(region, "shop") == "DELETE_FAILED"
    assert "One or more ports have an IP allocation" in region.stacks.find("shop").reason
    for stack in reversed(region.stacks.live()):
        region.stacks.delete(stack)
        assert await settle(region, stack.id) == "DELETE_COMPLETE"


async def test_servers_volumes_and_groups(region: HeatSimulator) -> None:
    template = hot(
        {
            "net": network(),
            "sub": subnet(),
            "group": {"type": "OS::Neutron::SecurityGroup", "properties": {"rules": [{"protocol": "tcp", "port_range_min": 22}]}},
            "rule": {"type": "OS::Neutron::SecurityGroupRule", "properties": {"security_group": {"get_resource": "group"}}},
            "apart": {"type": "OS::Nova::ServerGroup", "properties": {"policies": ["anti-affinity"]}},
            "port": port(security_groups=[{"get_resource": "group"}]),
            "front": server(config_drive=True, scheduler_hints={"group": {"get_resource": "apart"}}),
            "back": server(networks=[{"network": {"get_resource": "net"}, "fixed_ip": "10.1.0.30"}]) | {"depends_on": ["sub"]},
            "disk": {"type": "OS::Cinder::Volume", "properties": {"size": 10}},
            "mount": {
                "type": "OS::Cinder::VolumeAttachment",
                "properties": {"instance_uuid": {"get_resource": "front"}, "volume_id": {"get_resource": "disk"}},
            },
        },
        outputs={
            "both": {"value": {"list_join": ["+", [{"get_attr": ["back", "first_address"]}, {"get_attr": ["front", "name"]}]]}},
            "state": {"value": {"get_attr": ["disk", "status"]}},
            "wire": {"value": {"get_attr": ["port", "fixed_ips", 0, "ip_address"]}},
            "nowhere": {"value": {"get_attr": ["port", "fixed_ips", 7, "ip_address"]}},
        },
    )
    assert await make(region, template) == "CREATE_COMPLETE"
    held = region.held()
    assert {entry["status"] for entry in held["servers"]} == {"ACTIVE"}
    assert {entry["device_owner"] for entry in held["ports"]} == {"compute:nova"}
    outputs = {entry["output_key"]: entry["output_value"] for entry in region.stacks.outputs(region.stacks.find("shop"))}
    assert outputs["both"].startswith("10.1.0.30+shop-front-")
    assert (outputs["state"], outputs["wire"], outputs["nowhere"]) == ("in-use", "10.1.0.2", None)
    region.stacks.delete(region.stacks.find("shop"))
    await settle(region, held["stacks"][0]["id"])
    assert not any(region.held().values())


async def test_a_delete_ends_what_is_under_way(region: HeatSimulator) -> None:
    region.stacks.delay = 60
    stack = region.stacks.create(PROJECT_ID, "shop", SHOP, (), 60)
    region.stacks.delay = 0
    region.stacks.delete(stack)
    assert await settle(region, stack.id) == "DELETE_COMPLETE"
    assert not any(region.held().values())


async def test_ids_are_the_same_on_every_run() -> None:
    ids = []
    for _ in range(2):
        region = await start_heat(Login(region="east"), delay=0)
        await make(region, SHOP)
        ids.append(region.held()["stacks"][0]["resources"])
        await region.aclose()
    assert ids[0] == ids[1]


async def test_plain_http(region: HeatSimulator) -> None:
    root = f"{region.server.url}/heat-api/v1/{PROJECT_ID}"
    async with httpx2.AsyncClient(trust_env=False) as plain:
        assert (await plain.get(f"{root}/stacks")).status_code == 401
        user = {"name": "admin", "password": "secret", "domain": {"name": "Default"}}
        scope = {"project": {"name": "admin", "domain": {"name": "Default"}}}
        given = {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}
        wrong = {**given, "identity": {"methods": ["password"], "password": {"user": {**user, "password": "x"}}}}
        assert (await plain.post(f"{region.auth_url}/auth/tokens", json={"auth": wrong})).status_code == 401
        assert (await plain.post(f"{region.auth_url}/auth/tokens", content=b"{")).status_code == 400
        token = (await plain.post(f"{region.auth_url}/auth/tokens", json={"auth": given})).headers["X-Subject-Token"]
        plain.headers["X-Auth-Token"] = token
        assert (await plain.get(f"{region.server.url}/heat-api/v1/other/stacks")).status_code == 403
        missing = await plain.get(f"{root}/stacks/shop")
        assert (missing.status_code, missing.json()["error"]["type"]) == (404, "EntityNotFound")
        await make(region, SHOP)
        identity = region.stacks.find("shop").id
        for path in ("", "/template", "/resources", "/outputs"):
            moved = await plain.get(f"{root}/stacks/shop{path}")
            assert (moved.status_code, moved.headers["Location"]) == (302, f"{root}/stacks/shop/{identity}{path}")
            assert (await plain.get(moved.headers["Location"])).status_code == 200
        assert (await plain.get(f"{root}/stacks/other/{identity}")).status_code == 404
        assert (await plain.get(f"{root}/stacks/shop/{identity}/outputs/id")).json()["output"]["output_key"] == "id"
        assert (await plain.get(f"{root}/stacks/shop/{identity}/resources/none")).status_code == 404
        assert len((await plain.get(f"{root}/stacks", params={"name": "shop"})).json()["stacks"]) == 1
        assert not (await plain.get(f"{root}/stacks", params={"tags": "vtnmd"})).json()["stacks"]
        assert (await plain.patch(f"{root}/stacks/shop/{identity}", json={"tags": "vtnmd"})).status_code == 202
        assert await settle(region, "shop") == "UPDATE_COMPLETE"
        # Answers without data are pages for whoever does not ask for JSON.
        for accept, form in (("*/*", "text/html"), ("application/json", "application/json")):
            plain.headers["Accept"] = accept
            for method, path in (("PATCH", f"shop/{identity}"), ("GET", "shop"), ("GET", f"shop/{identity}/none")):
                answer = await plain.request(method, f"{root}/stacks/{path}", json={"tags": "vtnmd"})
                assert answer.headers["Content-Type"].startswith(form), (method, path)
            await settle(region, "shop")
        refused = await plain.put(f"{root}/stacks", json={})
        assert (refused.status_code, refused.json()["error"]["type"]) == (405, "HTTPMethodNotAllowed")
        assert len((await plain.get(f"{root}/stacks", params={"tags": "vtnmd", "limit": 1})).json()["stacks"]) == 1
        assert (await plain.delete(f"{root}/stacks/shop/{identity}")).status_code == 204
        region.keystone.revoke_all()
        assert (await plain.get(f"{root}/stacks")).status_code == 401
