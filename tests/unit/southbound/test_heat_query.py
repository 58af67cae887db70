"""What is particular to stacks over the API in the form of CloudFormation: marks, signatures, XML, and what Heat says of errors."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from tests.support.ec2 import make_ec2_credential
from tests.support.heat_twins import LATER, LONG_AGO, make_twin, outrun
from vtnmd.domain.address import Address
from vtnmd.domain.plan import Request
from vtnmd.domain.tree import Json, Ref, Secret
from vtnmd.lab.heat import HeatSimulator, start_heat
from vtnmd.lab.heat_query import HeatQuery
from vtnmd.lab.keystone import Login
from vtnmd.southbound.cloud import Cloud, in_thread
from vtnmd.southbound.cloud_query import signed
from vtnmd.southbound.heat import HeatDriver, Pace, stacks_of
from vtnmd.southbound.heat_query import marked, unmarked
from vtnmd.southbound.ports import Busy, EndpointError, Failing, InDoubt, Rejected, Unreachable

pytestmark = pytest.mark.anyio

STACK = Address("east", "heat", "stack", ("shop",))
NETWORK = {"type": "OS::Neutron::Net", "properties": {"name": "web"}}
TEMPLATE: dict[str, Any] = {
    "heat_template_version": "2018-08-31",
    "description": "Two lines\n\nof text",
    "resources": {"network": NETWORK},
    "outputs": {"id": {"value": {"get_resource": "network"}}, "later": {"value": None}},
}


Spoiled = dict[str, tuple[str | bytes, int]]
"""Body and status that the API answers actions with, in place of doing them."""


@pytest.fixture
def spoiled(monkeypatch: pytest.MonkeyPatch) -> Spoiled:
    usual, answers = HeatQuery.answer, Spoiled()

    async def answer(query: HeatQuery, request: HttpRequest) -> Response:
        action = dict(parse_qsl((await request.body()).decode()))["Action"]
        body, status = answers.get(action, ("", 0))
        return Response(body, status, media_type="application/xml") if status else await usual(query, request)

    monkeypatch.setattr(HeatQuery, "answer", answer)
    return answers


@pytest.fixture
async def simulator(spoiled: Spoiled) -> AsyncIterator[HeatSimulator]:
    running = await start_heat(Login(region="east"), delay=0.01)
    yield running
    await running.aclose()


@pytest.fixture
async def driver(simulator: HeatSimulator) -> AsyncIterator[HeatDriver]:
    opened = connected(simulator)
    yield opened
    await opened.aclose()


def connected(simulator: HeatSimulator, *, api: str = "cloudformation", keys: tuple[str, str] | None = None) -> HeatDriver:
    login = {"auth-url": simulator.auth_url, "username": "admin", "password": "env:X", "region-name": "east", "api": api}
    credentials = {"ec2-credentials": {"access-key": keys[0], "secret-key": "env:KEY"}} if keys else {}
    secrets = {"env:X": "secret", "env:KEY": keys[1] if keys else ""}
    cloud = Cloud({"name": "heat", "timeout": 5, "heat": {**login, **credentials}}, secrets.__getitem__)
    return HeatDriver(stacks_of(cloud), Pace(first=0.01, longest=0.05, patience=5))


def put(template: Json, *tags: str, attributes: Json = None) -> Request:
    stack = {"name": "shop", "template": template, "tags": ["vtnmd", *tags]}
    return Request("1", "east/heat", 0, (STACK,), {"put": stack, "attributes": attributes or {}}, None, ())


def nothing(hole: Ref | Secret) -> Json:
    raise KeyError(hole)


async def refusal(driver: HeatDriver, request: Request) -> EndpointError:
    with pytest.raises(EndpointError) as refused:
        await driver.apply(request, nothing)
    return refused.value


def error(code: str, message: str) -> str:
    return f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"


@pytest.mark.parametrize("description", ["", "words", "words\n", "two\n\nlines", "[tags: a]", "x\n\n[tags: a]"])
def test_a_mark_comes_off_as_it_went_on(description: str) -> None:
    assert unmarked(marked(description, ["vtnmd", "service=a b"])) == (description, frozenset({"vtnmd", "service=a b"}))


@pytest.mark.parametrize("description", [None, "", "No description", "see [tags: vtnmd]", "[tags: vtnmd] or so", "a\n[tags: b]"])
def test_words_of_others_are_no_mark(description: str | None) -> None:
    assert unmarked(description) == (description or "", frozenset())


def test_a_signature_is_that_of_version_2() -> None:
    """The digest was computed with openssl over the text that the signature's definition demands."""
    form = {"Action": "ListStacks", "Version": "2010-05-15", "StackName": "a b~c/ü"}
    now = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
    made = signed(form, ("AKEY", "secret"), "https://cloud.example:8000/v1/", now)
    assert made.pop("Signature") == "2b5ryZXjjFpxjlR4+JaY8EoAyvGZ8R9iYHk2y9MDPDg="
    assert made == {
        **form,
        "AWSAccessKeyId": "AKEY",
        "SignatureVersion": "2",
        "SignatureMethod": "HmacSHA256",
        "Timestamp": "2026-11-27T14:00:00Z",
    }
    usual_port = signed(form, ("AKEY", "secret"), "https://cloud.example:443/v1/", now)
    assert usual_port == signed(form, ("AKEY", "secret"), "https://cloud.example/v1/", now)


