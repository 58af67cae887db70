from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.memory import Site
from tests.support.orchestration import Desk


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Iterator[Desk]:
    desk = Desk(tmp_path / "state", site)
    yield desk
    desk.store.close()
