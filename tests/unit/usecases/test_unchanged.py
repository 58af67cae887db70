"""A plan without changes says why it has none."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.designer import Designer
from vtnmd.cli.views.plan import show_empty, show_kept
from vtnmd.domain.region import Mode, RegionMode
from vtnmd.state import open_store
from vtnmd.usecases.abandoning import Abandoned
from vtnmd.usecases.plans import plan_service
from vtnmd.usecases.services import Source
from vtnmd.usecases.unchanged import why_unchanged


@pytest.fixture
def designer(tmp_path: Path) -> Designer:
    return Designer(tmp_path)


def test_nothing_changed(designer: Designer) -> None:
    run = designer.apply()
    lines = show_empty(designer.plan()).plain.split("\n")
    assert lines == [
        f"global-shop: no changes, 32 resources are as run {run} left them",
        "  the intent is unchanged since 2026-11-22 14:02:10 UTC, version 1",
    ]


def test_the_intent_changed_where_no_resource_depends_on_it(designer: Designer) -> None:
    designer.apply()
    planned = designer.plan(("description: A shop with", "description: The shop with"))
    assert [each.readable for each in why_unchanged(planned).intent] == ["description"]
    shown = show_kept(planned).plain
    assert "the intent changed only where no resource depends on it:\n    description: A shop with" in shown
    assert "nothing is sent; what is new is kept" in shown
    assert "is unchanged since" not in shown


def test_the_inventory_changed_where_no_resource_depends_on_it(designer: Designer, tmp_path: Path) -> None:
    designer.apply()
    planned = designer.plan()
    assert not why_unchanged(planned).inventory
    text = designer.inventory.read_text().replace(
        "label-range: { start: 100000, end: 199999 }", "label-range: { start: 100000, end: 299999 }"
    )
    other = tmp_path / "inventory.yaml"
    other.write_text(text)

    planned = plan_service(Source(designer.file, inventory=other), designer.state, "somebody")
    assert planned.plan.is_empty
    assert "the inventory changed, in nothing that these resources depend on" in show_empty(planned).plain


def test_only_a_name_changed(designer: Designer) -> None:
    designer.apply()
    old, new = ("    db-east:\n", "    store-net:\n      metadata: { moved: db-east }\n")
    uses = [(f"{what}: db-east\n", f"{what}: store-net\n") for what in ("segment", "link")]
    planned = designer.plan((old, new), *uses)
    assert planned.plan.is_empty
    shown = show_empty(planned).plain
    assert "moved  segment  db-east → store-net" in shown
    assert "segment[store-net]/name: db-east → store-net" in shown


def test_what_is_left_of_a_service(designer: Designer) -> None:
    run = designer.apply()
    planned = designer.plan()
    apart = show_empty(replace(planned, abandoned=Abandoned("west", 16))).plain
    assert f"32 resources outside west, which is abandoned, are as run {run} left them" in apart
    gone = replace(planned, plan=replace(planned.plan, intent=None))
    assert show_empty(gone).plain == "global-shop: no changes, nothing of it is left"
    nothing = replace(planned, plan=replace(planned.plan, contributions=()))
    assert "the service comes to no resources" in show_empty(nothing).plain


def test_a_region_that_is_held_is_told_of(designer: Designer) -> None:
    designer.apply()
    with open_store(designer.state) as store:
        store.set_mode(RegionMode("west", Mode.PAUSED, "alice", 0.0, "power works"))
    (warning,) = designer.plan(("default: 200 Mbps", "default: 300 Mbps")).warnings
    assert warning.code == "VTN-P040"
    assert warning.summary == "region west is paused by alice: power works; 2 of 4 changes wait for it"
    assert designer.plan().warnings == ()
