"""What the VTN Manager driver makes of answers that a simulator does not give."""

from collections.abc import Mapping
from typing import Any

import pytest

from vtnmd.domain.address import Address
from vtnmd.domain.plan import Request
from vtnmd.domain.tree import Ref, Secret, Tree
from vtnmd.southbound.http import Answer
from vtnmd.southbound.odl_vtn import VtnManager
from vtnmd.southbound.ports import Busy, Rejected

pytestmark = pytest.mark.anyio

ADDRESS = Address("east", "odl", "vlan-map", ("acme", "web"))
READ = {
    "path": "vtn:vtns/vtn/acme/vbridge/web",
    "select": [{"list": "vbridge", "match": {"name": "web"}}, {"list": "vlan-map", "match": {"vlan-map-config": {"vlan-id": 7}}}],
    "expect": {"vlan-map-config": {"vlan-id": 7}},
    "attributes": {"map_id": ["map-id"], "state": ["vlan-map-status", "active"]},
}
ABSENT = Answer(404, {"errors": {"error": [{"error-type": "application", "error-tag": "data-missing"}]}})


class Script:
    """Answers requests from a list of (method and path, answer), in order, and keeps the bodies."""

    name, url = "odl", "http://127.0.0.1/restconf"

    def __init__(self, *exchanges: tuple[str, Answer]) -> None:
        self._left = list(exchanges)
        self.bodies: list[Any] = []

    async def send(self, method: str, path: str, body: Any = None, *, reads: bool = False) -> Answer:
        expected, answer = self._left.pop(0)
        assert f"{method} {path}" == expected
        self.bodies.append(body)
        return answer

    def finished(self) -> bool:
        return not self._left


def driver(script: Script) -> VtnManager:
    return VtnManager(script)  # type: ignore[arg-type]


def nothing(hole: Ref | Secret) -> Any:
    raise KeyError(hole)


def request(*calls: Tree, read: Tree = None) -> Request:
    payload = {"calls": list(calls)} if read is None else {"calls": list(calls), "read": read}
    return Request("1", "east/odl", 0, (ADDRESS,), payload, None, ())


def call(**extra: Any) -> Mapping[str, Any]:
    return {"rpc": "vtn:update-vtn", "input": {"tenant-name": "acme"}, **extra}


def output(**members: Any) -> Answer:
    return Answer(200, {"output": members})


def refused(status: int, tag: str, app_tag: str = "") -> Answer:
    error = {"error-type": "application", "error-tag": tag, "error-app-tag": app_tag, "error-message": "so it is"}
    return Answer(status, {"errors": {"error": [error]}})


CALL = "POST operations/vtn:update-vtn"
GET = "GET operational/vtn:vtns/vtn/acme/vbridge/web"
ROOT = "GET operational/vtn:vtns?depth=1"
HELD = Answer(200, {"vbridge": [{"name": "web", "vlan-map": [{"map-id": "ANY.7", "vlan-map-config": {"vlan-id": 7}}]}]})


async def test_what_has_taken_effect_is_not_sent_again() -> None:
    unless = {"rpc": "vtn-vlan-map:get-vlan-map", "input": {}, "output": "map-id"}
    script = Script(("POST operations/vtn-vlan-map:get-vlan-map", output(**{"map-id": "ANY.7"})))
    await driver(script).apply(request(call(unless=unless)), nothing)
    assert script.finished()
    script = Script(("POST operations/vtn-vlan-map:get-vlan-map", output()), (CALL, output()))
    await driver(script).apply(request(call(unless=unless)), nothing)
    assert script.finished()


async def test_calls_stop_at_the_first_refusal() -> None:
    script = Script((CALL, output()), (CALL, refused(400, "bad-element", "BADREQUEST")))
    with pytest.raises(Rejected) as error:
        await driver(script).apply(request(call(), call(), call()), nothing)
    diagnostic = error.value.diagnostic
    assert diagnostic.code == "VTN-E103"
    assert "so it is" in diagnostic.summary
    assert "bad-element" in diagnostic.detail
    assert "BADREQUEST" in diagnostic.detail
    assert diagnostic.address == "east/odl/vlan-map/acme/web"


@pytest.mark.parametrize(("status", "tag", "code"), [(409, "data-exists", "VTN-E101"), (404, "data-missing", "VTN-E102")])
async def test_refusals_have_a_code_of_their_own(status: int, tag: str, code: str) -> None:
    with pytest.raises(Rejected) as error:
        await driver(Script((CALL, refused(status, tag)))).apply(request(call()), nothing)
    assert error.value.diagnostic.code == code


async def test_gone_excuses_only_what_is_missing() -> None:
    await driver(Script((CALL, refused(404, "data-missing", "NOTFOUND")))).apply(request(call(gone=True)), nothing)
    with pytest.raises(Rejected):
        await driver(Script((CALL, refused(400, "bad-element")))).apply(request(call(gone=True)), nothing)


async def test_an_output_that_lacks_what_is_expected_is_an_error() -> None:
    await driver(Script((CALL, output(**{"map-id": "ANY.7"})))).apply(request(call(**{"expect-output": "map-id"})), nothing)
    with pytest.raises(Rejected) as error:
        await driver(Script((CALL, output(active=True)))).apply(request(call(**{"expect-output": "map-id"})), nothing)
    assert error.value.diagnostic.code == "VTN-E104"


