"""Laws of the simulated VTN Manager's RPCs that hold whatever it is asked."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from vtnmd.lab import vtn_rpcs
from vtnmd.lab.vtn_find import RpcError
from vtnmd.lab.vtn_state import EDGE_SWITCH, State
from vtnmd.lab.vtn_tree import operational_tree

TENANTS, BRIDGES, INTERFACES = ["a", "b"], ["x", "y"], ["i", "j"]

PLACE = {"tenant-name": st.sampled_from(TENANTS), "bridge-name": st.sampled_from(BRIDGES)}
INTERFACE = {**PLACE, "interface-name": st.sampled_from(INTERFACES)}
VLAN = st.integers(0, 2)
PORT = {"node": st.sampled_from(["openflow:1", "openflow:9"]), "port-id": st.sampled_from(["1", "2"]), "vlan-id": VLAN}
TEXT = {"description": st.text(max_size=3)}


UNTIMED = settings(deadline=None, max_examples=50)


def asked(rpc: Any, leaves: Any, optional: Any = None) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(rpc), st.fixed_dictionaries(leaves, optional=optional or {}))


CALLS = st.lists(
    st.one_of(
        asked(vtn_rpcs.update_vtn, {"tenant-name": st.sampled_from(TENANTS)}, TEXT),
        asked(vtn_rpcs.remove_vtn, {"tenant-name": st.sampled_from(TENANTS)}),
        asked(vtn_rpcs.update_vbridge, PLACE, TEXT),
        asked(vtn_rpcs.remove_vbridge, PLACE),
        asked(vtn_rpcs.update_vinterface, INTERFACE, TEXT),
        asked(vtn_rpcs.set_port_map, {**INTERFACE, **PORT}),
        asked(vtn_rpcs.remove_port_map, INTERFACE),
        asked(vtn_rpcs.add_vlan_map, {**PLACE, "vlan-id": VLAN}),
        asked(vtn_rpcs.remove_vlan_map, PLACE, {"map-ids": st.lists(st.sampled_from(["ANY.0", "ANY.1", "ANY.2"]))}),
    ),
    max_size=30,
)


def after(calls: Any) -> State:
    state = State(switches=EDGE_SWITCH)
    for rpc, leaves in calls:
        try:
            state, _ = rpc(state, leaves)
        except RpcError:
            continue
    return state


@UNTIMED
@given(CALLS)
def test_no_vlan_is_mapped_twice(calls: Any) -> None:
    bridges = [bridge for vtn in after(calls).vtns.values() for bridge in vtn.bridges.values()]
    maps = [vlan_map for bridge in bridges for vlan_map in bridge.vlan_maps]
    assert len(maps) == len(set(maps))


@UNTIMED
@given(CALLS)
def test_no_port_and_vlan_of_a_known_switch_is_mapped_twice(calls: Any) -> None:
    state = after(calls)
    interfaces = [
        interface for vtn in state.vtns.values() for bridge in vtn.bridges.values() for interface in bridge.interfaces.values()
    ]
    mapped = [(held.node, held.port_id, held.vlan_id) for interface in interfaces if (held := interface.port_map)]
    known = [entry for entry in mapped if entry[0] == "openflow:1"]
    assert len(known) == len(set(known))


@UNTIMED
@given(CALLS)
def test_removing_every_vtn_leaves_nothing(calls: Any) -> None:
    state = after(calls)
    for tenant in list(state.vtns):
        state, _ = vtn_rpcs.remove_vtn(state, {"tenant-name": tenant})
    assert not any(operational_tree(state).values())


@UNTIMED
@given(CALLS, st.sampled_from(TENANTS), st.sampled_from(BRIDGES))
def test_a_repeated_update_changes_nothing(calls: Any, tenant: str, bridge: str) -> None:
    state, _ = vtn_rpcs.update_vtn(after(calls), {"tenant-name": tenant, "description": "d"})
    once, _ = vtn_rpcs.update_vbridge(state, {"tenant-name": tenant, "bridge-name": bridge, "description": "d"})
    twice, output = vtn_rpcs.update_vbridge(once, {"tenant-name": tenant, "bridge-name": bridge, "description": "d"})
    assert (twice, output) == (once, {})
