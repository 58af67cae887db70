import pytest

from tests.support.memory import Site
from vtnmd.usecases import connecting


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    site = Site()
    monkeypatch.setattr(connecting, "connect", site.connect)
    return site