@pytest.mark.parametrize("answer", [Answer(404, None), refused(400, "unknown-element")])
async def test_a_controller_that_starts_is_busy(answer: Answer) -> None:
    with pytest.raises(Busy) as error:
        await driver(Script((CALL, answer))).apply(request(call()), nothing)
    assert "odl-vtn-manager-rest" in error.value.diagnostic.hint


async def test_an_absence_counts_only_where_the_tree_is_there() -> None:
    script = Script((GET, ABSENT), (ROOT, Answer(200, {"vtns": {}})))
    assert not (await driver(script).read({ADDRESS: READ}, nothing))[ADDRESS].present
    with pytest.raises(Busy):
        await driver(Script((GET, ABSENT), (ROOT, ABSENT))).read({ADDRESS: READ}, nothing)


async def test_a_path_that_is_wrong_is_no_absence() -> None:
    missing_key = Answer(404, {"errors": {"error": [{"error-type": "protocol", "error-tag": "data-missing"}]}})
    with pytest.raises(Rejected):
        await driver(Script((GET, missing_key))).read({ADDRESS: READ}, nothing)


async def test_attributes_and_differences_are_read() -> None:
    seen = (await driver(Script((GET, HELD))).read({ADDRESS: READ}, nothing))[ADDRESS]
    assert seen.present
    assert seen.attributes == {"map_id": "ANY.7"}
    assert not seen.differences
    wanted = {**READ, "expect": {"vlan-map-config": {"vlan-id": 7, "node": "openflow:1"}, "map-id": "ANY.8"}}
    seen = (await driver(Script((GET, HELD))).read({ADDRESS: wanted}, nothing))[ADDRESS]
    assert seen.differences == {"vlan-map-config/node": ("openflow:1", None), "map-id": ("ANY.8", "ANY.7")}


async def test_true_is_not_one() -> None:
    held = Answer(200, {"vbridge": [{"name": "web", "enabled": 1}]})
    read = {"path": READ["path"], "select": [{"list": "vbridge", "match": {}}], "expect": {"enabled": True}}
    assert (await driver(Script((GET, held))).read({ADDRESS: read}, nothing))[ADDRESS].differences == {"enabled": (True, 1)}


@pytest.mark.parametrize("body", [None, [], "text", {"vbridge": None}, {"vbridge": [{"name": "other"}]}, {"vbridge": [7]}])
async def test_an_answer_of_another_shape_holds_nothing(body: Any) -> None:
    assert not (await driver(Script((GET, Answer(200, body)))).read({ADDRESS: READ}, nothing))[ADDRESS].present


async def test_one_path_is_asked_for_once() -> None:
    other = Address("east", "odl", "vlan-map", ("acme", "other"))
    script = Script((GET, HELD))
    seen = await driver(script).read({ADDRESS: READ, other: {"absent": READ}}, nothing)
    assert seen[ADDRESS].present
    assert seen[other].present


async def test_apply_reads_back_what_it_wrote() -> None:
    script = Script((CALL, output()), (GET, HELD))
    assert await driver(script).apply(request(call(), read=READ), nothing) == {ADDRESS: {"map_id": "ANY.7"}}


@pytest.mark.parametrize(
    ("read", "answers"),
    [
        (READ, [(GET, ABSENT), (ROOT, Answer(200, {"vtns": {}}))]),
        ({"absent": READ}, [(GET, HELD)]),
        ({**READ, "expect": {"map-id": "ANY.8"}}, [(GET, HELD)]),
    ],
)
async def test_what_is_not_held_after_a_write_is_refused(read: Tree, answers: list[tuple[str, Answer]]) -> None:
    with pytest.raises(Rejected) as error:
        await driver(Script((CALL, output()), *answers)).apply(request(call(), read=read), nothing)
    assert error.value.diagnostic.code == "VTN-E104"


async def test_a_value_that_is_not_known_is_refused_before_anything_is_sent() -> None:
    wanted = {**call(), "input": {"map-ids": [Ref(ADDRESS, "map_id")]}}
    with pytest.raises(Rejected) as error:
        await driver(Script()).apply(request(wanted), nothing)
    assert error.value.diagnostic.code == "VTN-E016"
    script = Script((CALL, output()))
    await driver(script).apply(request(wanted), lambda _: "ANY.7")
    assert script.bodies == [{"input": {"map-ids": ["ANY.7"]}}]


async def test_paths_cannot_leave_their_tree() -> None:
    read = {**READ, "path": "vtn:vtns/vtn/a?b#c d"}
    script = Script(("GET operational/vtn:vtns/vtn/a%3Fb%23c%20d", HELD))
    await driver(script).read({ADDRESS: read}, nothing)
    assert script.finished()


async def test_hello_of_a_manager_without_a_version() -> None:
    script = Script(
        ("POST operations/vtn-version:get-manager-version", refused(400, "invalid-value")), (ROOT, Answer(200, {"vtns": {}}))
    )
    assert "unknown" in await driver(script).hello()
