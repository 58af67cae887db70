"""The same questions, put to the simulated Heat and to a genuine one (lab/openstack): both must answer alike.

Beside these, the driver tests run against both (tests/contract).
"""

import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import anyio
import pytest
import requests

from tests.support.openstack_pair import Heat, simulated_and_genuine

pytestmark = [pytest.mark.anyio, pytest.mark.live_openstack]

NETWORK: dict[str, Any] = {"type": "OS::Neutron::Net", "properties": {"name": "x"}}
SERVER = {"image": "debian-12", "flavor": "small"}


def template(**members: Any) -> dict[str, Any]:
    return {"heat_template_version": "2018-08-31", "resources": {"n": NETWORK}, **members}


def one(kind: str, **properties: Any) -> dict[str, Any]:
    return template(resources={"r": {"type": kind, "properties": properties}})


def made(wanted: Any, **members: Any) -> tuple[str, str, Any]:
    return "POST", "/stacks", {"stack_name": "a", "template": wanted, **members}


REFUSED = [
    ("GET", "/stacks?limit=x", None),
    ("GET", "/stacks/absent", None),
    ("GET", "/stacks/absent/1", None),
    ("DELETE", "/stacks/absent/1", None),
    ("DELETE", "/stacks/absent", None),
    ("PUT", "/stacks/absent/1", {"template": template()}),
    ("GET", "/stacks/absent/1/template", None),
    ("GET", "/stacks/absent/1/resources", None),
    ("GET", "/stacks/absent/1/resources/x", None),
    ("POST", "/stacks", []),
    ("POST", "/stacks", "text"),
    ("POST", "/stacks", {}),
    ("POST", "/stacks", {"stack_name": "a"}),
    *(("POST", "/stacks", {"stack_name": name, "template": template()}) for name in ("9a", "a b", "", None, 1, "a" * 256)),
    *map(made, ({}, "x", [], template(heat_template_version="1999-01-01"), template(nonsense={}))),
    *(made(template(resources={"r": resource})) for resource in (None, {}, {"type": "No"}, {**NETWORK, "depends_on": "z"})),
    made(template(resources={"a": {**NETWORK, "depends_on": "b"}, "b": {**NETWORK, "depends_on": "a"}})),
    made(template(outputs={"o": {}})),
    made(template(outputs={"o": {"value": {"get_attr": ["n", "nope"]}}})),
    made(one("OS::Neutron::Net", nope=1)),
    made(one("OS::Neutron::Net", admin_state_up="x")),
    made(one("OS::Neutron::Subnet")),
    made(one("OS::Neutron::Subnet", network="nope", cidr="10.0.0.0/24")),
    made(one("OS::Neutron::Subnet", network={"get_resource": "z"}, cidr="10.0.0.0/24")),
    made(one("OS::Nova::Server", image="nope", flavor="small")),
    made(one("OS::Nova::Server", image="debian-12", flavor="nope")),
    made(one("OS::Nova::Server", image="debian-12")),
    made(one("OS::Nova::Server", **SERVER, networks=[{}])),
    made(one("OS::Cinder::Volume")),
    made(one("OS::Cinder::Volume", size=0)),
    made(one("OS::Cinder::VolumeAttachment", instance_uuid="x", volume_id="y")),
    *(made(template(), tags=tags) for tags in (["x"], "x" * 81)),
    *(made(template(), timeout_mins=minutes) for minutes in ("x", -1)),
    made(template(), parameters={"x": 1}),
    ("POST", "/validate", {}),
    ("POST", "/validate", {"template": {}}),
]


@pytest.fixture
async def both() -> AsyncIterator[tuple[Heat, Heat]]:
    async with simulated_and_genuine() as pair:
        yield pair


def told(answer: requests.Response) -> tuple[int, str, str]:
    """The status, the kind of error and the message, without what differs from cloud to cloud."""
    body: Mapping[str, Any] = answer.json()
    error = body.get("error", {})
    message = re.sub(r"[0-9a-f]{32}", "PROJECT", str(error.get("message", "")))
    if error.get("type") == "CircularDependencyException":  # names what depends on what in any order
        message = "".join(sorted(message))
    return answer.status_code, error.get("type", ""), message


@pytest.mark.parametrize("question", REFUSED, ids=lambda question: f"{question[0]} {question[1]} {json.dumps(question[2])}"[:110])
async def test_refusals_are_the_same(both: tuple[Heat, Heat], question: tuple[str, str, Any]) -> None:
    simulated, real = [await anyio.to_thread.run_sync(heat.ask, *question) for heat in both]
    assert told(simulated) == told(real)
    assert real.status_code >= 400
