"""Clients that vtnmd did not write can use the simulated device."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import netconf_client.connect
import netconf_client.error
import netconf_client.ncclient
import pytest
from lxml import etree
from ncclient import manager
from ncclient.operations import RPCError

from tests.support.netconf import PASSWORD, PE, USER, Pe, bridge, circuit, simulated_pe
from vtnmd.netconf.operations import edit_config
from vtnmd.netconf.xmltree import BASE

pytestmark = pytest.mark.anyio


@pytest.fixture
async def pe(tmp_path: Path) -> AsyncIterator[Pe]:
    async with simulated_pe(tmp_path) as device:
        yield device


def config(*trees: Any) -> str:
    element = edit_config("candidate", trees).find(f"{{{BASE}}}config")
    assert element is not None
    return etree.tostring(element).decode()


def names(reply: Any) -> list[str]:
    return [str(element.text) for element in etree.fromstring(str(reply).encode()).iter(f"{PE}name")]


def by_ncclient(pe: Pe) -> None:
    login = {"host": "127.0.0.1", "port": pe.device.port, "username": USER, "password": PASSWORD}
    quiet = {"look_for_keys": False, "allow_agent": False, "hostkey_b64": pe.host_key.split()[1]}
    with manager.connect(**login, **quiet) as client:
        with client.locked("candidate"):
            client.edit_config(config(bridge("create"), circuit("create")), target="candidate", test_option="set")
            client.validate("candidate")
            client.commit(confirmed=True, timeout="60", persist="test")
        with manager.connect(**login, **quiet) as second:
            with pytest.raises(RPCError) as refusal:
                second.commit()
            assert refusal.value.tag == "in-use"
            second.commit(persist_id="test")
        assert names(client.get_config("running").data_xml) == ["acme_shop/web"] * 2
        client.edit_config(config(bridge("remove")), target="candidate", test_option="set")
        with pytest.raises(RPCError) as refusal:
            client.commit()
        assert (refusal.value.tag, refusal.value.app_tag) == ("data-missing", "instance-required")
        client.discard_changes()
        with pytest.raises(RPCError) as refusal:
            client.edit_config(config(bridge("create")), target="candidate")
        assert refusal.value.tag == "data-exists"
        assert "module vtnmd-pe" in client.get_schema("vtnmd-pe").data


def by_netconf_client(pe: Pe) -> None:
    transport = netconf_client.connect.connect_ssh(
        host="127.0.0.1", port=pe.device.port, username=USER, password=PASSWORD, initial_timeout=10, general_timeout=10
    )
    with netconf_client.ncclient.Manager(transport, timeout=10) as client:
        client.lock("candidate")
        client.edit_config(config(bridge("create")), target="candidate")
        client.validate("candidate")
        client.commit(confirmed=True, confirm_timeout=60, persist="test")
        client.cancel_commit(persist_id="test")
        assert names(client.get_config(source="running").data_xml.decode()) == []
        client.edit_config(config(bridge("create")), target="candidate")
        client.commit()
        client.unlock("candidate")
        assert names(client.get_config(source="running").data_xml.decode()) == ["acme_shop/web"]
        with pytest.raises(netconf_client.error.RpcError, match="exists"):
            client.edit_config(config(bridge("create")), target="candidate")


async def test_ncclient(pe: Pe) -> None:
    await asyncio.to_thread(by_ncclient, pe)
    assert [held["vlan"] for held in pe.device.held()["vtnmd-pe:pe"]["attachment-circuit"]] == [100]


async def test_netconf_client(pe: Pe) -> None:
    await asyncio.to_thread(by_netconf_client, pe)
    assert len(pe.device.held()["vtnmd-pe:pe"]["bridge-domain"]) == 1