async def test_a_stack_holds_its_tags_in_its_description(simulator: HeatSimulator, driver: HeatDriver) -> None:
    given = await driver.apply(put(TEMPLATE, "service=shop", attributes={"network": "id"}), nothing)
    (stack,) = simulator.stacks.live()
    assert stack.tags == ()
    assert stack.given == {**TEMPLATE, "description": "Two lines\n\nof text\n\n[tags: service=shop,vtnmd]"}
    assert given == {STACK: {"network": simulator.held()["networks"][0]["id"]}}
    await driver.apply(put(TEMPLATE, "service=shop"), nothing)
    assert stack.updated is None
    await driver.apply(put(TEMPLATE, "service=other"), nothing)
    assert stack.given["description"].endswith("[tags: service=other,vtnmd]")


async def test_an_output_without_a_value_is_refused(driver: HeatDriver) -> None:
    assert (await refusal(driver, put(TEMPLATE, attributes={"x": "later"}))).diagnostic.code == "VTN-E308"


async def test_a_stack_of_the_other_api_is_somebody_elses(simulator: HeatSimulator, driver: HeatDriver) -> None:
    native = connected(simulator, api="native")
    await native.apply(put(TEMPLATE), nothing)
    refused = await refusal(driver, put({**TEMPLATE, "description": "other"}))
    assert refused.diagnostic.code == "VTN-E306"
    assert "[tags: vtnmd]" in refused.diagnostic.hint
    stack = simulator.stacks.find("shop")
    simulator.stacks.update(stack, {**stack.given, "description": "taken over\n\n[tags: vtnmd]"}, stack.tags, 5)
    assert stack.task
    await stack.task
    await driver.apply(put(TEMPLATE), nothing)
    await native.aclose()


async def test_a_tag_that_no_description_can_carry_is_refused(driver: HeatDriver) -> None:
    assert (await refusal(driver, put(TEMPLATE, "two\nlines"))).diagnostic.code == "VTN-E304"


async def test_a_large_template_goes_in_the_body(simulator: HeatSimulator, driver: HeatDriver) -> None:
    large = {**TEMPLATE, "description": "x" * 200_000}
    await driver.apply(put(large), nothing)
    assert len(simulator.stacks.find("shop").given["description"]) > 200_000


async def test_signed_requests_need_no_more_than_the_keys(simulator: HeatSimulator) -> None:
    keys = await in_thread(lambda: make_ec2_credential(simulator.auth_url, "secret"))
    driver = connected(simulator, keys=keys)
    await driver.apply(put(TEMPLATE), nothing)
    assert "CloudFormation" in await driver.hello()
    await driver.aclose()


@pytest.mark.parametrize(("access", "secret", "kind"), [("", "wrong", Rejected), ("unknown", "", Failing)])
async def test_keys_that_are_not_good_are_told_and_not_shown(
    simulator: HeatSimulator, access: str, secret: str, kind: type[EndpointError]
) -> None:
    """Of a key that it does not know, Keystone tells Heat something that Heat does not expect."""
    good = await in_thread(lambda: make_ec2_credential(simulator.auth_url, "secret"))
    driver = connected(simulator, keys=(access or good[0], secret or good[1]))
    refused = await refusal(driver, put(TEMPLATE))
    assert type(refused) is kind
    assert good[1] not in str(refused.diagnostic.to_json())
    await driver.aclose()


