"""Two services as they are written: only true differences show."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.designer import Designer
from vtnmd.cli.views.difference import LEVELS, data, number_of, show_difference
from vtnmd.domain.diagnostics import Invalid, Severity
from vtnmd.usecases.comparing import Compared, compare_intents, compare_services
from vtnmd.usecases.services import Source

FASTER = ("default: 200 Mbps", "default: 300 Mbps")
AAA = """    aaa:
      type: vtnmd.nodes.Segment
      properties: { cidr: 10.1.30.0/24, gateway: 10.1.30.1 }
      requirements: [ { vtn: shop }, { region: west } ]
"""
FIRST_SEGMENT = ("    # What joins them.\n", AAA)


def compared(tmp_path: Path, *edits: tuple[str, str], name: str = "") -> Compared:
    old, new = Designer(tmp_path / "old"), Designer(tmp_path / "new")
    for each in (old, new):
        each.folder.mkdir(exist_ok=True)
    sources = [Source(file, inventory=old.inventory, name=name) for file in (old.write(), new.write(*edits))]
    return compare_services(sources[0], sources[1], str(tmp_path / "state"))


def addresses(found: Compared) -> list[str]:
    assert found.plan is not None
    return [f"{change.action} {change.address}" for change in found.plan.changes]


def test_the_same_is_no_difference(tmp_path: Path) -> None:
    found = compared(tmp_path)
    assert [number_of(found, level) for level in LEVELS] == [0, 0, 0]
    shown = show_difference(found, LEVELS, ("old", "new")).plain
    assert shown == "old → new: no differences of intent, resources, payloads"


def test_a_value_is_followed_to_the_lines_that_are_sent(tmp_path: Path) -> None:
    found = compared(tmp_path, FASTER)
    assert [number_of(found, level) for level in LEVELS] == [2, 4, 4]
    shown = show_difference(found, LEVELS, ("old", "new")).plain
    assert "~ vtn[shop]/interconnect[stretch]/bandwidth/min: 200000 → 300000" in shown
    assert "  ~ east/pe/attachment/acme_shop/web  300–400 Mbit/s gold\n      committed: 200000 → 300000" in shown
    assert "    -      <committed>200000</committed>\n    +      <committed>300000</committed>" in shown
    assert "old → new: 2 values of the intent, 4 resources, 4 payloads differ" in shown
    assert "create 0 · update 4 · replace 0 · delete 0" in shown


def test_what_is_drawn_from_pools_stays(tmp_path: Path) -> None:
    """A segment that comes first in every order takes a number of its own, and none of the others moves."""
    found = compared(tmp_path, FIRST_SEGMENT)
    assert [each for each in addresses(found) if "vlan-map" in each] == ["+ west/odl/vlan-map/acme_shop/aaa"]
    assert "- east" not in "".join(addresses(found))


def test_a_rename_is_no_replacement(tmp_path: Path) -> None:
    renamed = ("    gold:\n      type: vtnmd.nodes.QosClass\n", "    premium:\n      type: vtnmd.nodes.QosClass\n")
    found = compared(tmp_path, renamed, ("qos-class: gold", "qos-class: premium"))
    assert not [each for each in addresses(found) if each.startswith(("+", "-"))]


def test_names_of_topologies_make_no_difference(tmp_path: Path) -> None:
    found = compared(tmp_path, ("template_name: global-shop", "template_name: market"))
    assert [number_of(found, level) for level in LEVELS] == [0, 0, 0]
    assert found.new.name == "market"
    assert compared(tmp_path, name="other").old.name == "other"


def test_what_came_and_went(tmp_path: Path) -> None:
    found = compared(tmp_path, FIRST_SEGMENT)
    shown = show_difference(found, ("intent",), ("old", "new")).plain
    assert "+ vtn[shop]/segment[aaa]" in shown
    assert "      cidr: 10.1.30.0/24" in shown
    back = Compared(found.new, found.old, (), None)
    assert number_of(back, "resources") == 0


def test_what_a_plan_would_refuse_is_warned_of(tmp_path: Path) -> None:
    found = compared(tmp_path, ("cidr: 10.1.20.0/24", "cidr: 10.1.21.0/24"), ("gateway: 10.1.20.1", "gateway: 10.1.21.1"))
    assert [(each.code, each.severity) for each in found.warnings] == [("VTN-P012", Severity.WARNING)]


def test_records_for_programs(tmp_path: Path) -> None:
    records: list[tuple[str, Any]] = list(data(compared(tmp_path, FASTER), LEVELS))
    assert records[-1] == ("difference", {"intent": 2, "resources": 4, "payloads": 4})
    kinds = [kind for kind, _ in records]
    assert [kinds.count(each) for each in ("intent-difference", "resource-difference", "payload-difference")] == [2, 4, 4]
    resource = next(content for kind, content in records if kind == "resource-difference")
    assert resource["properties"] == {"committed": {"before": 200000, "after": 300000}}
    assert list(data(compared(tmp_path), ("intent",))) == [("difference", {"intent": 0})]


def test_intents_need_no_inventory(tmp_path: Path) -> None:
    old, new = Designer(tmp_path), tmp_path / "new.yaml"
    new.write_text(old.write(FASTER).read_text())
    found = compare_intents(Source(old.write()), Source(new), str(tmp_path / "state"))
    assert number_of(found, "intent") == 2
    with pytest.raises(Invalid, match="VTN-I005"):
        compare_services(Source(old.write()), Source(new), str(tmp_path / "state"))


def test_what_is_wrong_with_either_is_told_at_once(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(Designer(tmp_path).write(("type: vtnmd.nodes.Router", "type: vtnmd.nodes.Rooter")).read_text())
    other = tmp_path / "other.yaml"
    other.write_text("tosca_definitions_version: nonsense\n")
    with pytest.raises(Invalid) as refused:
        compare_services(Source(wrong), Source(other), str(tmp_path / "state"))
    assert {Path(each.span.file).name for each in refused.value.diagnostics if each.span} == {"wrong.yaml", "other.yaml"}
