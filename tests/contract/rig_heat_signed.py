"""The Heat rig over the API in the form of CloudFormation, its requests signed with an EC2 credential of Keystone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.contract.rig import Rig
from tests.contract.rig_heat import PASSWORD, HeatRig, opened, region
from tests.support.ec2 import make_ec2_credential
from vtnmd.southbound.cloud import in_thread


@asynccontextmanager
async def open_rig(folder: Path) -> AsyncIterator[Rig]:
    async with region(folder) as (simulator, ca_file):
        keys = await in_thread(lambda: make_ec2_credential(simulator.auth_url, PASSWORD, str(ca_file)))
        async with opened(HeatRig(simulator, ca_file, "cloudformation", keys)) as rig:
            yield rig
