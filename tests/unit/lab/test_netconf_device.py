"""The simulated device, asked by vtnmd's own client: what it answers where netconfd was seen to answer so (docs/fidelity.md)."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from tests.support.netconf import PE, Pe, bridge, circuit, element, entry, simulated_pe, until
from vtnmd.netconf import operations as nc
from vtnmd.netconf.messages import CONFIRMED_COMMIT, RpcError
from vtnmd.netconf.session import ClientSession, ConnectFailed, Refused
from vtnmd.netconf.ssh import connect
from vtnmd.netconf.xmltree import BASE, to_tree

pytestmark = pytest.mark.anyio


@pytest.fixture
async def pe(tmp_path: Path) -> AsyncIterator[Pe]:
    async with simulated_pe(tmp_path) as device:
        yield device


@pytest.fixture
async def session(pe: Pe) -> AsyncIterator[ClientSession]:
    opened = await pe.session()
    yield opened
    await opened.aclose()


@pytest.fixture
async def other(pe: Pe) -> AsyncIterator[ClientSession]:
    opened = await pe.session()
    yield opened
    await opened.aclose()


async def ask(session: ClientSession, operation: etree._Element) -> RpcError | None:
    """The first error of the answer, None for ok."""
    try:
        await session.call(operation, 10)
    except Refused as refused:
        return refused.errors[0]
    return None


async def tag(session: ClientSession, operation: etree._Element) -> str:
    error = await ask(session, operation)
    return error.tag if error else "ok"


def bridges(pe: Pe) -> list[str]:
    return [held["name"] for held in pe.device.held().get("vtnmd-pe:pe", {}).get("bridge-domain", [])]


async def test_an_edit_is_in_force_after_the_commit(pe: Pe, session: ClientSession) -> None:
    assert await tag(session, nc.edit_config("candidate", [bridge("create"), circuit("create")])) == "ok"
    assert bridges(pe) == []
    assert await tag(session, nc.validate("candidate")) == "ok"
    assert await tag(session, nc.commit()) == "ok"
    assert bridges(pe) == ["acme_shop/web"]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (bridge("delete"), ("data-missing", "")),
        (bridge(mtu="20000"), ("invalid-value", "bad-mtu")),
        (entry("bridge-domain", "", name="a", colour="red"), ("unknown-element", "")),
        (entry("bridge-domain", "", mtu="1500"), ("missing-element", "")),
        (circuit(), ("data-missing", "instance-required")),
        (bridge("paint"), ("bad-attribute", "")),
        ({"tag": "{urn:other}pe"}, ("unknown-namespace", "")),
    ],
)
async def test_a_wrong_edit_is_refused_and_changes_nothing(
    pe: Pe, session: ClientSession, config: object, expected: tuple[str, str]
) -> None:
    error = await ask(session, nc.edit_config("candidate", [bridge("create", "before"), config]))
    assert error is not None
    assert (error.tag, error.app_tag) == expected
    assert await tag(session, nc.commit()) == "ok"
    assert bridges(pe) == []


async def test_creating_twice_is_refused(session: ClientSession) -> None:
    assert await tag(session, nc.edit_config("candidate", [bridge("create")])) == "ok"
    assert await tag(session, nc.edit_config("candidate", [bridge("create")])) == "data-exists"


async def test_a_must_names_the_place_and_the_modules_own_message(session: ClientSession) -> None:
    shaper = element("shaper", element("committed", "300"), element("peak", "200"))
    wrong = circuit()
    wrong["children"][0]["children"].append(shaper)
    error = await ask(session, nc.edit_config("candidate", [bridge(), wrong], test_option="test-then-set"))
    assert error is not None
    assert (error.tag, error.app_tag) == ("operation-failed", "committed-above-peak")
    assert error.message == "the committed rate is above the peak rate"
    assert error.path == "/pe:pe/pe:attachment-circuit[pe:name='acme_shop/web']/pe:shaper"
    assert error.namespaces["pe"] == PE.strip("{}")


async def test_test_options(pe: Pe, session: ClientSession) -> None:
    assert await tag(session, nc.edit_config("candidate", [circuit()], test_option="set")) == "ok"
    assert await tag(session, nc.validate("candidate")) == "data-missing"
    assert await tag(session, nc.commit()) == "data-missing"
    assert await tag(session, nc.discard_changes()) == "ok"
    assert await tag(session, nc.edit_config("candidate", [bridge()], test_option="test-only")) == "ok"
    assert await tag(session, nc.edit_config("candidate", [bridge()], test_option="perhaps")) == "invalid-value"
    assert await tag(session, nc.commit()) == "ok"
    assert bridges(pe) == []


async def test_a_lock_keeps_others_out_and_goes_with_its_session(session: ClientSession, other: ClientSession) -> None:
    assert await tag(session, nc.lock("candidate")) == "ok"
    error = await ask(other, nc.lock("candidate"))
    assert error is not None
    assert error.tag == "lock-denied"
    assert error.info == ({"tag": f"{{{BASE}}}session-id", "children": [str(session.hello.session_id)]},)
    for operation in (nc.edit_config("candidate", [bridge()]), nc.commit(), nc.discard_changes()):
        assert await tag(other, operation) == "in-use"
    assert await tag(other, nc.unlock("candidate")) == "in-use"
    assert await tag(session, nc.edit_config("candidate", [bridge()])) == "ok"
    await session.aclose()
    assert await tag(other, nc.lock("candidate")) == "ok"
    assert await tag(other, nc.commit()) == "ok"


async def test_a_changed_candidate_cannot_be_locked(session: ClientSession, other: ClientSession) -> None:
    assert await tag(session, nc.edit_config("candidate", [bridge()])) == "ok"
    assert await tag(other, nc.lock("candidate")) == "resource-denied"
    assert await tag(session, nc.discard_changes()) == "ok"
    assert await tag(other, nc.lock("candidate")) == "ok"


async def committed(session: ClientSession, persist: str, seconds: int = 600) -> None:
    assert CONFIRMED_COMMIT in session.capabilities
    assert await tag(session, nc.edit_config("candidate", [bridge()])) == "ok"
    assert await tag(session, nc.confirmed_commit(persist, seconds)) == "ok"


async def test_a_confirmed_commit_is_confirmed_by_another_session(pe: Pe, session: ClientSession, other: ClientSession) -> None:
    await committed(session, "mine")
    assert bridges(pe) == ["acme_shop/web"]
    await session.aclose()
    assert await tag(other, nc.lock("running")) == "in-use"
    assert await tag(other, nc.commit()) == "in-use"
    assert await tag(other, nc.confirming_commit("yours")) == "invalid-value"
    assert await tag(other, nc.cancel_commit("yours")) == "invalid-value"
    assert await tag(other, nc.confirming_commit("mine")) == "ok"
    assert await tag(other, nc.confirming_commit("mine")) == "operation-failed"
    assert await tag(other, nc.cancel_commit("mine")) == "operation-failed"
    assert bridges(pe) == ["acme_shop/web"]


async def test_a_confirmed_commit_is_cancelled_by_another_session(pe: Pe, session: ClientSession, other: ClientSession) -> None:
    await committed(session, "mine")
    assert await tag(other, nc.cancel_commit("mine")) == "ok"
    assert bridges(pe) == []
    assert await tag(other, nc.lock("candidate")) == "ok"


async def test_a_confirmed_commit_is_rolled_back_in_time(pe: Pe, session: ClientSession) -> None:
    await committed(session, "mine", seconds=1)
    await until(lambda: not bridges(pe))
    assert await tag(session, nc.confirming_commit("mine")) == "operation-failed"


async def test_a_nameless_confirmed_commit_goes_with_its_session(pe: Pe, session: ClientSession, other: ClientSession) -> None:
    nameless = nc.commit()
    etree.SubElement(nameless, f"{{{BASE}}}confirmed")
    assert await tag(session, nc.edit_config("candidate", [bridge()])) == "ok"
    assert await tag(session, nameless) == "ok"
    assert await tag(other, nc.cancel_commit("")) == "operation-failed"
    await session.aclose()
    assert await tag(other, nc.lock("running")) == "ok"
    assert bridges(pe) == []


async def test_a_session_can_be_killed_by_another(session: ClientSession, other: ClientSession) -> None:
    assert other.hello.session_id
    assert session.hello.session_id
    assert await tag(session, nc.lock("candidate")) == "ok"
    assert await tag(other, nc.kill_session(other.hello.session_id)) == "invalid-value"
    assert await tag(other, nc.kill_session(999)) == "invalid-value"
    assert await tag(other, nc.kill_session(session.hello.session_id)) == "ok"
    await until(lambda: not session.is_open)
    assert await tag(other, nc.lock("candidate")) == "ok"


async def test_filters_select(session: ClientSession) -> None:
    made = [bridge("", "one"), bridge("", "two")]
    assert await tag(session, nc.edit_config("candidate", made)) == "ok"
    only = element("pe", element("bridge-domain", element("name", "two")))
    reply = await session.call(nc.get_config("candidate", [only]), 10)
    assert reply.data is not None
    assert to_tree(reply.data)["children"] == [bridge("", "two")]


async def test_the_device_describes_itself(session: ClientSession) -> None:
    schema = await session.call(nc.get_schema("vtnmd-pe"), 10)
    assert (schema.content[0].text or "").startswith("module vtnmd-pe {")
    assert await tag(session, nc.get_schema("vtnmd-nothing")) == "operation-failed"
    assert any(capability.startswith("urn:vtnmd:yang:vtnmd-pe?module=vtnmd-pe&") for capability in session.hello.capabilities)
    reply = await session.call(nc.operation("get"), 10)
    assert reply.data is not None
    assert {etree.QName(child).localname for child in reply.data} == {"netconf-state", "modules-state"}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (nc.operation("paint"), "unknown-element"),
        (nc.operation("edit-config"), "data-missing"),
        (nc.edit_config("running", []), "operation-failed"),
        (nc.edit_config("startup", []), "unknown-element"),
        (nc.operation("commit", confirm_timeout="soon"), "invalid-value"),
    ],
)
async def test_wrong_operations_are_refused(session: ClientSession, operation: etree._Element, expected: str) -> None:
    assert await tag(session, operation) == expected


async def test_a_configuration_outlives_the_device_but_not_what_is_unconfirmed(tmp_path: Path) -> None:
    file = tmp_path / "running.json"
    async with simulated_pe(tmp_path, file) as pe:
        session = await pe.session()
        assert await tag(session, nc.edit_config("candidate", [bridge("", "kept")])) == "ok"
        assert await tag(session, nc.commit()) == "ok"
        await committed(session, "mine")
        await session.aclose()
    assert [held["name"] for held in json.loads(file.read_text())["vtnmd-pe:pe"]["bridge-domain"]] == ["kept"]
    async with simulated_pe(tmp_path, file) as pe:
        assert bridges(pe) == ["kept"]


async def test_only_listed_users_get_in(pe: Pe) -> None:
    by_key = replace(pe.target, password=None, key_file=str(pe.client_key))
    await (await connect(by_key, 10)).aclose()
    for wrong in (replace(pe.target, password="wrong"), replace(pe.target, username="somebody"), replace(by_key, username="x")):
        with pytest.raises(ConnectFailed, match="credentials"):
            await connect(wrong, 10)


async def test_requests_may_be_sent_before_the_answers_come(session: ClientSession) -> None:
    replies = await asyncio.gather(*(session.call(nc.get_config("running"), 10) for _ in range(50)))
    assert len(replies) == 50
