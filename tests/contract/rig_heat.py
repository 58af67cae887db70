"""The Heat rig: a simulated OpenStack region over TLS, asked through Heat's own API."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.contract.rig import FAULTS, Rig, Step, Trouble, fault_of
from tests.support.certificates import self_signed
from vtnmd.domain.address import Address
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Request
from vtnmd.domain.tree import Ref, Tree
from vtnmd.lab.heat import HeatSimulator, start_heat
from vtnmd.lab.http_server import Certificate
from vtnmd.lab.keystone import PROJECT_ID, Login
from vtnmd.southbound.cloud import Cloud
from vtnmd.southbound.heat import HeatDriver, Pace, stacks_of
from vtnmd.southbound.heat_query import marked
from vtnmd.southbound.ports import Driver

PASSWORD = "correct horse"
VLAN = 100


@asynccontextmanager
async def open_rig(folder: Path) -> AsyncIterator[Rig]:
    async with region(folder) as (simulator, ca_file), opened(HeatRig(simulator, ca_file)) as rig:
        yield rig


@asynccontextmanager
async def region(folder: Path) -> AsyncIterator[tuple[HeatSimulator, Path]]:
    """A region that holds nothing, and what its certificate leads to."""
    certificate = Certificate(*self_signed(folder))
    simulator = await start_heat(Login(password=PASSWORD, region="east"), certificate=certificate, delay=0.02)
    try:
        yield simulator, certificate.certificate
    finally:
        await simulator.aclose()


@asynccontextmanager
async def opened(rig: "HeatRig") -> AsyncIterator[Rig]:
    try:
        yield rig
    finally:
        await rig.driver.aclose()


class HeatRig:
    """A network stack is the parent; the child's server is attached to it. The rival wants the address of the child's port."""

    rival_code = "VTN-E305"
    troubles = frozenset(FAULTS)

    def __init__(self, simulator: HeatSimulator, ca_file: Path, api: str = "native", keys: tuple[str, str] | None = None) -> None:
        """`keys` are the access key and the secret key of an EC2 credential."""
        self._simulator, self._ca_file, self._api, self._keys = simulator, ca_file, api, keys
        self.driver = self._connect(ca_file)
        self.parent = network("shop-network", "first words", "")
        self.parent_changed = network("shop-network", "other words", "first words")
        self.parent_gone = _gone(self.parent)
        self.child = servers("shop-web")
        self.child_gone = _gone(self.child)
        self.rival = servers("shop-rival")

    def stranger(self) -> Driver:
        """Where requests are signed, one with a wrong key to sign with."""
        return self._connect(self._ca_file, "wrong")

    def doubter(self) -> Driver | None:
        return self._connect(None)

    def named(self, text: str) -> Step:
        return network("shop-network", "first words", "", description=text)

    def several(self, count: int) -> list[Step]:
        return [network(f"shop-{number}", f"number {number}", "", VLAN + number) for number in range(count)]

    async def tamper(self) -> str:
        stack = self._simulator.stacks.find("shop-network")
        template = {**stack.given, "resources": _network_template("somebody else's words", VLAN)["resources"]}
        self._simulator.stacks.update(stack, template, stack.tags, stack.timeout)
        assert stack.task
        await stack.task
        return "template/resources/network/properties/name"

    async def intrude(self) -> Stranger:
        for name, tags in (("intruder", ["vtnmd", "old"]), ("somebody-elses", ["theirs"])):
            template = {**_network_template(name, VLAN + len(name)), "description": marked("", tags)}
            stack = self._simulator.stacks.create(PROJECT_ID, name, template, tags, 5)
            assert stack.task
            await stack.task
        return Stranger("stack", "intruder", "stacks", "CREATE_COMPLETE, tags old, vtnmd")

    async def cause(self, trouble: Trouble | None) -> None:
        await self._simulator.set_fault(fault_of(trouble))

    def _connect(self, ca_file: Path | None, secret: str = "") -> Driver:
        settings: dict[str, Any] = {
            "auth-url": self._simulator.auth_url,
            "region-name": "east",
            "username": "admin",
            "password": "env:PASSWORD",
            "physical-network": "physnet1",
            "api": self._api,
        }
        secrets = {"env:PASSWORD": PASSWORD if self._keys else secret or PASSWORD}
        if self._keys:
            settings["ec2-credentials"] = {"access-key": self._keys[0], "secret-key": "env:KEY"}
            secrets["env:KEY"] = secret or self._keys[1]
        if ca_file:
            settings["ca-file"] = str(ca_file)
        cloud = Cloud({"name": "heat", "timeout": 1, "concurrency": 4, "heat": settings}, secrets.__getitem__)
        return HeatDriver(stacks_of(cloud), Pace(first=0.02, longest=0.1))


def _network_template(text: str, vlan: int) -> Mapping[str, Any]:
    provider = {"provider:network_type": "vlan", "provider:physical_network": "physnet1", "provider:segmentation_id": vlan}
    pool = {"start": "10.1.0.10", "end": "10.1.0.99"}
    subnet = {
        "network": {"get_resource": "network"},
        "cidr": "10.1.0.0/24",
        "gateway_ip": "10.1.0.1",
        "enable_dhcp": False,
        "allocation_pools": [pool],
    }
    return {
        "heat_template_version": "2021-04-16",
        "resources": {
            "network": {"type": "OS::Neutron::Net", "properties": {"name": text, "value_specs": provider | {"mtu": 1450}}},
            "subnet": {"type": "OS::Neutron::Subnet", "properties": subnet},
        },
        "outputs": {"network": {"value": {"get_resource": "network"}}},
    }


def network(name: str, text: str, before: str, vlan: int = VLAN, description: str = "") -> Step:
    """A network named `text` on a VLAN; undo restores the name `before`, or removes the stack where that is empty.

    Neutron takes no name like a text of `description`, which is the template's.
    """
    template = {**_network_template(text, vlan), **({"description": description} if description else {})}
    stack = {"name": name, "template": template, "tags": ["vtnmd", "service=shop"], "timeout": 5}
    undo = {"put": {**stack, "template": _network_template(before, vlan)}} if before else {"remove": {"name": name}}
    return _step(stack, undo, {"network_id": "network"})


def servers(name: str) -> Step:
    """One server with a port of a fixed address on the network of the parent."""
    address = Address("east", "heat", "stack", ("shop-network",))
    port = {"network": Ref(address, "network_id"), "fixed_ips": [{"ip_address": "10.1.0.10"}]}
    server = {
        "image": "debian-12",
        "flavor": "small",
        "networks": [{"port": {"get_resource": "port"}}],
        "config_drive": True,
    }
    template = {
        "heat_template_version": "2021-04-16",
        "resources": {
            "port": {"type": "OS::Neutron::Port", "properties": port},
            "server": {"type": "OS::Nova::Server", "properties": server},
        },
        "outputs": {"address": {"value": {"get_attr": ["server", "first_address"]}}},
    }
    return _step(
        {"name": name, "template": template, "tags": ["vtnmd"], "timeout": 5}, {"remove": {"name": name}}, {"address": "address"}
    )


def _step(stack: Mapping[str, Tree], undo: Tree, attributes: Mapping[str, str]) -> Step:
    address = Address("east", "heat", "stack", (stack["name"],))
    payload = {"put": stack, "attributes": attributes}
    request = Request("1", address.endpoint_id, 0, (address,), payload, undo, ())
    return Step(request, {address: {"stack": stack, "attributes": attributes}})


def _gone(made: Step) -> Step:
    (address,) = made.request.changes
    name = made.request.payload["put"]["name"]
    request = Request("1", address.endpoint_id, 0, (address,), {"remove": {"name": name}}, made.request.payload, ())
    return Step(request, {address: {"absent": {"name": name}}})
