"""What is asked of the VTN Manager to learn how it behaves: short stories, each from a controller that holds no VTN.

The fabric below it is that of `lab.vtn_manager.fabric`.
"""

from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"
XML = "application/xml"
GOOD = "admin:admin"


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` follows `/restconf/`; a `body` that is no string is sent as JSON. `credentials` are `user:password`."""

    method: str
    path: str
    body: Any = None
    credentials: str = GOOD
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": JSON, "Accept": JSON})


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    calls: tuple[Call, ...]


def rpc(name: str, /, **leaves: Any) -> Call:
    """An RPC in JSON; underscores in the names of leaves stand for hyphens."""
    return Call("POST", f"operations/{name}", {"input": {leaf.replace("_", "-"): value for leaf, value in leaves.items()}})


def get(path: str, /, **changed: Any) -> Call:
    return Call("GET", path, headers={"Accept": JSON}, **changed)


def _vtn(name: str = "acme", **leaves: Any) -> Call:
    return rpc("vtn:update-vtn", tenant_name=name, **leaves)


def _no_vtn(name: str = "acme") -> Call:
    return rpc("vtn:remove-vtn", tenant_name=name)


def _bridge(name: str = "web", **leaves: Any) -> Call:
    return rpc("vtn-vbridge:update-vbridge", **({"tenant_name": "acme", "bridge_name": name} | leaves))


def _no_bridge(name: str = "web", **leaves: Any) -> Call:
    return rpc("vtn-vbridge:remove-vbridge", **({"tenant_name": "acme", "bridge_name": name} | leaves))


def _interface(name: str = "if1", **leaves: Any) -> Call:
    return rpc(
        "vtn-vinterface:update-vinterface", **({"tenant_name": "acme", "bridge_name": "web", "interface_name": name} | leaves)
    )


def _no_interface(name: str = "if1", **leaves: Any) -> Call:
    return rpc(
        "vtn-vinterface:remove-vinterface", **({"tenant_name": "acme", "bridge_name": "web", "interface_name": name} | leaves)
    )


def _port_map(name: str = "if1", **leaves: Any) -> Call:
    return rpc("vtn-port-map:set-port-map", **({"tenant_name": "acme", "bridge_name": "web", "interface_name": name} | leaves))


def _no_port_map(name: str = "if1", **leaves: Any) -> Call:
    return rpc("vtn-port-map:remove-port-map", **({"tenant_name": "acme", "bridge_name": "web", "interface_name": name} | leaves))


def _vlan_map(verb: str, **leaves: Any) -> Call:
    return rpc(f"vtn-vlan-map:{verb}-vlan-map", **({"tenant_name": "acme", "bridge_name": "web"} | leaves))


def _raw(body: str | None, **headers: str) -> Call:
    sent = {"Content-Type": JSON, "Accept": JSON} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Call("POST", "operations/vtn:update-vtn", body, headers={name: value for name, value in sent.items() if value})


_TREE = get("operational/vtn:vtns")
_ONE = get("operational/vtn:vtns/vtn/acme")
_WEB = get("operational/vtn:vtns/vtn/acme/vbridge/web")

_VTN = (
    Scenario(
        "a VTN is made, made again and removed twice", (_TREE, _vtn(), _TREE, _ONE, _vtn(), _no_vtn(), _no_vtn(), _TREE, _ONE)
    ),
    Scenario(
        "the fields of a VTN are added and set",
        (
            _vtn(description="shop", idle_timeout=100, hard_timeout=200),
            _ONE,
            _vtn(description="other"),
            _ONE,
            _vtn(description="other"),
            _vtn(operation="ADD", idle_timeout=50),
            _ONE,
            _vtn(operation="SET", description="third"),
            _ONE,
            _vtn(operation="SET"),
            _ONE,
            _vtn(operation="SET"),
            _vtn(description=""),
            _ONE,
            _vtn(operation="REMOVE", description="x"),
            _ONE,
        ),
    ),
    Scenario(
        "the update mode of a VTN",
        (
            _vtn(update_mode="MODIFY"),
            _vtn(update_mode="CREATE"),
            _vtn(update_mode="CREATE"),
            _vtn(update_mode="CREATE", description="x"),
            _vtn(update_mode="MODIFY"),
            _vtn(update_mode="MODIFY", description="x"),
            _vtn(update_mode="UPDATE", description="x"),
            _vtn(update_mode="REPLACE"),
            _vtn(operation="MERGE"),
            _ONE,
        ),
    ),
    Scenario(
        "names of VTNs",
        (
            _vtn("a" * 31),
            _vtn("a" * 32),
            _vtn(""),
            _vtn("acme-shop"),
            _vtn("_acme"),
            _vtn("9acme"),
            _vtn("acme shop"),
            _vtn("ünicode"),
            _vtn("ACME"),
            _vtn("acme"),
            rpc("vtn:update-vtn"),
            rpc("vtn:update-vtn", tenant_name=None),
            rpc("vtn:update-vtn", tenant_name=7),
            rpc("vtn:update-vtn", tenant_name=["acme"]),
            _no_vtn(""),
            _no_vtn("acme-shop"),
            rpc("vtn:remove-vtn"),
            _TREE,
        ),
    ),
    Scenario(
        "time-outs of a VTN",
        (
            _vtn(idle_timeout=0, hard_timeout=0),
            _ONE,
            _vtn(idle_timeout=65535),
            _vtn(idle_timeout=65536),
            _vtn(idle_timeout=-1),
            _vtn(idle_timeout="300"),
            _vtn(idle_timeout="soon"),
            _vtn(idle_timeout=1.5),
            _vtn(idle_timeout=600, hard_timeout=300),
            _ONE,
        ),
    ),
    Scenario(
        "text in a description",
        (
            _vtn(description='<&>"\\/\n\tü'),
            _ONE,
            _vtn(description=" x "),
            _ONE,
            _vtn(description="{{ 7 * 7 }}${java:version}"),
            _ONE,
        ),
    ),
)

_BRIDGE = (
    Scenario(
        "a vBridge is made, made again and removed twice",
        (
            _bridge(),
            _no_bridge(),
            _vtn(),
            _bridge(),
            _bridge(),
            _WEB,
            _TREE,
            _no_bridge(),
            _no_bridge(),
            _WEB,
            _TREE,
        ),
    ),
    Scenario(
        "the fields of a vBridge",
        (
            _vtn(),
            _bridge(description="first", age_interval=300),
            _WEB,
            _bridge(description="second"),
            _WEB,
            _bridge(operation="SET", description="third"),
            _WEB,
            _bridge(operation="SET"),
            _WEB,
            _bridge(age_interval=10),
            _bridge(age_interval=9),
            _bridge(age_interval=1000000),
            _bridge(age_interval=1000001),
            _WEB,
        ),
    ),
    Scenario(
        "the update mode of a vBridge",
        (
            _vtn(),
            _bridge(update_mode="MODIFY"),
            _bridge(update_mode="CREATE"),
            _bridge(update_mode="CREATE"),
            _bridge(update_mode="MODIFY"),
            _bridge(update_mode="MODIFY", age_interval=60),
            _bridge(update_mode="CREATE", tenant_name="nobody"),
        ),
    ),
    Scenario(
        "names of vBridges",
        (
            _vtn(),
            _bridge("bad-name"),
            _bridge("a" * 32),
            _bridge(""),
            rpc("vtn-vbridge:update-vbridge", tenant_name="acme"),
            rpc("vtn-vbridge:update-vbridge", bridge_name="web"),
            rpc("vtn-vbridge:update-vbridge"),
            rpc("vtn-vbridge:remove-vbridge", tenant_name="acme"),
            rpc("vtn-vbridge:remove-vbridge", bridge_name="web"),
            _no_bridge("bad-name"),
            _TREE,
        ),
    ),
    Scenario(
        "a VTN takes its vBridges with it",
        (
            _vtn(),
            _bridge(),
            _interface(),
            _vlan_map("add", vlan_id=100),
            _no_vtn(),
            _TREE,
            _vtn(),
            _ONE,
            _bridge(),
            _vlan_map("add", vlan_id=100),
            _WEB,
        ),
    ),
    Scenario("a vBridge takes its maps with it", (_vtn(), _bridge(), _vlan_map("add", vlan_id=100), _no_bridge(), _bridge(), _WEB)),
)

_INTERFACE = (
    Scenario(
        "a vInterface is made, made again and removed twice",
        (
            _interface(),
            _vtn(),
            _interface(),
            _no_interface(),
            _bridge(),
            _interface(),
            _interface(),
            _WEB,
            get("operational/vtn:vtns/vtn/acme/vbridge/web/vinterface/if1"),
            _no_interface(),
            _no_interface(),
            _WEB,
            get("operational/vtn:vtns/vtn/acme/vbridge/web/vinterface/if1"),
        ),
    ),
    Scenario(
        "the fields of a vInterface",
        (
            _vtn(),
            _bridge(),
            _interface(update_mode="MODIFY"),
            _interface(description="first", enabled=False),
            _WEB,
            _interface(description="second"),
            _WEB,
            _interface(operation="SET"),
            _WEB,
            _interface(update_mode="CREATE"),
            _interface(enabled="true"),
            _interface(enabled="yes"),
            _interface("bad-name"),
            rpc("vtn-vinterface:update-vinterface", tenant_name="acme", bridge_name="web"),
            rpc("vtn-vinterface:update-vinterface", tenant_name="acme", interface_name="if1"),
            rpc("vtn-vinterface:remove-vinterface", tenant_name="acme", bridge_name="web"),
            _interface(terminal_name="term"),
            _interface(router_name="router"),
            _WEB,
        ),
    ),
)

_PORT_MAP = (
    Scenario(
        "a port map by name, by number, again, elsewhere and removed twice",
        (
            _vtn(),
            _bridge(),
            _interface(),
            _no_port_map(),
            _port_map(node="openflow:1", port_name="s1-host"),
            _WEB,
            _port_map(node="openflow:1", port_name="s1-host"),
            _port_map(node="openflow:1", port_id="1"),
            _WEB,
            _port_map(node="openflow:1", port_id="1", port_name="s1-host"),
            _port_map(node="openflow:1", port_id="1", port_name="s1-host", vlan_id=100),
            _WEB,
            _port_map(node="openflow:2", port_name="s2-host"),
            _WEB,
            _no_port_map(),
            _WEB,
            _no_port_map(),
        ),
    ),
    Scenario(
        "a port map to what is not there",
        (
            _vtn(),
            _bridge(),
            _interface(),
            _port_map(node="openflow:9", port_name="s9-host"),
            _WEB,
            _port_map(node="openflow:1", port_name="nowhere"),
            _WEB,
            _port_map(node="openflow:1", port_id="77"),
            _WEB,
            _port_map(node="openflow:1", port_id="1", port_name="s1-trunk"),
            _WEB,
        ),
    ),
    Scenario(
        "a port map to a port that joins bridges",
        (_vtn(), _bridge(), _interface(), _port_map(node="openflow:1", port_name="s1-trunk", vlan_id=100), _WEB),
    ),
    Scenario(
        "two port maps of one port",
        (
            _vtn(),
            _bridge(),
            _interface("if1"),
            _interface("if2"),
            _port_map("if1", node="openflow:1", port_name="s1-host"),
            _port_map("if2", node="openflow:1", port_name="s1-host"),
            _WEB,
            _port_map("if2", node="openflow:1", port_name="s1-host", vlan_id=100),
            _WEB,
            _no_interface("if1"),
            _port_map("if2", node="openflow:1", port_name="s1-host"),
            _WEB,
        ),
    ),
    Scenario(
        "port maps of one port in two VTNs",
        (
            _vtn(),
            _bridge(),
            _interface(),
            _port_map(node="openflow:1", port_name="s1-host", vlan_id=100),
            _vtn("other"),
            _bridge(tenant_name="other"),
            _interface(tenant_name="other"),
            _port_map(tenant_name="other", node="openflow:1", port_name="s1-host", vlan_id=100),
            _port_map(tenant_name="other", node="openflow:1", port_name="s1-host", vlan_id=101),
            _no_vtn(),
            _port_map(tenant_name="other", node="openflow:1", port_name="s1-host", vlan_id=100),
            _TREE,
        ),
    ),
    Scenario(
        "a disabled vInterface with a port map",
        (
            _vtn(),
            _bridge(),
            _interface(enabled=False),
            _port_map(node="openflow:1", port_name="s1-host"),
            _WEB,
            _interface(enabled=True),
            _WEB,
        ),
    ),
    Scenario(
        "wrong port maps",
        (
            _port_map(node="openflow:1", port_name="s1-host"),
            _vtn(),
            _port_map(node="openflow:1", port_name="s1-host"),
            _bridge(),
            _port_map(node="openflow:1", port_name="s1-host"),
            _no_port_map(),
            _interface(),
            _port_map(),
            _port_map(node="openflow:1"),
            _port_map(port_name="s1-host"),
            _port_map(node="switch1", port_name="s1-host"),
            _port_map(node="openflow:1", port_name=""),
            _port_map(node="openflow:1", port_id="one"),
            _port_map(node="openflow:1", port_id=1),
            _port_map(node="openflow:1", port_name="s1-host", vlan_id=4095),
            _port_map(node="openflow:1", port_name="s1-host", vlan_id=4096),
            _port_map(node="openflow:1", port_name="s1-host", vlan_id=-1),
            rpc("vtn-port-map:set-port-map", tenant_name="acme", bridge_name="web", node="openflow:1", port_name="s1-host"),
            rpc("vtn-port-map:get-port-map", tenant_name="acme", bridge_name="web", interface_name="if1"),
            _WEB,
        ),
    ),
)

_VLAN_MAP = (
    Scenario(
        "a VLAN map on every node is made, made again and removed twice",
        (
            _vlan_map("add", vlan_id=100),
            _vlan_map("get", vlan_id=100),
            _vlan_map("remove", map_ids=["ANY.100"]),
            _vtn(),
            _vlan_map("add", vlan_id=100),
            _bridge(),
            _vlan_map("get", vlan_id=100),
            _vlan_map("remove", map_ids=["ANY.100"]),
            _vlan_map("add", vlan_id=100),
            _vlan_map("get", vlan_id=100),
            _WEB,
            get("operational/vtn:vtns/vtn/acme/vbridge/web/vlan-map/ANY.100"),
            _vlan_map("add", vlan_id=100),
            _vlan_map("remove", map_ids=["ANY.100"]),
            _WEB,
            _vlan_map("remove", map_ids=["ANY.100"]),
            _vlan_map("get", vlan_id=100),
            get("operational/vtn:vtns/vtn/acme/vbridge/web/vlan-map/ANY.100"),
        ),
    ),
    Scenario(
        "several VLAN maps are removed together",
        (
            _vtn(),
            _bridge(),
            _vlan_map("add", vlan_id=100),
            _vlan_map("add", vlan_id=101),
            _vlan_map("add", vlan_id=102),
            _WEB,
            _vlan_map("remove", map_ids=["ANY.100", "ANY.999", "ANY.101"]),
            _WEB,
            _vlan_map("remove", map_ids=["ANY.102", "ANY.102"]),
            _WEB,
        ),
    ),
    Scenario(
        "removing VLAN maps without naming them",
        (
            _vtn(),
            _bridge(),
            _vlan_map("remove"),
            _vlan_map("add", vlan_id=100),
            _vlan_map("add", vlan_id=101),
            _vlan_map("remove", map_ids=[]),
            _WEB,
            _vlan_map("add", vlan_id=100),
            _vlan_map("remove"),
            _WEB,
            _vlan_map("add", vlan_id=100),
            _vlan_map("remove", map_ids=["nonsense"]),
            _vlan_map("remove", map_ids=[""]),
            _WEB,
        ),
    ),
    Scenario(
        "a VLAN map on one node",
        (
            _vtn(),
            _bridge(),
            _vlan_map("add", node="openflow:1", vlan_id=100),
            _WEB,
            _vlan_map("get", node="openflow:1", vlan_id=100),
            _vlan_map("get", vlan_id=100),
            _vlan_map("add", node="openflow:1", vlan_id=100),
            _vlan_map("add", node="openflow:2", vlan_id=100),
            _vlan_map("add", vlan_id=100),
            _WEB,
            _vlan_map("add", node="openflow:9", vlan_id=100),
            _WEB,
            _vlan_map("add", node="switch1", vlan_id=100),
            _vlan_map("remove", map_ids=["openflow:1.100"]),
            _WEB,
        ),
    ),
    Scenario(
        "one VLAN on two vBridges",
        (
            _vtn(),
            _bridge(),
            _bridge("db"),
            _vlan_map("add", vlan_id=100),
            _vlan_map("add", bridge_name="db", vlan_id=100),
            _vlan_map("add", bridge_name="db", node="openflow:1", vlan_id=100),
            _vtn("other"),
            _bridge(tenant_name="other"),
            _vlan_map("add", tenant_name="other", vlan_id=100),
            _vlan_map("remove", map_ids=["ANY.100"]),
            _vlan_map("add", tenant_name="other", vlan_id=100),
            _vlan_map("add", bridge_name="db", vlan_id=100),
            _TREE,
            _no_vtn("other"),
        ),
    ),
    Scenario(
        "VLAN ids",
        (
            _vtn(),
            _bridge(),
            _vlan_map("add", vlan_id=0),
            _vlan_map("add"),
            _vlan_map("get"),
            _vlan_map("add", vlan_id=1),
            _vlan_map("add", vlan_id=4095),
            _vlan_map("add", vlan_id=4096),
            _vlan_map("add", vlan_id=-1),
            _vlan_map("add", vlan_id="100"),
            _vlan_map("add", vlan_id="many"),
            rpc("vtn-vlan-map:add-vlan-map", bridge_name="web", vlan_id=7),
            rpc("vtn-vlan-map:add-vlan-map", tenant_name="acme", vlan_id=7),
            _WEB,
        ),
    ),
    Scenario(
        "a VLAN map beside a port map",
        (
            _vtn(),
            _bridge(),
            _bridge("db"),
            _interface(),
            _port_map(node="openflow:1", port_name="s1-host", vlan_id=100),
            _vlan_map("add", vlan_id=100),
            _vlan_map("add", bridge_name="db", vlan_id=100),
            _WEB,
            get("operational/vtn:vtns/vtn/acme/vbridge/db"),
        ),
    ),
)

_NEW = {"input": {"tenant-name": "acme"}}

_PROTOCOL = (
    Scenario(
        "credentials",
        (
            get("operational/vtn:vtns", credentials="admin:wrong"),
            get("operational/vtn:vtns", credentials="nobody:admin"),
            get("operational/vtn:vtns", credentials=""),
            Call("POST", "operations/vtn:update-vtn", _NEW, credentials="admin:wrong"),
            Call("POST", "operations/vtn:update-vtn", _NEW, credentials=""),
        ),
    ),
    Scenario(
        "bodies that are not what they should be",
        (
            _raw(None),
            _raw(""),
            _raw("{}"),
            _raw("[]"),
            _raw("null"),
            _raw('{"input":{}}'),
            _raw('{"input":null}'),
            _raw('{"input":[]}'),
            _raw('{"input":{"tenant-name":"acme"'),
            _raw("no JSON"),
            _raw('{"output":{"tenant-name":"acme"}}'),
            _raw('{"input":{"tenant-name":"acme","colour":"blue"}}'),
            _raw('{"input":{"tenant-name":"acme"},"more":{}}'),
            _raw('{"input":{"tenant-name":"acme","tenant-name":"other"}}'),
            _raw('{"vtn:input":{"tenant-name":"acme"}}'),
            _raw('{"input":{"vtn:tenant-name":"acme"}}'),
            _raw('{"vtn-vbridge:input":{"tenant-name":"acme"}}'),
            _TREE,
        ),
    ),
    Scenario(
        "media types",
        (
            _raw('{"input":{"tenant-name":"acme"}}', Content_Type="text/plain"),
            _raw('{"input":{"tenant-name":"acme"}}', Content_Type=""),
            _raw('{"input":{"tenant-name":"acme"}}', Content_Type="application/yang-data+json"),
            _raw('{"input":{"tenant-name":"acme"}}', Content_Type="application/yang.data+json"),
            _raw('{"input":{"tenant-name":"acme"}}', Content_Type="application/yang.operation+json"),
            _raw('{"input":{"tenant-name":"acme"}}', Content_Type="application/json; charset=utf-8"),
            _raw('<input xmlns="urn:opendaylight:vtn"><tenant-name>acme</tenant-name></input>', Content_Type=XML, Accept=XML),
            _raw("<input><tenant-name>acme</tenant-name></input>", Content_Type=XML, Accept=XML),
            _raw('{"input":{"tenant-name":"bad-name"}}', Accept=XML),
            _raw('{"input":{"tenant-name":"acme","description":"x"}}', Accept=""),
            _raw('{"input":{"tenant-name":"acme"}}', Accept="application/yang-data+json"),
            _raw('{"input":{"tenant-name":"acme"}}', Accept="text/html"),
            Call("GET", "operational/vtn:vtns", headers={}),
            Call("GET", "operational/vtn:vtns", headers={"Accept": "*/*"}),
            Call("GET", "operational/vtn:vtns", headers={"Accept": XML}),
            Call("GET", "operational/vtn:vtns", headers={"Accept": "application/yang-data+json"}),
            Call("GET", "operational/vtn:vtns", headers={"Accept": "text/html"}),
            Call("GET", "operational/vtn:vtns/vtn/nobody", headers={"Accept": XML}),
        ),
    ),
    Scenario(
        "paths and methods",
        (
            _vtn(),
            rpc("vtn:rename-vtn", tenant_name="acme"),
            rpc("nothing:update-vtn", tenant_name="acme"),
            rpc("update-vtn", tenant_name="acme"),
            Call("GET", "operations/vtn:update-vtn", headers={"Accept": JSON}),
            Call("PUT", "operations/vtn:update-vtn", _NEW),
            Call("DELETE", "operational/vtn:vtns/vtn/acme", headers={"Accept": JSON}),
            get("config/vtn:vtns"),
            get("operational/vtn:nothing"),
            get("operational/nothing:vtns"),
            get("operational/vtn:vtns/vtn"),
            get("operational/vtn:vtns/vtn/acme/"),
            get("operational/vtn:vtns/vtn/acme/vtenant-config"),
            get("operational/vtn:vtns/vtn/acme/vtenant-config/idle-timeout"),
            get("operational/vtn:vtns/vtn/acme/vbridge/nothing"),
            get("operational/vtn:vtns/vtn/nobody/vbridge/web"),
            get("operational/vtn:vtns/vtn/acme-shop"),
            get("operational/vtn:vtns/vtn/acme?depth=1"),
            get("data/vtn:vtns"),
            get("nothing"),
            Call("POST", "operations/vtn-version:get-manager-version", headers={"Accept": JSON}),
            Call("POST", "operations/vtn-version:get-manager-version", {"input": {}}),
        ),
    ),
)

SCENARIOS = (*_VTN, *_BRIDGE, *_INTERFACE, *_PORT_MAP, *_VLAN_MAP, *_PROTOCOL)
