"""What the VTN Manager is asked about traffic: vTerminals, MAC maps, flow conditions and filters, path policies and maps."""

from typing import Any

from lab.vtn_manager.scenarios import Call, Scenario, get, rpc

_ONE = get("operational/vtn:vtns/vtn/acme")
_WEB = get("operational/vtn:vtns/vtn/acme/vbridge/web")
_FW = get("operational/vtn:vtns/vtn/acme/vterminal/fw")
_CONDITIONS = get("operational/vtn-flow-condition:vtn-flow-conditions")
_POLICIES = get("operational/vtn-path-policy:vtn-path-policies")
_GLOBAL_MAPS = get("operational/vtn-path-map:global-path-maps")

_VTN = rpc("vtn:update-vtn", tenant_name="acme")
_BRIDGE = rpc("vtn-vbridge:update-vbridge", tenant_name="acme", bridge_name="web")
_INTERFACE = rpc("vtn-vinterface:update-vinterface", tenant_name="acme", bridge_name="web", interface_name="if1")


def _terminal(verb: str = "update", **leaves: Any) -> Call:
    return rpc(f"vtn-vterminal:{verb}-vterminal", **({"tenant_name": "acme", "terminal_name": "fw"} | leaves))


def _inside(name: str, **leaves: Any) -> Call:
    """An RPC on the interface of the terminal."""
    return rpc(name, **({"tenant_name": "acme", "terminal_name": "fw", "interface_name": "if1"} | leaves))


def _mac_map(**leaves: Any) -> Call:
    return rpc("vtn-mac-map:set-mac-map", **({"tenant_name": "acme", "bridge_name": "web"} | leaves))


def _condition(*matches: Any, **leaves: Any) -> Call:
    return rpc("vtn-flow-condition:set-flow-condition", **({"name": "web", "vtn-flow-match": list(matches)} | leaves))


def _no_condition(**leaves: Any) -> Call:
    return rpc("vtn-flow-condition:remove-flow-condition", **leaves)


def _filter(*filters: Any, **leaves: Any) -> Call:
    return rpc("vtn-flow-filter:set-flow-filter", **({"tenant_name": "acme", "vtn-flow-filter": list(filters)} | leaves))


def _no_filter(**leaves: Any) -> Call:
    return rpc("vtn-flow-filter:remove-flow-filter", **({"tenant_name": "acme"} | leaves))


def _policy(**leaves: Any) -> Call:
    return rpc("vtn-path-policy:set-path-policy", **leaves)


def _no_policy(**leaves: Any) -> Call:
    return rpc("vtn-path-policy:remove-path-policy", **leaves)


def _map(*maps: Any, **leaves: Any) -> Call:
    return rpc("vtn-path-map:set-path-map", **({"path-map-list": list(maps)} | leaves))


def _no_map(**leaves: Any) -> Call:
    return rpc("vtn-path-map:remove-path-map", **leaves)


def _passing(index: Any = 10, **members: Any) -> dict[str, Any]:
    return {"index": index, "condition": "web", "vtn-pass-filter": {}} | members


def _action(order: int, kind: str, **leaves: Any) -> dict[str, Any]:
    return {"order": order, f"vtn-{kind}-action": {name.replace("_", "-"): value for name, value in leaves.items()}}


