"""What vtnmd sends to a VTN Manager fits the YANG modules of its RPCs."""

from typing import Any

import pytest

from tests.contract.rig import Step
from tests.contract.rig_odl import bridge, vlan_map
from tests.support.vtn_yang import why_wrong
from vtnmd.domain.tree import fill
from vtnmd.lab.vtn_input import RPCS

pytestmark = pytest.mark.vtn_models


def calls(step: Step) -> list[Any]:
    operation = fill([step.request.payload, step.request.undo], lambda _: "ANY.100")
    found = [call for half in operation for call in half["calls"]]
    return [*found, *(call["unless"] for call in found if "unless" in call)]


@pytest.mark.parametrize("step", [bridge("words", ""), bridge("words", "before"), vlan_map("web"), vlan_map("rival")])
def test_calls_of_the_contract_fit_the_modules(step: Step) -> None:
    for call in calls(step):
        assert (call["rpc"], why_wrong(call["rpc"], call["input"])) == (call["rpc"], "")


@pytest.mark.parametrize("rpc", sorted(set(RPCS) - {"vtn-version:get-manager-version"}))
def test_simulated_rpcs_take_leaves_that_the_modules_have(rpc: str) -> None:
    leaves, _ = RPCS[rpc]
    plausible = {
        "update-mode": "UPDATE",
        "operation": "SET",
        "vlan-id": 100,
        "idle-timeout": 300,
        "hard-timeout": 0,
        "age-interval": 600,
        "enabled": True,
        "map-ids": ["ANY.100"],
        "node": "openflow:1",
        "allowed-hosts": ["52:54:00:00:00:01@7", "@8"],
        "denied-hosts": ["52:54:00:00:00:02@8"],
        "present": True,
        "id": 1,
        "default-cost": "10",
        "vtn-path-cost": [{"port-desc": "openflow:1,2,", "cost": "100"}],
        "output": True,
        "indices": [10],
        "map-index": [10],
        "path-map-list": [{"index": 10, "condition": "x1", "policy": 1, "idle-timeout": 0, "hard-timeout": 0}],
        "vtn-flow-match": [
            {
                "index": 1,
                "vtn-ether-match": {"source-address": "52:54:00:00:00:01", "vlan-id": 7, "vlan-pcp": 3, "ether-type": 2048},
                "vtn-inet-match": {"source-network": "10.0.0.0/24", "protocol": 6, "dscp": 46},
                "tcp-source-range": {"port-from": 1, "port-to": 2},
            }
        ],
        "vtn-flow-filter": [
            {
                "index": 10,
                "condition": "x1",
                "vtn-redirect-filter": {"output": True, "redirect-destination": {"terminal-name": "x1", "interface-name": "x1"}},
                "vtn-flow-action": [
                    {"order": 1, "vtn-set-dl-src-action": {"address": "52:54:00:00:00:01"}},
                    {"order": 2, "vtn-set-inet-src-action": {"ipv4-address": "10.0.0.1/32"}},
                    {"order": 3, "vtn-set-icmp-code-action": {"code": 0}},
                ],
            }
        ],
    }
    assert why_wrong(rpc, {leaf: plausible.get(leaf, "x1") for leaf in leaves}) == ""


@pytest.mark.parametrize(
    ("rpc", "given"),
    [
        ("vtn:update-vtn", {"tenant-name": "acme", "idle-timeout": 65536}),
        ("vtn:update-vtn", {"tenant-name": "acme", "colour": "blue"}),
        ("vtn-vbridge:update-vbridge", {"tenant-name": "acme", "bridge-name": "web", "age-interval": 9}),
        ("vtn-vlan-map:add-vlan-map", {"tenant-name": "acme", "bridge-name": "web", "vlan-id": 4096}),
        ("vtn-vlan-map:no-such-rpc", {}),
    ],
)
def test_what_does_not_fit_is_found(rpc: str, given: Any) -> None:
    assert why_wrong(rpc, given)
