"""The RPCs for path policies and path maps of a simulated VTN Manager; see `vtnmd.lab.vtn_rpcs`."""

from dataclasses import replace

from vtnmd.domain.tree import Json
from vtnmd.lab.vtn_find import RpcError, absent, bad, find_vtn, missing, node_of, port_id_of, refuse_removal, status_of
from vtnmd.lab.vtn_state import Listed, State, with_vtn


def set_path_policy(state: State, given: Json) -> tuple[State, Json]:
    """A default cost that is left out is 0, whatever the operation."""
    if "id" not in given:
        raise missing("Path policy ID")
    refuse_removal(given)
    number = given["id"]
    before = state.policies.get(number)
    if before is None and given.get("present"):
        raise absent("Path policy", number)
    kept = before.get("vtn-path-cost", []) if before and given.get("operation", "ADD") == "ADD" else []
    costs = {cost["port-desc"]: cost for cost in kept} | {
        cost["port-desc"]: {"port-desc": _port(cost["port-desc"]), "cost": cost.get("cost", 1)}
        for cost in given.get("vtn-path-cost", ())
    }
    after = {"default-cost": given.get("default-cost", 0), **({"vtn-path-cost": list(costs.values())} if costs else {})}
    return replace(state, policies={**state.policies, number: after}), status_of(before, after)


def remove_path_policy(state: State, given: Json) -> tuple[State, Json]:
    if "id" not in given:
        raise missing("Path policy ID")
    if given["id"] not in state.policies:
        raise absent("Path policy", given["id"])
    return replace(state, policies={number: value for number, value in state.policies.items() if number != given["id"]}), None


def clear_path_policy(state: State, _given: Json) -> tuple[State, Json]:
    return replace(state, policies={}), {"status": "REMOVED"} if state.policies else {}


def _port(description: str) -> str:
    node, port_id, _ = description.split(",", 2)
    try:
        node_of(node)
        if port_id:
            port_id_of(port_id)
    except RpcError as error:
        raise bad(f"Invalid vtn-port-desc: {description}: {error.message}") from None
    return description


def set_path_map(state: State, given: Json) -> tuple[State, Json]:
    wanted = given.get("path-map-list", ())
    if not wanted:
        raise RpcError("missing-element", "BADREQUEST", "At least one path map must be specified.")
    before = {entry["index"]: entry for entry in _maps(state, given) or ()}
    added: dict[int, Json] = {}
    for entry in wanted:
        checked = _map(entry)
        if checked["index"] in added:
            raise bad(f"Duplicate map index: {checked['index']}")
        added[checked["index"]] = checked
    results = [{"index": index, **status_of(before.get(index), entry)} for index, entry in added.items()]
    return _with_maps(state, given, tuple({**before, **added}.values())), {"set-path-map-result": results}


def remove_path_map(state: State, given: Json) -> tuple[State, Json]:
    held = _maps(state, given)
    wanted = list(dict.fromkeys(given.get("map-index", ())))
    if not wanted:
        raise missing("Path map index")
    there = {entry["index"] for entry in held or ()}
    results = [{"index": index, **({"status": "REMOVED"} if index in there else {})} for index in wanted]
    left = tuple(entry for entry in held or () if entry["index"] not in wanted)
    return state if held is None else _with_maps(state, given, left), {"remove-path-map-result": results}


def clear_path_map(state: State, given: Json) -> tuple[State, Json]:
    held = _maps(state, given)
    return state if held is None else _with_maps(state, given, None), {"status": "REMOVED"} if held else {}


def _map(given: Json) -> Json:
    """A path map as it is read."""
    if "index" not in given:
        raise missing("Path map index")
    if "condition" not in given:
        raise missing("Flow condition name")
    timeouts = {name: given[name] for name in ("idle-timeout", "hard-timeout") if name in given}
    if len(timeouts) == 1:
        raise bad(f"{'hard-timeout' if 'idle-timeout' in timeouts else 'idle-timeout'} must be specified.")
    if timeouts and 0 < timeouts["hard-timeout"] <= timeouts["idle-timeout"]:
        raise bad("idle-timeout must be less than hard-timeout.")
    return {"index": given["index"], "condition": given["condition"], "policy": given.get("policy", 0), **timeouts}


def _maps(state: State, given: Json) -> Listed:
    """The path maps of the VTN that is named, or those of all."""
    return find_vtn(state, given)[1].path_maps if "tenant-name" in given else state.path_maps


def _with_maps(state: State, given: Json, maps: Listed) -> State:
    if "tenant-name" not in given:
        return replace(state, path_maps=maps or ())
    tenant, vtn = find_vtn(state, given)
    return with_vtn(state, tenant, replace(vtn, path_maps=maps))
