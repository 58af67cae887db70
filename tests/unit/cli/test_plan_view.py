import json
from dataclasses import replace

from vtnmd.cli.views import graph as graph_view
from vtnmd.cli.views.payload import show_payloads
from vtnmd.cli.views.plan import show_adopted, show_full, show_plan, show_summary
from vtnmd.domain.graph import ResourceGraph
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.plan import Action, Change, Plan, Transaction
from vtnmd.domain.snapshot import Applied
from vtnmd.usecases.services import endpoint_kinds


def _with(plan: Plan, address: str, **changes: object) -> Plan:
    """The plan with one change that is something else, and no other."""
    found = next(change for change in plan.changes if str(change.address) == address)
    return replace(plan, changes=(replace(found, **changes),))  # type: ignore[arg-type]


def _graph(plan: Plan) -> ResourceGraph:
    return ResourceGraph({resource.address: resource for resource in plan.contributions})


def test_every_change_has_a_line_and_regions_stand_side_by_side_where_there_is_room(plan: Plan) -> None:
    narrow, wide = show_plan(plan, 80).plain.split("\n"), show_plan(plan, 200).plain.split("\n")
    assert narrow[0].startswith("global-shop: 32 changes, 18 requests in 2 regions   intent ")
    assert sum(line.startswith("  +  ") for line in narrow) == len(plan.changes)
    assert {"east", "west"} <= set(narrow)
    assert any(line.startswith("east") and line.endswith("west") for line in wide)
    assert sum(line.count("+  ") for line in wide) == len(plan.changes)
    assert narrow[-1] == wide[-1] == "create 32 · update 0 · replace 0 · delete 0"


def test_of_an_update_the_leaves_that_change(plan: Plan) -> None:
    change = next(change for change in plan.changes if str(change.address) == "east/odl/vtn/acme_shop")
    assert change.after
    before = replace(change.after, properties={**change.after.properties, "description": "old"}, summary="old")
    shown = show_plan(_with(plan, str(change.address), action=Action.UPDATE, before=before), 80).plain
    assert "  ~  odl/vtn  acme_shop" in shown
    assert "      description: old → shop of tenant acme" in shown
    assert "create 0 · update 1 · replace 0 · delete 0" in shown


def test_deletions_are_loud_and_replacements_say_why(plan: Plan) -> None:
    change: Change = plan.changes[0]
    gone = show_plan(_with(plan, str(change.address), action=Action.DELETE, before=change.after, after=None), 80).plain
    assert "1 resource is deleted or replaced: 1 in east" in gone
    anew = show_plan(
        _with(plan, str(change.address), action=Action.REPLACE, before=change.after, reason="vlan cannot change"), 80
    ).plain
    assert "because vlan cannot change" in anew
    assert "1 resource is deleted or replaced: 1 in east" in anew


def test_summary_and_full(plan: Plan) -> None:
    summary = show_summary(plan).plain
    assert "  odl/vlan-map   create 2" in summary
    assert "acme_shop/web" not in summary
    full = show_full(plan).plain
    assert "+ east/odl/vlan-map/acme_shop/web" in full
    assert "    after east/odl/vbridge/acme_shop/web (contains)" in full
    assert "    because not there yet" in full


def test_payloads_are_those_of_each_kind_and_holes_are_marked(plan: Plan) -> None:
    shown = show_payloads(plan, endpoint_kinds(Inventory(plan.inventory))).plain
    assert "POST operations/vtn-vlan-map:add-vlan-map" in shown
    assert "attachment-circuit" in shown
    assert "heat_template_version" in shown
    assert "(known after apply: east/heat/network/acme_shop" in shown


def test_the_graph_as_text_dot_and_data(plan: Plan) -> None:
    graph = _graph(plan)
    text = graph_view.show_graph(graph).plain.split("\n")
    assert "  needs east/odl/vtn/acme_shop (contains)" in text
    assert text.index("  needs east/odl/vtn/acme_shop (contains)") > text.index("east/odl/vtn/acme_shop")
    dot = graph_view.dot(graph)
    assert dot.startswith("digraph vtnmd {")
    assert dot.count("{") == dot.count("}")
    assert '"east/odl/vbridge/acme_shop/web" -> "east/odl/vtn/acme_shop" [label="contains"];' in dot
    data = json.loads(json.dumps(graph_view.data(graph)))
    assert len(data["resources"]) == len(plan.contributions)
    assert all(edge["reason"] for edge in data["edges"])


def test_what_is_committed_together_and_which_guarantee_is_lost(plan: Plan) -> None:
    joint = Transaction("east/pe#0", ("east/pe#0", "west/pe#0"), {"west/pe": "it cannot take a commit back by itself"})
    lines = show_plan(replace(plan, transactions=(joint,)), 80).plain.split("\n")
    assert lines[-2:] == [
        "committed together, so that each waits for all: east/pe, west/pe",
        "west/pe: it cannot take a commit back by itself",
    ]


def test_what_is_taken_over_is_counted_and_what_is_accepted_listed(plan: Plan) -> None:
    first, second = plan.contributions[:2]
    adopted = (Applied(first, "d"), Applied(second, "d", accepted={"vtenant-config/description": "theirs"}))
    shown = "\n".join(line.plain for line in show_adopted(replace(plan, adopted=adopted)))
    assert shown.startswith("global-shop: 2 resources taken over as found\n")
    assert f"{second.address} vtenant-config/description: theirs is accepted" in shown
    assert "taken over" in show_plan(replace(plan, adopted=adopted), 80).plain
    assert show_adopted(plan) == []
