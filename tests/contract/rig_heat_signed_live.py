"""The Heat rig against a genuine OpenStack, over its API in the form of CloudFormation, signed with an EC2 credential."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.contract.rig import Rig
from tests.contract.rig_heat_query_live import LiveQueryRig, closing, emptied
from tests.support.ec2 import delete_ec2_credential, make_ec2_credential
from vtnmd.southbound.cloud import in_thread


@asynccontextmanager
async def open_rig(folder: Path) -> AsyncIterator[Rig]:
    async with emptied() as cloud:
        url, ca_file = cloud.settings["auth-url"], cloud.settings["ca-file"]
        keys = await in_thread(lambda: make_ec2_credential(url, cloud.password, ca_file))
        try:
            async with closing(LiveQueryRig(cloud, keys)) as rig:
                yield rig
        finally:
            await in_thread(lambda: delete_ec2_credential(url, cloud.password, keys[0], ca_file))
