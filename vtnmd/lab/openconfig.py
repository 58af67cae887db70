"""What a PE router holds in OpenConfig trees, as the templates of examples/own-device write them, in the words of vtnmd-pe.

So that a probe can follow a packet through a router of that family. Anything else that such a router may hold is passed over.
"""

from collections.abc import Iterator, Sequence

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.netconf.untyped import elements

_BACKUP = ":backup"


def as_pe(trees: Sequence[Json]) -> Json:
    """The container `pe` of vtnmd-pe."""
    top = [{"tag": "data", "children": list(trees)}]
    instances = list(_all(top, "network-instances", "network-instance"))
    found: dict[str, list[Json]] = {}
    for instance in instances:
        for member, entry in _instance(instance):
            found.setdefault(member, []).append(entry)
    members = {
        (_text(each, "id")): _text(instance, "name")
        for instance in instances
        for each in _all([instance], "interfaces", "interface")
    }
    for interface in _all(top, "interfaces", "interface"):
        for address in (*_all([interface], "routed-vlan", "ipv4", "addresses", "address"), *_addresses_6(interface)):
            gateway = {
                "name": _text(interface, "name"),
                "vrf": members.get(_text(interface, "name"), ""),
                "bridge-domain": _text(interface, "routed-vlan", "config", "vlan"),
                "address": _text(address, "ip"),
                "prefix-length": int(_text(address, "config", "prefix-length")),
            }
            found.setdefault("gateway", []).append(gateway)
    return found


def _addresses_6(interface: Json) -> Iterator[Json]:
    return _all([interface], "routed-vlan", "ipv6", "addresses", "address")


def _instance(instance: Json) -> Iterator[tuple[str, Json]]:
    name, kind = _text(instance, "name"), _text(instance, "config", "type")
    if kind == "L2VSI":
        yield "bridge-domain", {"name": name, "mtu": int(_text(instance, "config", "mtu")), "split-horizon": True}
        yield from _circuits(instance, name)
        yield from _pseudowires(instance, name)
    elif kind == "L3VRF":
        yield from _table(instance, name)
    else:
        yield from _paths(instance)


def _circuits(instance: Json, name: str) -> Iterator[tuple[str, Json]]:
    for each in _all([instance], "interfaces", "interface"):
        port, vlan = _text(each, "config", "interface"), int(_text(each, "config", "subinterface"))
        yield "attachment-circuit", {"name": _text(each, "id"), "bridge-domain": name, "interface": port, "vlan": vlan}


def _pseudowires(instance: Json, name: str) -> Iterator[tuple[str, Json]]:
    for point in _all([instance], "connection-points", "connection-point"):
        ends = {_text(end, "endpoint-id"): end for end in _all([point], "endpoints", "endpoint")}
        labels = {f"{way}-label": int(_text(end, "remote", "config", "virtual-circuit-identifier")) for way, end in ends.items()}
        path = _text(ends["out"], "remote", "config", "remote-system")
        yield (
            "pseudowire",
            {"name": _text(point, "connection-point-id"), "bridge-domain": name, "label-switched-path": path, **labels},
        )


def _table(instance: Json, name: str) -> Iterator[tuple[str, Json]]:
    policy: Json = next(_all([instance], "inter-instance-policies", "import-export-policy", "config"), {})
    lsps = {_text(lsp, "name"): lsp for lsp in _all([instance], "mpls", "lsps", "static-lsps", "static-lsp")}
    yield (
        "vrf",
        {
            "name": name,
            "route-distinguisher": _text(instance, "config", "route-distinguisher"),
            "import-target": _texts(policy, "import-route-target"),
            "export-target": _texts(policy, "export-route-target"),
            "label": int(_text(lsps[name], "egress", "config", "incoming-label")),
        },
    )
    for static in _all([instance], "protocols", "protocol", "static-routes", "static"):
        prefix = _text(static, "prefix")
        path = next((_text(hop, "index") for hop in _all([static], "next-hops", "next-hop")), "")
        label = int(_text(lsps[f"{name} {prefix}"], "ingress", "config", "push-label"))
        yield "vpn-route", {"vrf": name, "prefix": prefix, "label-switched-path": path, "label": label}


def _paths(instance: Json) -> Iterator[tuple[str, Json]]:
    labels = {
        _text(lsp, "name"): [int(label) for config in _all([lsp], "ingress", "config") for label in _texts(config, "push-label")]
        for lsp in _all([instance], "mpls", "lsps", "static-lsps", "static-lsp")
    }
    explicit = _all([instance], "mpls", "lsps", "constrained-path", "named-explicit-paths", "named-explicit-path")
    hops = {
        _text(path, "name"): [
            _text(hop, "config", "address") for hop in _all([path], "explicit-route-objects", "explicit-route-object")
        ]
        for path in explicit
    }
    for name, way in hops.items():
        if not name.endswith(_BACKUP):
            ways = {"primary": {"hop": way, "label": labels[name]}}
            if name + _BACKUP in hops:
                ways["backup"] = {"hop": hops[name + _BACKUP], "label": labels[name + _BACKUP]}
            yield "label-switched-path", {"name": name, "peer": way[-1], **ways}


def _all(trees: Sequence[Json], *names: str) -> Iterator[Json]:
    """The elements that a way of local names leads to."""
    first, *rest = names
    for tree in trees:
        for child in elements(tree) if tree is not None else ():
            if etree.QName(child["tag"]).localname == first:
                yield from _all([child], *rest) if rest else (child,)


def _text(tree: Json, *names: str) -> str:
    return next((_content(leaf) for leaf in _all([tree], *names)), "")


def _texts(tree: Json, name: str) -> list[str]:
    return [_content(leaf) for leaf in _all([tree], name)]


def _content(leaf: Json) -> str:
    return "".join(map(str, leaf.get("children", ())))
