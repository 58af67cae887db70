from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.rig import RIGS, Rig, open_rig


@pytest.fixture(params=RIGS)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with open_rig(request.param, tmp_path) as opened:
        yield opened