_TERMINALS = (
    Scenario(
        "a vTerminal is made, made again and removed twice",
        (
            _terminal(),
            _VTN,
            _terminal("remove"),
            _terminal(),
            _FW,
            _terminal(),
            _terminal(description="a firewall"),
            _terminal(operation="SET", description="another"),
            _ONE,
            _terminal(operation="SET"),
            _terminal(**{"update-mode": "CREATE"}),
            _terminal(**{"update-mode": "MODIFY", "terminal-name": "none"}),
            _terminal(**{"terminal-name": "bad-name"}),
            _terminal("remove"),
            _terminal("remove"),
            _ONE,
            rpc("vtn-vterminal:update-vterminal", tenant_name="acme"),
        ),
    ),
    Scenario(
        "the interface of a vTerminal and its port map",
        (
            _VTN,
            _terminal(),
            _inside("vtn-vinterface:update-vinterface"),
            _FW,
            _inside("vtn-vinterface:update-vinterface", interface_name="if2"),
            _inside("vtn-port-map:set-port-map", node="openflow:1", port_name="s1-host", vlan_id=7),
            _FW,
            _inside("vtn-port-map:set-port-map", node="openflow:1", port_name="s1-host", vlan_id=7),
            _BRIDGE,
            _INTERFACE,
            rpc(
                "vtn-port-map:set-port-map",
                tenant_name="acme",
                bridge_name="web",
                interface_name="if1",
                node="openflow:1",
                port_name="s1-host",
                vlan_id=7,
            ),
            _inside("vtn-vinterface:update-vinterface", enabled=False),
            _FW,
            _inside("vtn-vinterface:update-vinterface", terminal_name="none"),
            _inside("vtn-port-map:set-port-map", interface_name="none", node="openflow:1", port_name="s1-host"),
            _inside("vtn-port-map:remove-port-map"),
            _inside("vtn-port-map:remove-port-map"),
            _inside("vtn-vinterface:remove-vinterface"),
            _inside("vtn-vinterface:remove-vinterface"),
            _FW,
            _inside("vtn-vinterface:update-vinterface"),
            _inside("vtn-port-map:set-port-map", node="openflow:9", port_name="s9-host"),
            _FW,
            _terminal("remove"),
            _ONE,
        ),
    ),
)

_ONE_HOST, _OTHER_HOST = "52:54:00:00:00:01@7", "52:54:00:00:00:02@7"

_MAC_MAPS = (
    Scenario(
        "a MAC map is made, changed and removed",
        (
            _mac_map(**{"allowed-hosts": [_ONE_HOST]}),
            _VTN,
            _mac_map(**{"allowed-hosts": [_ONE_HOST]}),
            _BRIDGE,
            _mac_map(operation="SET"),
            _mac_map(operation="SET", **{"allowed-hosts": [_ONE_HOST, "@8"], "denied-hosts": [_OTHER_HOST]}),
            _WEB,
            _mac_map(operation="SET", **{"allowed-hosts": ["@8", _ONE_HOST], "denied-hosts": [_OTHER_HOST]}),
            _mac_map(**{"allowed-hosts": [_OTHER_HOST]}),
            _WEB,
            _mac_map(operation="REMOVE", **{"allowed-hosts": [_OTHER_HOST]}),
            _mac_map(operation="SET", **{"allowed-hosts": ["@8"]}),
            _WEB,
            _mac_map(operation="SET"),
            _WEB,
            _mac_map(operation="SET"),
        ),
    ),
    Scenario(
        "wrong MAC maps and conflicts between them",
        (
            _VTN,
            _BRIDGE,
            rpc("vtn-vbridge:update-vbridge", tenant_name="acme", bridge_name="db"),
            _mac_map(operation="SET", **{"allowed-hosts": [_ONE_HOST]}),
            _mac_map(bridge_name="db", operation="SET", **{"allowed-hosts": [_ONE_HOST]}),
            _mac_map(bridge_name="db", operation="SET", **{"allowed-hosts": ["52:54:00:00:00:01@8"]}),
            _mac_map(operation="SET", **{"allowed-hosts": [_ONE_HOST, "52:54:00:00:00:01@8"]}),
            _mac_map(operation="SET", **{"allowed-hosts": ["01:00:5e:00:00:01@7"]}),
            _mac_map(operation="SET", **{"allowed-hosts": ["00:00:00:00:00:00@7"]}),
            _mac_map(operation="SET", **{"allowed-hosts": ["ff:ff:ff:ff:ff:ff@7"]}),
            _mac_map(operation="SET", **{"denied-hosts": ["@7"]}),
            _mac_map(operation="SET", **{"denied-hosts": ["01:00:5e:00:00:01@7"]}),
            _mac_map(operation="SET", **{"allowed-hosts": ["52:54:00:00:00:01@4096"]}),
            _mac_map(operation="SET", **{"allowed-hosts": ["52:54:00:00:00:01"]}),
            _mac_map(operation="SET", **{"allowed-hosts": ["52:54:00:00:00:0A@1"]}),
            _mac_map(bridge_name="db", operation="SET", **{"denied-hosts": [_ONE_HOST]}),
            _mac_map(bridge_name="db", operation="SET", **{"allowed-hosts": ["@7"]}),
            _mac_map(operation="SET", **{"allowed-hosts": ["@7"]}),
            _WEB,
            rpc("vtn-vbridge:remove-vbridge", tenant_name="acme", bridge_name="db"),
            _mac_map(operation="SET", **{"allowed-hosts": ["@7"]}),
            _ONE,
        ),
    ),
)

