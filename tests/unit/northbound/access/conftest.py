from typing import Any

import pytest

from vtnmd import assets
from vtnmd.northbound.access.passwords import Cost, hash_password
from vtnmd.yang.schema import Schema, load_schema

QUICK = Cost(4, 1, 1)
SECRET = "correct horse"
STORED = hash_password(SECRET, QUICK)


@pytest.fixture(scope="session")
def schema() -> Schema:
    return load_schema(("vtnmd-access", "ietf-netconf-acm"), (assets.YANG_MODELS,))


def access(*users: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"user": list(users), **{name.replace("_", "-"): value for name, value in others.items()}}


def ann(**said: Any) -> dict[str, Any]:
    return {"name": "ann", "password": STORED, **said}


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
