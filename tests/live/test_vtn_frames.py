"""What maps of the genuine VTN Manager do to Ethernet frames between two switches (make live-vtn).

`s1-host` and `s2-host` are host ports of different switches; the test is the host at both.
"""

import base64
import http.client
import json
import os
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.frames import carried, host_ports, nothing_carried

URL = os.environ.get("VTNMD_LIVE_VTN", "")

pytestmark = pytest.mark.live_vtn

TENANT = {"tenant-name": "frames"}
BRIDGE = {**TENANT, "bridge-name": "web"}


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
    with host_ports() as ports:
        yield ports


def test_a_vlan_map_carries_its_vlan_and_no_other(bridge: None, hosts: tuple[socket.socket, socket.socket]) -> None:
    one, other = hosts
    assert nothing_carried(one, other, 100)
    map_id = rpc("vtn-vlan-map:add-vlan-map", **BRIDGE, **{"vlan-id": 100})["map-id"]
    assert carried(one, other, 100) == [100]
    assert carried(other, one, 100) == [100]
    assert nothing_carried(one, other, 101)
    assert nothing_carried(one, other)
    rpc("vtn-vlan-map:remove-vlan-map", **BRIDGE, **{"map-ids": [map_id]})
    assert nothing_carried(one, other, 100)


def test_port_maps_join_ports_whatever_their_vlans(bridge: None, hosts: tuple[socket.socket, socket.socket]) -> None:
    one, other = hosts
    for name, node, port, vlan in (("if1", "openflow:1", "s1-host", 0), ("if2", "openflow:2", "s2-host", 200)):
        interface = {**BRIDGE, "interface-name": name}
        rpc("vtn-vinterface:update-vinterface", **interface)
        assert nothing_carried(one, other)
        rpc("vtn-port-map:set-port-map", **interface, node=node, **{"port-name": port, "vlan-id": vlan})
    assert carried(one, other) == [200]
    assert carried(other, one, 200) == [0]
    assert nothing_carried(one, other, 200)
    rpc("vtn-port-map:remove-port-map", **BRIDGE, **{"interface-name": "if2"})
    assert nothing_carried(one, other)


def test_two_bridges_are_apart(bridge: None, hosts: tuple[socket.socket, socket.socket]) -> None:
    one, other = hosts
    second = {**TENANT, "bridge-name": "db"}
    rpc("vtn-vbridge:update-vbridge", **second)
    rpc("vtn-vlan-map:add-vlan-map", **BRIDGE, node="openflow:1", **{"vlan-id": 100})
    rpc("vtn-vlan-map:add-vlan-map", **second, node="openflow:2", **{"vlan-id": 100})
    assert nothing_carried(one, other, 100)
    rpc("vtn-vlan-map:add-vlan-map", **BRIDGE, node="openflow:2", **{"vlan-id": 101})
    assert carried(one, other, 100) == [101]
