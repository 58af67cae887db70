"""The same stacks, made by the simulated Heat and by a genuine one (lab/openstack): how they fare must be alike."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import pytest

from tests.support.openstack_pair import Heat, simulated_and_genuine

pytestmark = [pytest.mark.anyio, pytest.mark.live_openstack]


def hot(**resources: Any) -> dict[str, Any]:
    return {"heat_template_version": "2018-08-31", "resources": resources}


def net(vlan: int = 150, name: str = "x", **specs: Any) -> dict[str, Any]:
    provider = {"provider:network_type": "vlan", "provider:physical_network": "physnet1", "provider:segmentation_id": vlan}
    return {"type": "OS::Neutron::Net", "properties": {"name": name, "value_specs": {**provider, **specs}}}


def subnet(**properties: Any) -> dict[str, Any]:
    given = {"network": {"get_resource": "n"}, "cidr": "10.1.0.0/24", "enable_dhcp": False}
    return {"type": "OS::Neutron::Subnet", "properties": {**given, **properties}}


def port(address: str = "", after: str = "s", **properties: Any) -> dict[str, Any]:
    fixed = {"fixed_ips": [{"ip_address": address}]} if address else {}
    return {
        "type": "OS::Neutron::Port",
        "properties": {"network": {"get_resource": "n"}, **fixed, **properties},
        "depends_on": after,
    }


def server(name: str = "first", flavor: str = "small") -> dict[str, Any]:
    properties = {"name": name, "image": "debian-12", "flavor": flavor, "networks": [{"port": {"get_resource": "p"}}]}
    return {"type": "OS::Nova::Server", "properties": properties}


def volume(size: int) -> dict[str, Any]:
    attached = {"instance_uuid": {"get_resource": "v"}, "volume_id": {"get_resource": "d"}, "mountpoint": "/dev/vdb"}
    return {
        "d": {"type": "OS::Cinder::Volume", "properties": {"size": size, "name": "data"}},
        "t": {"type": "OS::Cinder::VolumeAttachment", "properties": attached},
    }


def group(name: str, *rules: Any) -> dict[str, Any]:
    return {"type": "OS::Neutron::SecurityGroup", "properties": {"name": name, "rules": list(rules)}}


HOSTED = {"n": net(), "s": subnet(), "p": port("10.1.0.9")}
RULE = {"direction": "ingress", "ethertype": "IPv4", "remote_ip_prefix": "10.1.0.0/24"}

COURSES: dict[str, list[dict[str, Any]]] = {
    "unknown physical network": [hot(n=net(150, "x", **{"provider:physical_network": "nope"}), s=subnet())],
    "VLAN of no network": [hot(n=net(5000))],
    "MTU too large": [hot(n=net(mtu=9001))],
    "name of no network": [hot(n=net(name=" blanks "))],
    "overlapping prefixes": [hot(n=net(), s=subnet(), s2={**subnet(), "depends_on": "s"})],
    "pool outside": [hot(n=net(), s=subnet(allocation_pools=[{"start": "10.2.0.1", "end": "10.2.0.9"}]))],
    "gateway outside": [hot(n=net(), s=subnet(gateway_ip="10.9.0.1"))],
    "gateway in a pool": [
        hot(n=net(), s=subnet(gateway_ip="10.1.0.5", allocation_pools=[{"start": "10.1.0.2", "end": "10.1.0.9"}]))
    ],
    "address in use": [hot(n=net(), s=subnet(), p=port("10.1.0.9"), q=port("10.1.0.9", after="p"))],
    "address outside": [hot(n=net(), s=subnet(), p=port("10.7.0.9"))],
    "VLAN changed": [hot(n=net(), s=subnet()), hot(n=net(151), s=subnet())],
    "prefix changed": [hot(n=net(), s=subnet()), hot(n=net(), s=subnet(cidr="10.2.0.0/24"))],
    "network renamed under a server": [hot(**HOSTED, v=server()), hot(**{**HOSTED, "n": net(name="y")}, v=server())],
    "server renamed, resized, gone": [
        hot(**HOSTED, v=server()),
        hot(**HOSTED, v=server("second")),
        hot(**HOSTED, v=server("second", "medium")),
        hot(**HOSTED),
    ],
    "volume grown": [hot(**HOSTED, v=server(), **volume(20)), hot(**HOSTED, v=server(), **volume(30))],
    "security group changed": [hot(g=group("g", RULE)), hot(g=group("h"))],
}


@pytest.fixture
async def both() -> AsyncIterator[tuple[Heat, Heat]]:
    async with simulated_and_genuine() as pair:
        for heat in pair:
            await anyio.to_thread.run_sync(heat.clear)
        yield pair
        for heat in pair:
            await anyio.to_thread.run_sync(heat.clear)


async def told_by(both: tuple[Heat, Heat], course: Callable[[Heat], list[str]]) -> tuple[list[str], list[str]]:
    simulated, genuine = [await anyio.to_thread.run_sync(course, heat) for heat in both]
    return simulated, genuine


@pytest.mark.parametrize("templates", COURSES.values(), ids=COURSES)
async def test_stacks_fare_alike(both: tuple[Heat, Heat], templates: list[dict[str, Any]]) -> None:
    def course(heat: Heat) -> list[str]:
        lines: list[str] = []
        for template in templates:
            before = heat.resources("a")
            heat.put("a", template)
            after = heat.resources("a")
            kept = [name for name in sorted(before) if name in after and same(before[name], after[name])]
            lines += [*heat.told("a"), f"kept: {' '.join(kept)}"]
        return lines

    simulated, genuine = await told_by(both, course)
    assert simulated == genuine


def same(before: Any, after: Any) -> bool:
    return bool(before["physical_resource_id"] == after["physical_resource_id"])


async def test_a_vlan_belongs_to_one_network(both: tuple[Heat, Heat]) -> None:
    def course(heat: Heat) -> list[str]:
        heat.put("a", hot(n=net(), s=subnet()))
        heat.put("b", hot(n=net(), s=subnet()))
        return [*heat.told("a"), *heat.told("b")]

    simulated, genuine = await told_by(both, course)
    assert simulated == genuine


async def test_what_is_in_use_does_not_go(both: tuple[Heat, Heat]) -> None:
    def course(heat: Heat) -> list[str]:
        heat.put("a", {**hot(n=net(), s=subnet()), "outputs": {"n": {"value": {"get_resource": "n"}}}})
        found = heat.find("a")
        assert found is not None
        network = found["outputs"][0]["output_value"]
        heat.put("b", hot(p={"type": "OS::Neutron::Port", "properties": {"network": network}}))
        heat.remove("a")
        lines = heat.told("a")
        heat.remove("b")
        heat.remove("a")
        return [*lines, *heat.told("a")]

    simulated, genuine = await told_by(both, course)
    assert simulated == genuine
