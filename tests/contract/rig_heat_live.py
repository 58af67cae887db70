"""The Heat rig against the genuine OpenStack that VTNMD_LIVE_OPENSTACK names by the URL of its Keystone (lab/openstack).

VTNMD_LIVE_OPENSTACK_PASSWORD_FILE holds the password of its user admin, VTNMD_LIVE_OPENSTACK_CA the certificate of its authority.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.contract.rig import Rig, Step, Trouble
from tests.contract.rig_heat import VLAN, _gone, _network_template, network, servers
from tests.support.openstack import LiveCloud, connected, driver_of, live_cloud, own_region
from vtnmd.domain.drift import Stranger
from vtnmd.southbound.ports import Driver


@asynccontextmanager
async def open_rig(folder: Path) -> AsyncIterator[Rig]:
    cloud = live_cloud(own_region())
    await cloud.clear()
    rig = LiveHeatRig(cloud)
    try:
        yield rig
    finally:
        await rig.driver.aclose()
        await cloud.clear()
        await cloud.aclose()


class LiveHeatRig:
    """The steps of HeatRig. Nothing brings trouble on this cloud."""

    rival_code = "VTN-E305"
    troubles: frozenset[Trouble] = frozenset()

    def __init__(self, cloud: LiveCloud) -> None:
        self._cloud = cloud
        self.driver = _driver(cloud.settings, cloud.password)
        self.parent = network("shop-network", "first words", "")
        self.parent_changed = network("shop-network", "other words", "first words")
        self.parent_gone = _gone(self.parent)
        self.child = servers("shop-web")
        self.child_gone = _gone(self.child)
        self.rival = servers("shop-rival")

    def stranger(self) -> Driver:
        return _driver(self._cloud.settings, "wrong")

    def doubter(self) -> Driver | None:
        settings = {name: value for name, value in self._cloud.settings.items() if name != "ca-file"}
        return _driver(settings, self._cloud.password)

    def named(self, text: str) -> Step:
        return network("shop-network", "first words", "", description=text)

    def several(self, count: int) -> list[Step]:
        return [network(f"shop-{number}", f"number {number}", "", VLAN + number) for number in range(count)]

    async def tamper(self) -> str:
        template = _network_template("somebody else's words", VLAN)
        await self._cloud.put("shop-network", {"template": template, "tags": "vtnmd,service=shop"})
        return "template/resources/network/properties/name"

    async def intrude(self) -> Stranger:
        for name, tags in (("intruder", "vtnmd,old"), ("somebody-elses", "theirs")):
            await self._cloud.put(name, {"template": _network_template(name, VLAN + len(name)), "tags": tags})
        return Stranger("stack", "intruder", "stacks", "CREATE_COMPLETE, tags old, vtnmd")

    async def cause(self, trouble: Trouble | None) -> None:
        raise NotImplementedError(trouble)


def _driver(settings: Mapping[str, str], password: str) -> Driver:
    return driver_of(connected(settings, password))
