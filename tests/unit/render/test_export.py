"""Files for hand-off: what is not to be seen in the golden ones."""

from tests.support.services import inventory
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import EMPTY
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.tree import Ref
from vtnmd.render.export import export

ENDPOINTS = {endpoint.id: endpoint for endpoint in inventory().endpoints()}


def test_attributes_of_one_name_become_parameters_of_two() -> None:
    holes = [Ref(Address("east", "heat", "network", (vtn,)), "network-web") for vtn in ("one", "two", "one")]
    stack = {"name": "servers", "template": {"heat_template_version": "2018-08-31", "resources": {"list": holes}}}
    request = Request("east/heat#0", "east/heat", 0, (), {"put": stack}, {}, ())
    plan = Plan("s", "", None, {}, {}, EMPTY, (), (), (), (request,), ())
    text = export(plan, ENDPOINTS, ["heat"])["east/heat/001-servers.yaml"]
    assert [line.strip() for line in text.splitlines() if "get_param" in line] == [
        "- get_param: network-web",
        "- get_param: network-web-2",
        "- get_param: network-web",
    ]
    assert "known after apply: east/heat/network/two network-web" in text