@pytest.mark.parametrize(
    ("body", "status", "kind", "code"),
    [
        (error("AccessDenied", "Action CreateStack not allowed for user"), 403, Rejected, "VTN-E301"),
        (error("InvalidClientTokenId", "no such key"), 403, Rejected, "VTN-E012"),
        (error("InvalidParameterValue", "x:The Resource Type (A::B) could not be found."), 400, Rejected, "VTN-E304"),
        (error("Throttling", "slower"), 400, Busy, "VTN-E014"),
        (error("InternalFailure", "x"), 500, Failing, "VTN-E014"),
        ("<html>no Heat</html>", 404, Rejected, "VTN-E302"),
        ("", 302, Rejected, "VTN-E302"),
        ("unauthorized", 401, Rejected, "VTN-E012"),
        ("<other/>", 200, InDoubt, "VTN-E013"),
        ("<CreateStackResponse/>", 200, InDoubt, "VTN-E013"),
        ("<CreateStackResponse><CreateStackResult/></CreateStackResponse>", 200, InDoubt, "VTN-E013"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><CreateStackResponse/>', 200, InDoubt, "VTN-E013"),
        (b"\xff\xfe", 200, InDoubt, "VTN-E013"),
    ],
)
async def test_what_heat_says_tells_what_to_do(
    driver: HeatDriver, spoiled: Spoiled, body: str | bytes, status: int, kind: type[EndpointError], code: str
) -> None:
    spoiled["CreateStack"] = (body, status)
    refused = await refusal(driver, put(TEMPLATE))
    assert (type(refused), refused.diagnostic.code) == (kind, code)
    assert refused.diagnostic.hint
    assert refused.diagnostic.address == str(STACK)


async def test_a_heat_that_lets_nobody_use_this_api_says_what_its_policy_lacks(driver: HeatDriver, spoiled: Spoiled) -> None:
    denied = error("AccessDenied", "User is not authorized to perform action:Action CreateStack not allowed for user")
    spoiled["CreateStack"] = (denied, 403)
    refused = await refusal(driver, put(TEMPLATE))
    assert refused.diagnostic.code == "VTN-E301"
    assert "cloudformation:CreateStack" in refused.diagnostic.hint


async def test_a_heat_that_acts_by_trusts_makes_no_stack_of_a_key(simulator: HeatSimulator, spoiled: Spoiled) -> None:
    keys = await in_thread(lambda: make_ec2_credential(simulator.auth_url, "secret"))
    driver = connected(simulator, keys=keys)
    spoiled["CreateStack"] = (error("AccessDenied", "User is not authorized to perform action"), 403)
    refused = await refusal(driver, put(TEMPLATE))
    assert refused.diagnostic.code == "VTN-E301"
    assert "trusts" in refused.diagnostic.hint
    await driver.aclose()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("AlreadyExists", "The Stack (shop) already exists."),
        ("InvalidAction", "Cannot perform action while other actions are in progress"),
    ],
)
async def test_a_conflict_is_looked_at_again(driver: HeatDriver, spoiled: Spoiled, code: str, message: str) -> None:
    """And is Busy where it stays so."""
    spoiled["CreateStack"] = (error(code, message), 400)
    refused = await refusal(driver, put(TEMPLATE))
    assert (type(refused), refused.diagnostic.code) == (Busy, "VTN-E310")


def on_vlan(vlan: int, mark: str = "\n\n[tags: vtnmd]") -> dict[str, Any]:
    """A template with a network on a VLAN, marked or not."""
    specs = {"provider:network_type": "vlan", "provider:physical_network": "physnet1", "provider:segmentation_id": vlan}
    network = {"type": "OS::Neutron::Net", "properties": {"name": "web", "value_specs": specs}}
    return {**TEMPLATE, "description": f"Words{mark}", "resources": {"network": network}}


async def test_stacks_of_one_name_by_many_at_once_come_to_one(simulator: HeatSimulator, driver: HeatDriver) -> None:
    simulator.stacks.checks_names = False
    await asyncio.gather(*(driver.apply(put(on_vlan(100, "")), nothing) for _ in range(2)))
    (stack,) = simulator.stacks.live()
    assert stack.status == "CREATE_COMPLETE"


