"""The Heat rig over the API in the form of CloudFormation, proving itself by the token of the login."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.contract.rig import Rig
from tests.contract.rig_heat import HeatRig, opened, region


@asynccontextmanager
async def open_rig(folder: Path) -> AsyncIterator[Rig]:
    async with region(folder) as (simulator, ca_file), opened(HeatRig(simulator, ca_file, "cloudformation")) as rig:
        yield rig
