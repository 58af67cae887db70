"""What docs/security.md tells to put into the configuration is valid, and does what it says."""

import json
import re
from pathlib import Path

import pytest

from vtnmd import assets
from vtnmd.datastore.faults import Refused
from vtnmd.northbound.access.accounts import ACCESS, accounts_of
from vtnmd.northbound.nacm import NACM, authority_of
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import Schema, load_schema

PAGE = Path(__file__).parents[3] / "docs" / "security.md"
RULES, OPENID, KEYSTONE = (
    json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
)


@pytest.fixture(scope="module")
def served() -> Schema:
    return load_schema(("vtnmd-vtn", "vtnmd-access", "ietf-netconf-acm"), (assets.YANG_MODELS,))


def test_examples_are_valid(served: Schema) -> None:
    assert validate(served, {**RULES, **OPENID}) == ()
    assert validate(served, {**RULES, **KEYSTONE}) == ()
    keystone = accounts_of(served, KEYSTONE[ACCESS]).keystone
    assert keystone is not None
    assert {name: role.unbound for name, role in keystone.roles.items()} == {"member": False, "admin": True}
    provider = accounts_of(served, OPENID[ACCESS]).provider
    assert provider is not None
    assert provider.groups == {"network-operators": frozenset({"operators"})}


def test_operators_edit_services_and_nothing_else(served: Schema) -> None:
    authority = authority_of(served, RULES[NACM], "ann")
    authority.check_write({}, {"vtnmd-vtn:services": {"service": [{"name": "shop"}]}})
    for part in ("vtnmd-inventory:inventory", NACM):
        with pytest.raises(Refused):
            authority.check_write({}, {part: {"approvals": 1, "read-default": "deny"}})
