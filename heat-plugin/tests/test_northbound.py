"""What goes over the wire, and what answers mean."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from keystoneauth1 import session, token_endpoint
from requests_mock import Mocker
from vtnmd_heat.entries import Place, merged
from vtnmd_heat.errors import Conflict, NotFound, OverLimit, Refused, Unavailable, VtnmdError
from vtnmd_heat.northbound import Northbound
from vtnmd_heat.standing import Standing, judge, judge_removal, probe_problem

URL = "https://vtnmd.example:8443"
WEB = Place("shop", "segment", "web")
WEB_URL = f"{URL}/restconf/data/vtnmd-vtn:services/service=shop/vtn=shop/segment=web"


@pytest.fixture
def vtnmd() -> Northbound:
    keystone = session.Session(auth=token_endpoint.Token(URL, "secret-token"))
    return Northbound(keystone, f"{URL}/restconf/", {"timeout": 5}, "stack shop")


@pytest.fixture
def wire() -> Iterator[Mocker]:
    with Mocker() as mocker:
        yield mocker


def last(wire: Mocker) -> Any:
    """The last request."""
    return wire.last_request


def test_entries_are_read_with_their_tag_and_written_only_over_it(vtnmd: Northbound, wire: Mocker) -> None:
    wire.get(WEB_URL, json={"vtnmd-vtn:segment": [{"name": "web", "cidr": "10.1.0.0/24"}]}, headers={"ETag": '"a.1"'})
    held = vtnmd.read(WEB)
    assert (held.value["cidr"], held.tag) == ("10.1.0.0/24", '"a.1"')
    wire.put(WEB_URL, status_code=204)
    vtnmd.write(WEB, {"cidr": "10.2.0.0/24"}, held.tag)
    sent = last(wire)
    assert sent.headers["X-Auth-Token"] == "secret-token"
    assert sent.headers["If-Match"] == '"a.1"'
    assert sent.headers["X-vtnmd-Label"] == "stack shop"
    assert sent.json() == {"vtnmd-vtn:segment": [{"name": "web", "cidr": "10.2.0.0/24"}]}
    wire.put(f"{URL}/restconf/data/vtnmd-vtn:services/service=a%2Fb", status_code=201)
    vtnmd.write(Place("a/b"), {"vtn": []})
    assert last(wire).headers["If-None-Match"] == "*"


def test_operations(vtnmd: Northbound, wire: Mocker) -> None:
    at = f"{URL}/restconf/operations/vtnmd-orchestration"
    wire.post(f"{at}:status", json={"vtnmd-orchestration:output": {"present": True, "committed": "7"}})
    assert vtnmd.status("shop").committed == 7
    assert last(wire).json() == {"vtnmd-orchestration:input": {"service": "shop"}}
    wire.post(f"{at}:check", status_code=204)
    assert vtnmd.check("shop") == {}
    wire.post(f"{at}:apply", json={"vtnmd-orchestration:output": {"run": "r"}})
    vtnmd.apply("shop", repair=True)
    assert last(wire).json()["vtnmd-orchestration:input"] == {"service": "shop", "drift": "repair", "label": "stack shop"}


def fault(tag: str, app_tag: str = "", message: str = "no") -> Any:
    return {"ietf-restconf:errors": {"error": [{"error-tag": tag, "error-app-tag": app_tag, "error-message": message}]}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, fault("invalid-value", "data-missing"), NotFound),
        (409, fault("in-use"), Conflict),
        (409, fault("lock-denied"), Conflict),
        (409, fault("data-missing", "instance-required"), Conflict),
        (412, fault("operation-failed", "precondition-failed"), Conflict),
        (412, fault("operation-failed", "two-interconnects"), Refused),
        (409, fault("data-missing"), Refused),
        (400, fault("invalid-value"), Refused),
        (403, fault("access-denied"), Refused),
        (429, {}, OverLimit),
        (503, fault("operation-failed"), Unavailable),
        (500, "<html>", Refused),
        (302, {}, Refused),
    ],
)
def test_what_an_error_means(vtnmd: Northbound, wire: Mocker, status: int, body: Any, kind: type[VtnmdError]) -> None:
    wire.delete(WEB_URL, status_code=status, text=body if isinstance(body, str) else json.dumps(body))
    with pytest.raises(kind) as caught:
        vtnmd.remove(WEB)
    assert type(caught.value) is kind
    assert "segment web of VTN shop" in str(caught.value)


def test_no_answer_and_answers_of_something_else(vtnmd: Northbound, wire: Mocker) -> None:
    wire.get(WEB_URL, exc=ConnectionError)
    with pytest.raises((Unavailable, ConnectionError)):
        vtnmd.read(WEB)
    for body in ("[]", "no json", json.dumps({"vtnmd-vtn:segment": []})):
        wire.get(WEB_URL, text=body)
        with pytest.raises(Unavailable):
            vtnmd.read(WEB)


def test_the_regions_that_a_user_may_see(vtnmd: Northbound, wire: Mocker) -> None:
    at = f"{URL}/restconf/data/vtnmd-inventory:inventory"
    wire.get(at, json={"vtnmd-inventory:inventory": {"region": [{"name": "east"}, {"name": "west"}]}})
    assert vtnmd.regions() == {"east", "west"}
    wire.get(at, status_code=404)
    assert vtnmd.regions() == frozenset()


def test_entries_keep_what_heat_does_not_manage() -> None:
    held = {
        "name": "web",
        "cidr": "a",
        "gateway": "g",
        "x:y": 1,
        "region": [{"name": "east", "pool": [1], "x:z": 2}, {"name": "old"}],
    }
    wanted = {"cidr": "b", "region": [{"name": "east"}, {"name": "new"}]}
    assert merged(held, wanted, ("cidr", "gateway", "region")) == {
        "name": "web", "cidr": "b", "x:y": 1, "region": [{"name": "east", "x:z": 2}, {"name": "new"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("told", "done", "failed"),
    [
        ({"begun": "4", "result": "applied"}, False, False),
        ({"begun": "4", "trouble": [{"code": "VTN-I011", "summary": "s"}]}, False, True),
        ({"begun": "5", "result": "running"}, False, False),
        ({"begun": "5", "result": "partly"}, False, False),
        ({"begun": "5", "result": "failed"}, False, True),
        ({"begun": "5", "result": "applied"}, True, False),
        ({"begun": "6", "result": "applied"}, True, False),
    ],
)
def test_when_a_commit_is_in_force(told: Any, done: bool, failed: bool) -> None:
    verdict = judge(Standing({"present": True, "committed": "6", **told}), 5)
    assert (verdict.done, verdict.failed) == (done, failed)
    assert verdict.done or verdict.reason


def test_when_a_service_is_gone() -> None:
    assert judge_removal(Standing({"present": False})).done
    assert not judge_removal(Standing({"present": True, "committed": "5", "begun": "4"})).done
    waiting = {"present": True, "result": "partly", "unfinished": [{"outcome": "waiting", "reason": "west is down"}]}
    assert judge_removal(Standing(waiting)).reason == "west is down"
    assert judge_removal(Standing({**waiting, "result": "failed"})).failed


def test_why_probes_have_not_passed() -> None:
    assert probe_problem({"passed": True}) == ""
    assert "VTN-E030 no agent" in probe_problem({"passed": False, "trouble": [{"code": "VTN-E030", "summary": "no agent"}]})
    assert probe_problem({})
