"""The configuration of a PE router as values, read from the XML of the YANG module vtnmd-pe. Pure."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_interface, ip_network

from lxml import etree

_PE = "{urn:vtnmd:yang:vtnmd-pe}"

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Way:
    """`hops` are the backbone nodes after this one, `labels` the adjacency labels to push, the top first."""

    hops: tuple[str, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """A label-switched path; `ways` by name, `primary` and maybe `backup`, in this order."""

    name: str
    peer: str
    ways: tuple[tuple[str, Way], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """How a class treats packets towards the backbone."""

    dscp: int
    priority: int


@dataclass(frozen=True, slots=True)
class Policer:
    """In kbit/s and kbit."""

    rate: int
    burst: int


@dataclass(frozen=True, slots=True)
class Shaper:
    """In kbit/s."""

    committed: int
    peak: int


@dataclass(frozen=True, slots=True)
class Circuit:
    """An attachment circuit."""

    name: str
    domain: str
    interface: str
    vlan: int
    mark: Mark | None = None
    policer: Policer | None = None
    shaper: Shaper | None = None


@dataclass(frozen=True, slots=True)
class Domain:
    """A bridge domain."""

    name: str
    mtu: int
    split_horizon: bool = True


@dataclass(frozen=True, slots=True)
class Wire:
    """A pseudowire."""

    name: str
    domain: str
    path: str
    in_label: int
    out_label: int


@dataclass(frozen=True, slots=True)
class Vrf:
    name: str
    label: int
    imports: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gateway:
    """`address` is written with its prefix length."""

    name: str
    vrf: str
    domain: str
    address: str
    mac: str

    @property
    def network(self) -> Network:
        return ip_interface(self.address).network


@dataclass(frozen=True, slots=True)
class Route:
    """A prefix of a VPN that is behind another PE router, which takes it by `label`."""

    vrf: str
    prefix: str
    path: str
    label: int

    @property
    def network(self) -> Network:
        return ip_network(self.prefix, strict=False)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Entries of each list in the order of the document."""

    paths: tuple[Path, ...] = ()
    domains: tuple[Domain, ...] = ()
    circuits: tuple[Circuit, ...] = ()
    wires: tuple[Wire, ...] = ()
    vrfs: tuple[Vrf, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    routes: tuple[Route, ...] = ()


def read_configuration(data: etree._Element) -> Configuration:
    """Read what a validated datastore holds: `data` is any element with the container `pe` in it; without one, there is nothing."""
    root = data if data.tag == f"{_PE}pe" else data.find(f".//{_PE}pe")
    if root is None:
        return Configuration()
    return Configuration(
        paths=tuple(_path(each) for each in root.iterfind(f"{_PE}label-switched-path")),
        domains=tuple(_domain(each) for each in root.iterfind(f"{_PE}bridge-domain")),
        circuits=tuple(_circuit(each) for each in root.iterfind(f"{_PE}attachment-circuit")),
        wires=tuple(_wire(each) for each in root.iterfind(f"{_PE}pseudowire")),
        vrfs=tuple(_vrf(each) for each in root.iterfind(f"{_PE}vrf")),
        gateways=tuple(_gateway(each) for each in root.iterfind(f"{_PE}gateway")),
        routes=tuple(_route(each) for each in root.iterfind(f"{_PE}vpn-route")),
    )


def _text(entry: etree._Element, leaf: str) -> str:
    return (entry.findtext(f"{_PE}{leaf}") or "").strip()


def _number(entry: etree._Element, leaf: str) -> int:
    return int(_text(entry, leaf))


def _texts(entry: etree._Element, leaf: str) -> tuple[str, ...]:
    return tuple((each.text or "").strip() for each in entry.iterfind(f"{_PE}{leaf}"))


def _path(entry: etree._Element) -> Path:
    ways = ((name, entry.find(f"{_PE}{name}")) for name in ("primary", "backup"))
    return Path(
        _text(entry, "name"),
        _text(entry, "peer"),
        tuple(
            (name, Way(_texts(way, "hop"), tuple(int(label) for label in _texts(way, "label"))))
            for name, way in ways
            if way is not None
        ),
    )


def _domain(entry: etree._Element) -> Domain:
    return Domain(_text(entry, "name"), _number(entry, "mtu"), _text(entry, "split-horizon") != "false")


def _circuit(entry: etree._Element) -> Circuit:
    mark, policer, shaper = (entry.find(f"{_PE}{name}") for name in ("class", "policer", "shaper"))
    return Circuit(
        _text(entry, "name"),
        _text(entry, "bridge-domain"),
        _text(entry, "interface"),
        _number(entry, "vlan"),
        None if mark is None else Mark(_number(mark, "dscp"), _number(mark, "priority")),
        None if policer is None else Policer(_number(policer, "rate"), _number(policer, "burst")),
        None if shaper is None else Shaper(_number(shaper, "committed"), _number(shaper, "peak")),
    )


def _wire(entry: etree._Element) -> Wire:
    return Wire(
        _text(entry, "name"),
        _text(entry, "bridge-domain"),
        _text(entry, "label-switched-path"),
        _number(entry, "in-label"),
        _number(entry, "out-label"),
    )


def _vrf(entry: etree._Element) -> Vrf:
    return Vrf(_text(entry, "name"), _number(entry, "label"), _texts(entry, "import-target"), _texts(entry, "export-target"))


def _gateway(entry: etree._Element) -> Gateway:
    return Gateway(
        _text(entry, "name"),
        _text(entry, "vrf"),
        _text(entry, "bridge-domain"),
        f"{_text(entry, 'address')}/{_text(entry, 'prefix-length')}",
        _text(entry, "mac-address").lower(),
    )


def _route(entry: etree._Element) -> Route:
    return Route(_text(entry, "vrf"), _text(entry, "prefix"), _text(entry, "label-switched-path"), _number(entry, "label"))