_HTTP = {
    "index": 1,
    "vtn-ether-match": {
        "source-address": "52:54:00:00:00:01",
        "destination-address": "52:54:00:00:00:02",
        "vlan-id": 7,
        "vlan-pcp": 3,
    },
    "vtn-inet-match": {"source-network": "10.0.0.0/24", "destination-network": "10.0.1.7/32", "dscp": 46},
    "tcp-source-range": {"port-from": 1024, "port-to": 65535},
    "tcp-destination-range": {"port-from": 80},
}

_FLOW_CONDITIONS = (
    Scenario(
        "a flow condition is made, changed and removed twice",
        (
            _CONDITIONS,
            _condition(_HTTP),
            _CONDITIONS,
            get("operational/vtn-flow-condition:vtn-flow-conditions/vtn-flow-condition/web"),
            _condition(_HTTP, operation="SET"),
            _condition({"index": 2, "vtn-inet-match": {"protocol": 17}}),
            _CONDITIONS,
            _condition({"index": 2, "vtn-ether-match": {"ether-type": 2054}}, operation="SET"),
            _CONDITIONS,
            _condition(operation="SET"),
            _CONDITIONS,
            _condition(name="other", present=True),
            _no_condition(name="web"),
            _no_condition(name="web"),
            get("operational/vtn-flow-condition:vtn-flow-conditions/vtn-flow-condition/web"),
            _CONDITIONS,
        ),
    ),
    Scenario(
        "what the matches of a flow condition come back as",
        (
            _condition({"index": 1}, operation="SET"),
            _CONDITIONS,
            _condition({"index": 1, "vtn-inet-match": {"source-network": "10.0.0.7/24"}}, operation="SET"),
            _CONDITIONS,
            _condition({"index": 1, "vtn-inet-match": {"source-network": "10.0.0.7/32"}}, operation="SET"),
            _CONDITIONS,
            _condition({"index": 1, "vtn-inet-match": {"protocol": 6}}, operation="SET"),
            _CONDITIONS,
            _condition({"index": 1, "tcp-destination-range": {"port-from": 22, "port-to": 22}}, operation="SET"),
            _CONDITIONS,
            _condition({"index": 1, "udp-source-range": {"port-from": 53}}, operation="SET"),
            _CONDITIONS,
            _condition({"index": 1, "icmp-type": 8, "icmp-code": 0}, operation="SET"),
            _CONDITIONS,
            _condition({"index": 1, "vtn-ether-match": {"source-address": "52:54:00:00:00:AB"}}, operation="SET"),
            _CONDITIONS,
            _condition({"index": 1, "vtn-ether-match": {"vlan-id": 0}}, operation="SET"),
            _CONDITIONS,
            _condition({"index": 1, "vtn-ether-match": {}}, operation="SET"),
            _CONDITIONS,
            _condition({"index": 1, "vtn-ether-match": {"ether-type": 34525}}, operation="SET"),
            _CONDITIONS,
            _condition({"index": 1, "vtn-inet-match": {"source-network": "2001:db8::/64"}}, operation="SET"),
            _CONDITIONS,
            _no_condition(name="web"),
        ),
    ),
    Scenario(
        "wrong flow conditions",
        (
            rpc("vtn-flow-condition:set-flow-condition"),
            _condition(name="bad-name"),
            _condition(name=""),
            _condition({"vtn-ether-match": {"vlan-id": 7}}),
            _condition({"index": 0}),
            _condition({"index": 65536}),
            _condition({"index": 1}, {"index": 1, "vtn-inet-match": {"protocol": 6}}),
            _condition({"index": 1, "vtn-ether-match": {"vlan-id": 4096}}),
            _condition({"index": 1, "vtn-ether-match": {"vlan-id": 4095}}),
            _condition({"index": 1, "vtn-ether-match": {"vlan-pcp": 3}}),
            _condition({"index": 1, "vtn-ether-match": {"vlan-id": 0, "vlan-pcp": 3}}),
            _condition({"index": 1, "vtn-ether-match": {"vlan-pcp": 8}}),
            _condition({"index": 1, "vtn-ether-match": {"source-address": "52:54"}}),
            _condition({"index": 1, "vtn-ether-match": {"ether-type": 65536}}),
            _condition({"index": 1, "vtn-inet-match": {"dscp": 64}}),
            _condition({"index": 1, "vtn-inet-match": {"protocol": 256}}),
            _condition({"index": 1, "vtn-inet-match": {"source-network": "10.0.0.0"}}),
            _condition({"index": 1, "vtn-ether-match": {"ether-type": 2054}, "vtn-inet-match": {"protocol": 6}}),
            _condition({"index": 1, "vtn-inet-match": {"protocol": 17}, "tcp-source-range": {"port-from": 80}}),
            _condition({"index": 1, "vtn-ether-match": {"ether-type": 2054}, "tcp-source-range": {"port-from": 80}}),
            _condition({"index": 1, "tcp-source-range": {"port-from": 80}, "udp-source-range": {"port-from": 80}}),
            _condition({"index": 1, "tcp-source-range": {"port-from": 81, "port-to": 80}}),
            _condition({"index": 1, "tcp-source-range": {"port-to": 80}}),
            _condition({"index": 1, "icmp-type": 256}),
            _condition({"index": 1}, operation="REMOVE"),
            _no_condition(),
            _no_condition(name="bad-name"),
            _CONDITIONS,
            rpc("vtn-flow-condition:clear-flow-condition"),
            rpc("vtn-flow-condition:clear-flow-condition"),
        ),
    ),
)

