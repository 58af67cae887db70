from functools import cache
from pathlib import Path

import pytest

from vtnmd.domain.plan import Plan
from vtnmd.usecases.plans import Planned, plan_service
from vtnmd.usecases.services import Source

SHOP = Path(__file__).parents[3] / "examples" / "global-shop"


@cache
def _planned(state: str) -> Planned:
    return plan_service(Source(SHOP, inventory=SHOP / "inventory.yaml"), state, "somebody")


@pytest.fixture
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """The first plan of examples/global-shop."""
    return _planned(str(tmp_path_factory.getbasetemp() / "no-state"))


@pytest.fixture
def plan(planned: Planned) -> Plan:
    return planned.plan
