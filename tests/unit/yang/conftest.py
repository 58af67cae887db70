from pathlib import Path

import pytest

from vtnmd import assets
from vtnmd.yang.schema import Schema, load_schema

MODELS = Path(__file__).parent / "models"


@pytest.fixture(scope="session")
def harbour() -> Schema:
    """Small modules with one of everything, and an augment from a second module."""
    return load_schema(("harbour", "harbour-tide"), (MODELS,))


@pytest.fixture(scope="session")
def services() -> Schema:
    """The modules that vtnmd ships for services and inventories."""
    return load_schema(("vtnmd-vtn", "vtnmd-inventory"), (assets.YANG_MODELS,))