_FLOW_FILTERS = (
    Scenario(
        "flow filters of a VTN, a vBridge and an interface",
        (
            _condition(),
            _filter(_passing()),
            _VTN,
            _filter(_passing()),
            _ONE,
            _filter(_passing()),
            _filter(_passing(20), {"index": 10, "condition": "web", "vtn-drop-filter": {}}),
            _ONE,
            _filter(_passing(), output=True),
            _ONE,
            _filter(_passing(), bridge_name="web"),
            _BRIDGE,
            _filter(_passing(), bridge_name="web"),
            _filter(_passing(), bridge_name="web", output=True),
            _INTERFACE,
            _filter(_passing(), bridge_name="web", interface_name="if1"),
            _filter(_passing(), bridge_name="web", interface_name="if1", output=True),
            _filter(_passing(), bridge_name="web", interface_name="none"),
            _ONE,
            _no_filter(indices=[10]),
            _no_filter(indices=[10, 20, 30]),
            _no_filter(bridge_name="web", indices=[10]),
            _no_filter(bridge_name="web", indices=[10]),
            _no_filter(bridge_name="web", output=True),
            _no_filter(bridge_name="web", output=True),
            _no_filter(bridge_name="web", interface_name="if1", output=True, indices=[]),
            _no_filter(bridge_name="web", interface_name="none", indices=[10]),
            _no_filter(tenant_name="none", indices=[10]),
            _ONE,
        ),
    ),
    Scenario(
        "flow filters of a vTerminal",
        (
            _VTN,
            _terminal(),
            _filter(_passing(), terminal_name="fw"),
            _inside("vtn-vinterface:update-vinterface"),
            _inside("vtn-flow-filter:set-flow-filter", **{"vtn-flow-filter": [_passing()]}),
            _inside("vtn-flow-filter:set-flow-filter", output=True, **{"vtn-flow-filter": [_passing()]}),
            _FW,
            _no_filter(terminal_name="fw", interface_name="if1", indices=[10]),
            _FW,
        ),
    ),
    Scenario(
        "what the actions of a flow filter come back as",
        (
            _VTN,
            _filter(
                _passing(
                    **{
                        "vtn-flow-action": [
                            _action(1, "set-dl-src", address="52:54:00:00:00:01"),
                            _action(2, "set-dl-dst", address="52:54:00:00:00:02"),
                            _action(3, "set-vlan-pcp", vlan_pcp=3),
                            _action(4, "set-inet-src", **{"ipv4-address": "10.0.0.1/32"}),
                            _action(5, "set-inet-dst", **{"ipv4-address": "10.0.0.2/32"}),
                            _action(6, "set-inet-dscp", dscp=46),
                            _action(7, "set-port-src", port=1024),
                            _action(8, "set-port-dst", port=80),
                        ]
                    }
                )
            ),
            _ONE,
            _filter(_passing(**{"vtn-flow-action": [_action(1, "set-icmp-type", type=8), _action(2, "set-icmp-code", code=0)]})),
            _ONE,
            _filter(
                {"index": 10, "condition": "web", "vtn-drop-filter": {}, "vtn-flow-action": [_action(1, "set-inet-dscp", dscp=1)]}
            ),
            _ONE,
            _filter(_passing(**{"vtn-flow-action": [_action(7, "set-inet-dscp", dscp=1), _action(3, "set-port-dst", port=80)]})),
            _ONE,
            _filter({"index": 10, "condition": "web"}),
            _ONE,
        ),
    ),
    Scenario(
        "redirecting flow filters",
        (
            _VTN,
            _BRIDGE,
            _INTERFACE,
            _terminal(),
            _inside("vtn-vinterface:update-vinterface"),
            *(
                _filter({"index": 10, "condition": "web", "vtn-redirect-filter": redirect}, bridge_name="web")
                for redirect in (
                    {"redirect-destination": {"terminal-name": "fw", "interface-name": "if1"}, "output": True},
                    {"redirect-destination": {"terminal-name": "fw", "interface-name": "if1"}},
                    {"redirect-destination": {"bridge-name": "web", "interface-name": "if1"}, "output": False},
                    {"redirect-destination": {"tenant-name": "acme", "bridge-name": "web", "interface-name": "if1"}},
                    {"redirect-destination": {"terminal-name": "none", "interface-name": "if1"}, "output": True},
                    {"redirect-destination": {"terminal-name": "fw"}, "output": True},
                    {"redirect-destination": {"interface-name": "if1"}},
                    {"redirect-destination": {"terminal-name": "bad-name", "interface-name": "if1"}},
                    {},
                )
            ),
            _WEB,
            _filter(
                {
                    "index": 10,
                    "condition": "web",
                    "vtn-redirect-filter": {"redirect-destination": {"bridge-name": "web", "interface-name": "if1"}},
                },
                bridge_name="web",
                interface_name="if1",
            ),
            _filter(
                {
                    "index": 10,
                    "condition": "web",
                    "vtn-redirect-filter": {
                        "redirect-destination": {"bridge-name": "web", "interface-name": "if1"},
                        "output": True,
                    },
                },
                bridge_name="web",
                interface_name="if1",
            ),
            _ONE,
        ),
    ),
    Scenario(
        "wrong flow filters",
        (
            _VTN,
            _filter(),
            _filter({"index": 10, "vtn-pass-filter": {}}),
            _filter({"condition": "web", "vtn-pass-filter": {}}),
            _filter(_passing(0)),
            _filter(_passing(65536)),
            _filter(_passing(condition="bad-name")),
            _filter(_passing(), _passing()),
            _filter(_passing(**{"vtn-drop-filter": {}})),
            _filter(_passing(**{"vtn-flow-action": [_action(1, "drop")]})),
            _filter(_passing(**{"vtn-flow-action": [_action(1, "pop-vlan")]})),
            _filter(_passing(**{"vtn-flow-action": [_action(1, "set-vlan-id", vlan_id=7)]})),
            _filter(_passing(**{"vtn-flow-action": [_action(1, "set-dl-src", address="ff:ff:ff:ff:ff:ff")]})),
            _filter(_passing(**{"vtn-flow-action": [_action(1, "set-dl-src", address="00:00:00:00:00:00")]})),
            _filter(_passing(**{"vtn-flow-action": [_action(1, "set-dl-src", address="01:00:5e:00:00:01")]})),
            _filter(_passing(**{"vtn-flow-action": [_action(1, "set-inet-src", **{"ipv4-address": "10.0.0.0/24"})]})),
            _filter(_passing(**{"vtn-flow-action": [_action(1, "set-inet-src", **{"ipv6-address": "2001:db8::1/128"})]})),
            _filter(_passing(**{"vtn-flow-action": [_action(1, "set-inet-dscp", dscp=64)]})),
            _filter(_passing(**{"vtn-flow-action": [_action(1, "set-inet-dscp", dscp=1), _action(1, "set-port-dst", port=80)]})),
            _filter(_passing(**{"vtn-flow-action": [_action(1, "set-port-src")]})),
            _filter(_passing(**{"vtn-flow-action": [{"order": 1}]})),
            _filter(_passing(**{"vtn-flow-action": [{"vtn-set-inet-dscp-action": {"dscp": 1}}]})),
            _filter(_passing(), bridge_name="bad-name"),
            rpc("vtn-flow-filter:set-flow-filter", **{"vtn-flow-filter": [_passing()]}),
            rpc("vtn-flow-filter:set-flow-filter", tenant_name="acme", interface_name="if1", **{"vtn-flow-filter": [_passing()]}),
            _no_filter(indices=[0]),
            _ONE,
        ),
    ),
)

