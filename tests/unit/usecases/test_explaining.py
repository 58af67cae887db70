"""Why a plan does something to a resource, or nothing: every step to the line that was written."""

from pathlib import Path

import pytest

from tests.support.designer import Designer
from vtnmd.cli.output import Output
from vtnmd.cli.views.why import show_why
from vtnmd.compiler.transforms import RULES
from vtnmd.domain.diagnostics import Invalid
from vtnmd.domain.plan import Action
from vtnmd.usecases.explaining import Why, explain
from vtnmd.usecases.plans import Planned, planned_before, read_plan, write_plan

GATEWAY = "east/pe/gateway/acme_shop/core/web"
ATTACHMENT = "east/pe/attachment/acme_shop/db-east"
FASTER = ("default: 200 Mbps", "default: 300 Mbps")


@pytest.fixture
def designer(tmp_path: Path) -> Designer:
    return Designer(tmp_path)


def why(designer: Designer, address: str, planned: Planned) -> Why:
    return explain(address, planned, designer.state)


def told(found: Why) -> str:
    return show_why(found, Output(as_json=False).source_line).plain


def test_a_creation_leads_to_the_line_and_to_what_it_waits_for(designer: Designer) -> None:
    found = why(designer, GATEWAY, designer.plan())
    assert found.change is not None
    assert (found.change.action, found.rule, found.entry.path) == (Action.CREATE, "routing", "vtn[shop]/router[core]")
    assert found.entry.span is not None
    assert (found.entry.span.line, found.entry.is_gone) == (designer.line_of("core:"), False)
    assert [(str(each.address), each.reason, each.action) for each in found.waits_for] == [
        ("east/pe/attachment/acme_shop/web", "answers in", Action.CREATE),
        ("east/pe/vrf/acme_shop/core", "contains", Action.CREATE),
    ]
    text = told(found)
    assert f"   {designer.line_of('core:')} |     core:" in text
    assert "change     create: not there yet" in text
    assert "request    east/pe#0" in text


def test_an_update_leads_to_the_value_that_brought_it_about(designer: Designer) -> None:
    designer.apply()
    found = why(designer, ATTACHMENT, designer.plan(FASTER))
    assert found.change is not None
    ((difference, span),) = found.entry.differences
    assert (difference.readable, difference.before, difference.after) == (
        "vtn[shop]/interconnect[routed]/bandwidth/min",
        "200000",
        "300000",
    )
    assert span is not None
    assert "bandwidth: { min:" in designer.file.read_text().split("\n")[span.line - 1]
    text = told(found)
    assert "committed: 200000 → 300000" in text
    assert "changed    vtn[shop]/interconnect[routed]/bandwidth/min: 200000 → 300000" in text


def test_what_changed_elsewhere_is_said_to_be_elsewhere(designer: Designer) -> None:
    designer.apply()
    found = why(designer, ATTACHMENT, designer.plan(("dscp: 46", "dscp: 44")))
    assert found.entry.is_elsewhere
    assert "this did elsewhere in the intent" in told(found)
    assert "qos-class[gold]/dscp: 46 → 44" in told(found)


def test_a_deletion_tells_what_is_gone(designer: Designer) -> None:
    designer.apply()
    text = (designer.folder / "service.yaml").read_text()
    start, end = text.index("    stretch:"), text.index("    routed:")
    found = why(designer, "east/pe/pseudowire/acme_shop/stretch/web/west", designer.plan((text[start:end], "")))
    assert found.change is not None
    assert (found.change.action, found.entry.path, found.entry.is_gone) == (
        Action.DELETE,
        "vtn[shop]/interconnect[stretch]",
        True,
    )
    assert found.entry.span is not None
    assert found.entry.span.line == designer.line_of("shop:")
    assert "vtn[shop]/interconnect[stretch] is gone" in told(found)
    assert "was below" in told(found)


