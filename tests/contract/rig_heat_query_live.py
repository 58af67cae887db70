"""The Heat rig against a genuine OpenStack, over its API in the form of CloudFormation, with the token of the login."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.contract.rig import Rig
from tests.contract.rig_heat import VLAN, _network_template
from tests.contract.rig_heat_live import LiveHeatRig
from tests.support.openstack import LiveCloud, driver_of, live_cloud, own_region
from vtnmd.domain.drift import Stranger
from vtnmd.southbound.cloud import Cloud
from vtnmd.southbound.heat_query import marked
from vtnmd.southbound.ports import Driver


@asynccontextmanager
async def open_rig(folder: Path) -> AsyncIterator[Rig]:
    async with emptied() as cloud, closing(LiveQueryRig(cloud)) as rig:
        yield rig


@asynccontextmanager
async def emptied() -> AsyncIterator[LiveCloud]:
    """A region without stacks, before and after."""
    cloud = live_cloud(own_region())
    await cloud.clear()
    try:
        yield cloud
    finally:
        await cloud.clear()
        await cloud.aclose()


@asynccontextmanager
async def closing(rig: "LiveQueryRig") -> AsyncIterator[Rig]:
    try:
        yield rig
    finally:
        await rig.driver.aclose()


class LiveQueryRig(LiveHeatRig):
    """The steps of HeatRig; `keys` are the access key and the secret key of an EC2 credential, to sign with."""

    def __init__(self, cloud: LiveCloud, keys: tuple[str, str] | None = None) -> None:
        super().__init__(cloud)
        self._keys = keys
        self.driver = self._connect(cloud.settings)

    def stranger(self) -> Driver:
        return self._connect(self._cloud.settings, "wrong")

    def doubter(self) -> Driver | None:
        return self._connect({name: value for name, value in self._cloud.settings.items() if name != "ca-file"})

    async def tamper(self) -> str:
        description = marked("", ["service=shop", "vtnmd"])
        template = {**_network_template("somebody else's words", VLAN), "description": description}
        await self._cloud.put("shop-network", {"template": template})
        return "template/resources/network/properties/name"

    async def intrude(self) -> Stranger:
        for name, tags in (("intruder", ["vtnmd", "old"]), ("somebody-elses", ["theirs"])):
            template = {**_network_template(name, VLAN + len(name)), "description": marked("", tags)}
            await self._cloud.put(name, {"template": template})
        return Stranger("stack", "intruder", "stacks", "CREATE_COMPLETE, tags old, vtnmd")

    def _connect(self, settings: Mapping[str, str], wrong: str = "") -> Driver:
        secrets = {"env:PASSWORD": self._cloud.password if self._keys else wrong or self._cloud.password}
        heat = {**settings, "password": "env:PASSWORD", "physical-network": "fabric", "api": "cloudformation"}
        signing = {}
        if self._keys:
            secrets["env:KEY"] = wrong or self._keys[1]
            signing["ec2-credentials"] = {"access-key": self._keys[0], "secret-key": "env:KEY"}
        cloud = Cloud({"name": "heat", "timeout": 60, "concurrency": 4, "heat": {**heat, **signing}}, secrets.__getitem__)
        return driver_of(cloud)