_PATH_POLICIES = (
    Scenario(
        "a path policy is made, changed and removed twice",
        (
            _POLICIES,
            _policy(id=1),
            _POLICIES,
            _policy(
                id=1,
                operation="SET",
                **{"default-cost": 10, "vtn-path-cost": [{"port-desc": "openflow:1,2,s1-trunk", "cost": 100}]},
            ),
            _POLICIES,
            _policy(
                id=1,
                operation="SET",
                **{"default-cost": 10, "vtn-path-cost": [{"port-desc": "openflow:1,2,s1-trunk", "cost": 100}]},
            ),
            _policy(id=1, **{"vtn-path-cost": [{"port-desc": "openflow:2,,s2-trunk"}]}),
            _POLICIES,
            _policy(
                id=1,
                operation="SET",
                **{"vtn-path-cost": [{"port-desc": "openflow:2,2,"}, {"port-desc": "openflow:2,,", "cost": 9223372036854775807}]},
            ),
            get("operational/vtn-path-policy:vtn-path-policies/vtn-path-policy/1"),
            _policy(id=2, present=True),
            _no_policy(id=1),
            _no_policy(id=1),
            get("operational/vtn-path-policy:vtn-path-policies/vtn-path-policy/1"),
            _POLICIES,
        ),
    ),
    Scenario(
        "wrong path policies",
        (
            _policy(),
            _policy(id=0),
            _policy(id=4),
            _policy(id="one"),
            _policy(id=1, **{"default-cost": -1}),
            _policy(id=1, **{"vtn-path-cost": [{"cost": 1}]}),
            _policy(id=1, **{"vtn-path-cost": [{"port-desc": "openflow:1", "cost": 1}]}),
            _policy(id=1, **{"vtn-path-cost": [{"port-desc": "switch,2,x", "cost": 1}]}),
            _policy(id=1, **{"vtn-path-cost": [{"port-desc": "openflow:1,two,", "cost": 1}]}),
            _policy(id=1, **{"vtn-path-cost": [{"port-desc": "openflow:1,2,", "cost": 0}]}),
            _policy(id=1, **{"vtn-path-cost": [{"port-desc": "openflow:1,2,"}, {"port-desc": "openflow:1,2,", "cost": 2}]}),
            _policy(id=1, operation="REMOVE"),
            _no_policy(),
            _no_policy(id=4),
            _no_policy(id=0),
            _POLICIES,
            rpc("vtn-path-policy:clear-path-policy"),
            rpc("vtn-path-policy:clear-path-policy"),
        ),
    ),
)