def test_a_deletion_of_a_part_tells_which_value_is_gone(designer: Designer) -> None:
    designer.apply()
    found = why(
        designer, "west/heat/workload/acme_shop/web-servers", designer.plan(("regions: [ east, west ]", "regions: [ east ]"))
    )
    assert not found.entry.is_gone
    assert [each.readable for each, _ in found.entry.differences] == ["vtn[shop]/workload[web-servers]/region[west]"]
    assert "west gone" in told(found)
    assert "not kept" not in told(found)


def test_the_place_of_what_is_gone_is_that_of_the_intent_that_was_applied(designer: Designer) -> None:
    """An entry before it was taken away first: indexes are those of the latest Intent."""
    designer.apply()
    text = designer.file.read_text()
    start, end = text.index("    stretch:"), text.index("    routed:")
    without = (text[start:end], "")
    designer.apply(without)
    start, end = text.index("    routed:"), text.index("    # Servers.")
    found = why(designer, "east/pe/vpn-route/acme_shop/core/db-west", designer.plan(without, (text[start:end], "")))
    assert found.entry.path == "vtn[shop]/interconnect[routed]"


def test_what_stands_tells_which_run_applied_it(designer: Designer) -> None:
    run = designer.apply()
    found = why(designer, GATEWAY, designer.plan())
    assert found.change is None
    assert found.reason == f"it stands as run {run} applied it"
    assert found.entry.span is not None
    assert {each.action for each in (*found.waits_for, *found.awaited_by)} <= {None}
    assert "no change  it stands as run" in told(found)


def test_what_is_shared_is_said_to_be(designer: Designer) -> None:
    designer.apply(name="market")
    path = "east/pe/lsp/west/fast-reroute"
    designer.apply()
    assert "it is shared with market" in why(designer, path, designer.plan()).reason
    text = designer.file.read_text()
    start, end = text.index("    stretch:"), text.index("    # Servers.")
    found = why(designer, path, designer.plan((text[start:end], "")))
    assert found.reason == "the service wants it no longer, and it stays for market"


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("east/pe/gateway/acme_shop/core/wev", f"did you mean {GATEWAY}?"),
        ("EAST/pe/gateway/acme_shop/core/web", f"did you mean {GATEWAY}?"),
        ("east/pe/gateway", "did you mean east/pe/gateway/acme_shop/core/db-east?"),
        ("nothing like it", "vtnmd graph lists every address of global-shop"),
        ("", "vtnmd graph lists every address of global-shop"),
    ],
)
def test_an_unknown_address_leads_to_the_closest(designer: Designer, address: str, hint: str) -> None:
    planned = designer.plan()
    with pytest.raises(Invalid) as refused:
        why(designer, address, planned)
    assert refused.value.diagnostics[0].code == "VTN-P011"
    assert refused.value.diagnostics[0].hint == hint


def test_what_belongs_to_another_service_is_said_to(designer: Designer) -> None:
    designer.apply(name="market")
    planned = designer.plan()
    with pytest.raises(Invalid) as refused:
        why(designer, "east/odl/vtn/acme_shop", planned)
    assert refused.value.diagnostics[0].hint == "it belongs to market"


def test_a_plan_from_a_file_explains_itself_without_places(designer: Designer) -> None:
    designer.apply()
    file = designer.folder / "plan.json"
    write_plan(designer.plan(FASTER).plan, file)
    plan = read_plan(file)
    assert plan is not None
    text = told(why(designer, ATTACHMENT, planned_before(plan, designer.state)))
    assert "bandwidth/min: 200000 → 300000" in text
    assert "that is not kept with a plan in a file" in text


def test_every_rule_says_what_it_makes(designer: Designer) -> None:
    made = {kind for rule in RULES for kind in rule.makes}
    assert {resource.address.kind for resource in designer.plan().plan.contributions} <= made
    assert len(made) == sum(len(rule.makes) for rule in RULES)
