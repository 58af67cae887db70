from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from vtnmd import assets
from vtnmd.yang.schema import Schema, load_schema

MODELS = Path(__file__).parent / "models"


@pytest.fixture(scope="session")
def plant() -> Schema:
    """A module with protected nodes, actions and entries of all kinds, and NETCONF's own operations."""
    return load_schema(("plant", "ietf-netconf", "ietf-netconf-acm"), (MODELS,))


@pytest.fixture(scope="session")
def served() -> Schema:
    """The modules that vtnmd ships, with accounts and access control."""
    return load_schema(("vtnmd-vtn", "vtnmd-traffic", "vtnmd-access", "ietf-netconf-acm"), (assets.YANG_MODELS,))


def nacm(*rules: dict[str, Any], users: Iterable[str] = ("ann",), group: str = "staff", **said: Any) -> dict[str, Any]:
    """/nacm with one group of `users` and one rule-list for it."""
    named = [{"name": f"r{number}", **rule} for number, rule in enumerate(rules)]
    return {
        **{name.replace("_", "-"): value for name, value in said.items()},
        "groups": {"group": [{"name": group, "user-name": list(users)}]},
        "rule-list": [{"name": "list", "group": [group], "rule": named}],
    }


def permit(path: str = "", accesses: str = "*", **said: str) -> dict[str, Any]:
    return _rule("permit", path, accesses, said)


def deny(path: str = "", accesses: str = "*", **said: str) -> dict[str, Any]:
    return _rule("deny", path, accesses, said)


def _rule(action: str, path: str, accesses: str, said: dict[str, str]) -> dict[str, Any]:
    rule = {name.replace("_", "-"): value for name, value in said.items()}
    return {**rule, **({"path": path} if path else {}), "access-operations": accesses, "action": action}
