from typing import Any

import pytest

from tests.unit.northbound.nacm.conftest import deny, nacm, permit
from vtnmd.datastore.faults import Refused
from vtnmd.northbound.nacm import Counters, authority_of
from vtnmd.yang.schema import Schema

START = "/plant:hall/machine/start"


def may(schema: Schema, rules: Any, operation: str, user: str = "ann", **said: Any) -> bool:
    node = schema.describe(operation)
    target = (("plant:hall", ()), ("machine", ("lathe",))) if operation == START else ()
    try:
        authority_of(schema, rules, user, **said).check_execute(node, target)
    except Refused as error:
        (fault,) = error.faults
        assert (fault.tag, fault.type) == ("access-denied", "protocol")
        return False
    return True


@pytest.mark.parametrize(
    ("rules", "operation", "allowed"),
    [
        (None, "/plant:ring", True),
        (None, "/plant:melt", False),
        (None, "/ietf-netconf:kill-session", False),
        (None, "/ietf-netconf:delete-config", False),
        (None, "/ietf-netconf:get", True),
        ({"exec-default": "deny"}, "/plant:ring", False),
        ({"exec-default": "deny"}, "/ietf-netconf:close-session", True),
        (nacm(deny()), "/ietf-netconf:close-session", True),
        (nacm(deny(rpc_name="*")), "/plant:ring", False),
        (nacm(deny(rpc_name="ring")), "/plant:ring", False),
        (nacm(deny(rpc_name="ring", module_name="ietf-netconf")), "/plant:ring", True),
        (nacm(deny(rpc_name="ring", accesses="read create")), "/plant:ring", True),
        (nacm(deny(rpc_name="touch")), "/plant:ring", True),
        (nacm(deny("/plant:hall")), "/plant:ring", True),
        (nacm(permit(rpc_name="melt", accesses="exec")), "/plant:melt", True),
        (nacm(permit(rpc_name="kill-session")), "/ietf-netconf:kill-session", True),
        (nacm(permit(module_name="ietf-netconf")), "/ietf-netconf:kill-session", True),
        (nacm(permit(rpc_name="ring"), deny()), "/plant:ring", True),
    ],
)
def test_calls(plant: Schema, rules: Any, operation: str, allowed: bool) -> None:
    assert may(plant, rules, operation) is allowed
    assert may(plant, rules, operation, recovery=True)


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        (None, True),
        ({"exec-default": "deny"}, False),
        ({"read-default": "deny"}, False),
        (nacm(deny(START, "exec")), False),
        (nacm(deny(rpc_name="start")), True),
        (nacm(deny("/plant:hall/machine[name='press']", "exec")), True),
        (nacm(deny("/plant:hall/machine[name='lathe']", "exec")), False),
        (nacm(permit("/plant:hall/machine[name='lathe']/start"), exec_default="deny"), True),
        (nacm(permit("/plant:hall/machine[name='press']/start"), exec_default="deny"), False),
        (nacm(deny("/plant:hall/machine", "read")), False),
    ],
)
def test_an_action_is_data_that_is_executed(plant: Schema, rules: Any, allowed: bool) -> None:
    assert may(plant, rules, START) is allowed


@pytest.mark.parametrize(
    ("rules", "member", "told"),
    [
        (None, "plant:smoke", True),
        (None, "plant:theft", False),
        (None, "elsewhere:news", True),
        ({"read-default": "deny"}, "plant:smoke", False),
        ({"read-default": "deny"}, "nc-notifications:replayComplete", True),
        (nacm(deny(notification_name="smoke")), "plant:smoke", False),
        (nacm(deny(notification_name="smoke", accesses="exec update")), "plant:smoke", True),
        (nacm(permit(notification_name="*")), "plant:theft", True),
        (nacm(deny(module_name="plant")), "plant:smoke", False),
        (nacm(deny(rpc_name="smoke")), "plant:smoke", True),
    ],
)
def test_notifications(plant: Schema, rules: Any, member: str, told: bool) -> None:
    assert authority_of(plant, rules, "ann").may_receive(member) is told
    assert authority_of(plant, rules, "ann", recovery=True).may_receive(member)


def test_what_is_denied_is_counted(plant: Schema) -> None:
    counters = Counters()
    may(plant, None, "/plant:melt", counters=counters)
    may(plant, None, "/plant:ring", counters=counters)
    authority_of(plant, None, "ann", counters=counters).may_receive("plant:theft")
    assert counters.to_json() == {"denied-operations": 1, "denied-data-writes": 0, "denied-notifications": 1}