_PATH_MAPS = (
    Scenario(
        "path maps of a VTN and of the whole controller",
        (
            _GLOBAL_MAPS,
            _map({"index": 10, "condition": "web"}),
            _GLOBAL_MAPS,
            _map({"index": 10, "condition": "web", "policy": 1, "idle-timeout": 30, "hard-timeout": 60}),
            _map({"index": 10, "condition": "web", "policy": 1, "idle-timeout": 30, "hard-timeout": 60}),
            _GLOBAL_MAPS,
            _map({"index": 10, "condition": "web"}, tenant_name="acme"),
            _VTN,
            _map({"index": 10, "condition": "web"}, {"index": 20, "condition": "none", "policy": 3}, tenant_name="acme"),
            _ONE,
            get("operational/vtn:vtns/vtn/acme/vtn-path-maps"),
            get("operational/vtn-path-map:global-path-maps/vtn-path-map/10"),
            _no_map(tenant_name="acme", **{"map-index": [10]}),
            _no_map(tenant_name="acme", **{"map-index": [10, 20, 30]}),
            _ONE,
            _no_map(**{"map-index": [10]}),
            _no_map(**{"map-index": [10]}),
            _no_map(),
            _no_map(tenant_name="none", **{"map-index": [10]}),
            get("operational/vtn-path-map:global-path-maps/vtn-path-map/10"),
            _GLOBAL_MAPS,
        ),
    ),
    Scenario(
        "wrong path maps",
        (
            _map(),
            _map({"index": 10}),
            _map({"condition": "web"}),
            _map({"index": 0, "condition": "web"}),
            _map({"index": 65536, "condition": "web"}),
            _map({"index": 10, "condition": "bad-name"}),
            _map({"index": 10, "condition": "web", "policy": 4}),
            _map({"index": 10, "condition": "web", "idle-timeout": 30}),
            _map({"index": 10, "condition": "web", "hard-timeout": 30}),
            _map({"index": 10, "condition": "web", "idle-timeout": 60, "hard-timeout": 30}),
            _map({"index": 10, "condition": "web", "idle-timeout": 60, "hard-timeout": 0}),
            _map({"index": 11, "condition": "web", "idle-timeout": 0, "hard-timeout": 30}),
            _map({"index": 10, "condition": "web"}, {"index": 10, "condition": "web"}),
            _map({"index": 10, "condition": "web"}, tenant_name="bad-name"),
            _GLOBAL_MAPS,
            rpc("vtn-path-map:clear-path-map"),
            rpc("vtn-path-map:clear-path-map"),
        ),
    ),
    Scenario(
        "a flow condition and a path policy that are in use are removed",
        (
            _condition(_HTTP),
            _policy(id=1),
            _VTN,
            _filter(_passing()),
            _map({"index": 10, "condition": "web", "policy": 1}, tenant_name="acme"),
            _no_condition(name="web"),
            _no_policy(id=1),
            _ONE,
        ),
    ),
)

TRAFFIC_SCENARIOS = (*_TERMINALS, *_MAC_MAPS, *_FLOW_CONDITIONS, *_FLOW_FILTERS, *_PATH_POLICIES, *_PATH_MAPS)
