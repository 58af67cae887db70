"""What the cases are run against."""

from pathlib import Path

import pytest

from tests.support.netconf import make_key


@pytest.fixture(scope="session")
def host_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private SSH key of a server."""
    path = tmp_path_factory.mktemp("ssh") / "host-key"
    make_key(path)
    return path
