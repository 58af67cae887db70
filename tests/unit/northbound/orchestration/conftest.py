from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.memory import Site
from tests.support.orchestration import Desk
from vtnmd.usecases import connecting


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    site = Site()
    monkeypatch.setattr(connecting, "connect", site.connect)
    return site


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Iterator[Desk]:
    desk = Desk(tmp_path / "state", site)
    yield desk
    desk.store.close()
