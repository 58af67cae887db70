"""What maps of the genuine VTN Manager do to Ethernet frames between two switches (make live-vtn).

`s1-host` and `s2-host` are host ports of different switches; the test is the host at both.
"""

import base64
import http.client
import json
import os
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

URL = os.environ.get("VTNMD_LIVE_VTN", "")

pytestmark = [pytest.mark.live_vtn, pytest.mark.skipif(not URL, reason="needs a genuine VTN Manager: make live-vtn")]

TENANT = {"tenant-name": "frames"}
BRIDGE = {**TENANT, "bridge-name": "web"}

SOL_PACKET, PACKET_AUXDATA, PACKET_OUTGOING = 263, 8, 4
"""linux/if_packet.h. The kernel takes the VLAN tag out of a frame and hands it over beside it, in `struct tpacket_auxdata`."""

EVERYTHING = 0x0003
"""ETH_P_ALL of linux/if_ether.h. Who asks for one EtherType gets frames of unknown VLANs without their tag."""

EXPERIMENTAL = 0x88B5
"""IEEE Std 802: an EtherType for local experiments."""


def rpc(name: str, **leaves: Any) -> Any:
    address = urlsplit(URL)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    login = base64.b64encode(f"admin:{os.environ['VTNMD_LIVE_VTN_PASSWORD']}".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {login}"}
    connection.request("POST", f"{address.path}/operations/{name}", json.dumps({"input": leaves}), headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == http.HTTPStatus.OK, body
    return json.loads(body)["output"] if body else None


@pytest.fixture
def bridge() -> Iterator[None]:
    rpc("vtn:update-vtn", **TENANT)
    rpc("vtn-vbridge:update-vbridge", **BRIDGE)
    yield
    rpc("vtn:remove-vtn", **TENANT)


@pytest.fixture
def hosts() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The two host ports, s1-host first."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as one, socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as other:
        for port, name in ((one, "s1-host"), (other, "s2-host")):
            port.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            port.bind((name, EVERYTHING))
            port.settimeout(0.1)
        yield one, other


def carried(sender: socket.socket, receiver: socket.socket, vlan: int = 0) -> list[int]:
    """The VLANs, 0 for none, in which a broadcast in `vlan` comes out at the receiver; empty if none of five does."""
    mark = os.urandom(16)
    tag = struct.pack("!HH", 0x8100, vlan) if vlan else b""
    frame = b"\xff" * 6 + b"\x02\x00\x00\x00\x00\x01" + tag + struct.pack("!H", EXPERIMENTAL) + mark + bytes(40)
    came: set[int] = set()
    for _ in range(5):
        sender.send(frame)
        end = time.monotonic() + 0.4
        while time.monotonic() < end:
            try:
                data, beside, _flags, source = receiver.recvmsg(4096, 64)
            except TimeoutError:
                continue
            if mark in data and source[2] != PACKET_OUTGOING:
                came.update(vlan_of(auxiliary) for _level, _type, auxiliary in beside)
        if came:
            break
    return sorted(came)


def vlan_of(auxiliary: bytes) -> int:
    """From `struct tpacket_auxdata`: three words, two half-words, the tag control information."""
    return int(struct.unpack_from("=IIIHHH", auxiliary)[5]) & 0xFFF


def test_a_vlan_map_carries_its_vlan_and_no_other(bridge: None, hosts: tuple[socket.socket, socket.socket]) -> None:
    one, other = hosts
    assert carried(one, other, 100) == []
    map_id = rpc("vtn-vlan-map:add-vlan-map", **BRIDGE, **{"vlan-id": 100})["map-id"]
    assert carried(one, other, 100) == [100]
    assert carried(other, one, 100) == [100]
    assert carried(one, other, 101) == carried(one, other) == []
    rpc("vtn-vlan-map:remove-vlan-map", **BRIDGE, **{"map-ids": [map_id]})
    assert carried(one, other, 100) == []


def test_port_maps_join_ports_whatever_their_vlans(bridge: None, hosts: tuple[socket.socket, socket.socket]) -> None:
    one, other = hosts
    for name, node, port, vlan in (("if1", "openflow:1", "s1-host", 0), ("if2", "openflow:2", "s2-host", 200)):
        interface = {**BRIDGE, "interface-name": name}
        rpc("vtn-vinterface:update-vinterface", **interface)
        assert carried(one, other) == []
        rpc("vtn-port-map:set-port-map", **interface, node=node, **{"port-name": port, "vlan-id": vlan})
    assert carried(one, other) == [200]
    assert carried(other, one, 200) == [0]
    assert carried(one, other, 200) == []
    rpc("vtn-port-map:remove-port-map", **BRIDGE, **{"interface-name": "if2"})
    assert carried(one, other) == []


def test_two_bridges_are_apart(bridge: None, hosts: tuple[socket.socket, socket.socket]) -> None:
    one, other = hosts
    second = {**TENANT, "bridge-name": "db"}
    rpc("vtn-vbridge:update-vbridge", **second)
    rpc("vtn-vlan-map:add-vlan-map", **BRIDGE, node="openflow:1", **{"vlan-id": 100})
    rpc("vtn-vlan-map:add-vlan-map", **second, node="openflow:2", **{"vlan-id": 100})
    assert carried(one, other, 100) == []
    rpc("vtn-vlan-map:add-vlan-map", **BRIDGE, node="openflow:2", **{"vlan-id": 101})
    assert carried(one, other, 100) == [101]