async def test_what_stays_and_failed_for_its_twin_is_made_anew(
    simulator: HeatSimulator, driver: HeatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins = outrun(monkeypatch, simulator.stacks, on_vlan(100), (), LATER)
    await driver.apply(put(on_vlan(100, "")), nothing)
    (stack,) = simulator.stacks.live()
    assert stack not in twins
    assert stack.status == "CREATE_COMPLETE"


async def test_a_twin_of_somebody_else_is_left_alone(
    simulator: HeatSimulator, driver: HeatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins = outrun(monkeypatch, simulator.stacks, on_vlan(200, ""), (), LATER)
    await driver.apply(put(on_vlan(100, "")), nothing)
    assert simulator.stacks.live() == twins
    assert twins[0].updated is None


async def test_stacks_of_other_projects_are_nobodys_business(simulator: HeatSimulator, driver: HeatDriver) -> None:
    """An administrator is shown them all."""
    text = {**on_vlan(200, ""), "description": marked("", ["vtnmd"])}
    theirs = [simulator.stacks.create("another", name, text, (), 60) for name in ("shop", "stranger")]
    await driver.apply(put(on_vlan(100, "")), nothing)
    assert await driver.strangers([{"stack": {"name": "x"}}], [{"stack": {"name": "shop"}}], nothing) == ()
    await driver.apply(Request("1", "east/heat", 0, (STACK,), {"remove": {"name": "shop"}}, None, ()), nothing)
    assert simulator.stacks.live() == theirs
    assert all(stack.updated is None for stack in theirs)


async def test_a_removal_removes_both_of_a_name(simulator: HeatSimulator, driver: HeatDriver) -> None:
    await driver.apply(put(on_vlan(100, "")), nothing)
    make_twin(simulator.stacks, "shop", on_vlan(200), (), LATER)
    await driver.apply(Request("1", "east/heat", 0, (STACK,), {"remove": {"name": "shop"}}, None, ()), nothing)
    assert not simulator.stacks.live()


async def test_a_stack_that_is_deleted_and_still_shown_hides_none(
    simulator: HeatSimulator, driver: HeatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await driver.apply(put(on_vlan(100, "")), nothing)
    (stack,) = simulator.stacks.live()
    deleted = make_twin(simulator.stacks, "shop", on_vlan(200), (), LONG_AGO)
    simulator.stacks.delete(deleted)
    assert deleted.task
    await deleted.task
    usual = simulator.stacks.find
    monkeypatch.setattr(simulator.stacks, "find", lambda asked: deleted if asked == "shop" else usual(asked))
    await driver.apply(put(on_vlan(100, "")), nothing)
    assert simulator.stacks.live() == [stack]
    assert stack.updated is None


async def test_a_list_in_another_form_is_not_understood(driver: HeatDriver, spoiled: Spoiled) -> None:
    spoiled["ListStacks"] = ("<ListStacksResponse><ListStacksResult>x</ListStacksResult></ListStacksResponse>", 200)
    refused = await refusal(driver, put(TEMPLATE))
    assert (type(refused), refused.diagnostic.code) == (Unreachable, "VTN-E010")


@pytest.mark.parametrize("stacks", ["text", "<Stacks/>", "<Stacks><member>x</member></Stacks>"])
async def test_stacks_in_another_form_are_not_understood(driver: HeatDriver, spoiled: Spoiled, stacks: str) -> None:
    body = f"<DescribeStacksResponse><DescribeStacksResult>{stacks}</DescribeStacksResult></DescribeStacksResponse>"
    spoiled["DescribeStacks"] = (body, 200)
    refused = await refusal(driver, put(TEMPLATE))
    assert (type(refused), refused.diagnostic.code) == (Unreachable, "VTN-E010")


async def test_a_failed_stack_tells_which_of_its_resources_failed(driver: HeatDriver) -> None:
    specs = {"provider:network_type": "vlan", "provider:physical_network": "nowhere", "provider:segmentation_id": 1}
    network = {"type": "OS::Neutron::Net", "properties": {"value_specs": specs}}
    refused = await refusal(driver, put({**TEMPLATE, "resources": {"network": network}}))
    assert refused.diagnostic.code == "VTN-E305"
    assert refused.diagnostic.detail.startswith("network: ")
