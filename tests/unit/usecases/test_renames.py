"""Renames by TOSCA, from the file to the state and back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.deployment import Deployment, deployment
from vtnmd.compiler.inventory import read_inventory
from vtnmd.domain.diagnostics import Invalid, Stale
from vtnmd.domain.plan import Plan
from vtnmd.domain.run import Result
from vtnmd.usecases.plans import Planned, make_service_plan, read_plan, write_plan
from vtnmd.usecases.services import Source
from vtnmd.usecases.versions import Version, make_rollback_plan

SHOP = Path(__file__).parents[3] / "examples" / "global-shop"
TEXT = (SHOP / "service.yaml").read_text()


@pytest.fixture
def state() -> Iterator[Deployment]:
    with deployment(read_inventory(SHOP / "inventory.yaml")) as opened:
        yield opened


class Author:
    """Writes the shop anew and plans it. Renames of nodes replace the whole word wherever it stands."""

    def __init__(self, folder: Path, state: Deployment) -> None:
        self.file = folder / "service.yaml"
        self.state = state
        self.text = TEXT

    def rename(self, old: str, new: str) -> None:
        self.text = re.sub(rf"(?<![-\w]){old}(?![-\w])", new, self.text)

    def say(self, name: str, former: str) -> None:
        """That the template was called otherwise."""
        self.text, found = re.subn(rf"\n    {name}:\n", f"\n    {name}:\n      metadata: {{ moved: {former} }}\n", self.text)
        assert found == 1

    def forget(self) -> None:
        """Take all that was said of former names away."""
        self.text = re.sub(r"\n +metadata: { moved: .* }", "", self.text).replace("\n  moved: global-shop", "")

    def plan(self, name: str = "", abandon: str = "") -> Planned:
        self.file.write_text(self.text)
        source = Source(self.file, inventory=SHOP / "inventory.yaml", name=name)
        return make_service_plan(source, self.state.store, "author", abandon)

    def apply(self, name: str = "") -> Plan:
        plan = self.plan(name).plan
        self.state.carry_out(plan)
        return plan


@pytest.fixture
def author(tmp_path: Path, state: Deployment) -> Author:
    return Author(tmp_path, state)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("shop", "store", "vtn"),
        ("web", "www", "segment"),
        ("core", "middle", "router"),
        ("stretch", "wire", "interconnect"),
        ("web-servers", "fronts", "workload"),
    ],
)
def test_a_template_gets_another_name(author: Author, old: str, new: str, kind: str) -> None:
    author.apply()
    author.rename(old, new)
    replaced = author.plan().plan
    assert replaced.changes
    author.say(new, old)
    found = author.apply()
    assert (found.changes, [(pool.split("/")[1], dict(names)) for pool, names in found.moved.items()]) == ((), [(kind, {new: old})])
    stale = author.plan()
    assert (stale.plan.changes, stale.plan.moved, [warning.code for warning in stale.warnings]) == ((), {}, ["VTN-G022"])
    author.forget()
    last = author.plan()
    assert (last.plan.changes, last.warnings, last.plan.intent) == ((), (), stale.plan.intent)
    assert last.before
    assert last.before.intent == last.plan.intent


def test_a_service_gets_another_name(author: Author) -> None:
    author.apply()
    author.text = author.text.replace("template_name: global-shop", "template_name: world-shop\n  moved: global-shop")
    found = author.apply()
    assert (found.changes, found.service, found.formerly) == ((), "world-shop", "global-shop")
    assert [entry.name for entry in author.state.store.services()] == ["world-shop"]
    author.forget()
    assert author.plan().plan.is_empty
    assert len(author.state.destroy("world-shop").changes) == 32


def test_a_service_gets_another_name_on_the_command_line(author: Author) -> None:
    author.apply("blue")
    author.text = author.text.replace("template_name: global-shop", "template_name: global-shop\n  moved: blue")
    assert author.apply("green").is_empty
    assert author.apply("green").is_empty
    assert [entry.name for entry in author.state.store.services()] == ["green"]


def test_a_service_is_not_moved_onto_another(author: Author) -> None:
    author.apply("blue")
    author.apply("green")
    author.text = author.text.replace("template_name: global-shop", "template_name: global-shop\n  moved: blue")
    with pytest.raises(Invalid, match=r"service.yaml:\d+:\d+: error\[VTN-G020\]: blue cannot be moved to service green"):
        author.plan("green")


def test_names_move_on_step_by_step(author: Author) -> None:
    author.apply()
    before = author.state.held()
    for old, new in (("web", "www"), ("www", "edge")):
        author.rename(old, new)
        author.forget()
        author.say(new, old)
        assert author.apply().is_empty
    assert author.state.held() == before


def test_a_move_waits_in_a_plan_file(author: Author, tmp_path: Path) -> None:
    author.apply()
    author.rename("web", "www")
    author.say("www", "web")
    made = author.plan().plan
    write_plan(made, tmp_path / "plan.json")
    read = read_plan(tmp_path / "plan.json")
    assert read == made
    author.state.carry_out(read)
    author.forget()
    assert author.plan().plan.is_empty
    with pytest.raises(Stale):
        author.state.carry_out(read)


def test_a_prefix_does_not_change_under_another_name(author: Author) -> None:
    author.apply()
    author.rename("web", "www")
    author.say("www", "web")
    author.text = author.text.replace("10.1.0.", "10.7.0.")
    with pytest.raises(Invalid, match="VTN-P012"):
        author.plan()


def test_a_rename_is_carried_out_while_a_region_is_let_go_of(author: Author) -> None:
    author.apply()
    author.rename("web", "www")
    author.say("www", "web")
    found = author.plan(abandon="west").plan
    assert (found.changes, [dict(names) for names in found.moved.values()]) == ((), [{"www": "web"}])
    assert "vlan/east" in found.allocations.values
    assert "vlan/west" not in found.allocations.values


RENAMES = [("web", "www"), ("shop", "store"), ("global-shop", "world-shop")]


def renaming(author: Author, old: str, new: str) -> Plan:
    """Another name and another description, planned."""
    author.apply()
    author.rename(old, new)
    if old == "global-shop":
        author.text = author.text.replace(f"template_name: {new}", f"template_name: {new}\n  moved: {old}")
    else:
        author.say(new, old)
    author.text = author.text.replace("dscp: 46", "dscp: 34")
    return author.plan().plan


@pytest.mark.parametrize(("old", "new"), RENAMES)
def test_a_run_that_is_rolled_back_gives_names_back(author: Author, old: str, new: str) -> None:
    plan = renaming(author, old, new)
    before = author.state.held(), author.state.store.allocations(), author.state.store.services()
    author.state.carry_out(plan, (), Result.ROLLED_BACK)
    assert (author.state.held(), author.state.store.allocations(), author.state.store.services()) == before
    author.text = TEXT
    assert author.plan().plan.is_empty


@pytest.mark.parametrize(("old", "new"), RENAMES[:2])
def test_rolling_back_to_an_earlier_version_renames_too(author: Author, old: str, new: str) -> None:
    plan = renaming(author, old, new)
    before = author.state.held()
    run = author.state.carry_out(plan)
    back = make_rollback_plan(Version(run), author.state.store, "author").plan
    assert {change.address for change in back.changes} == {change.address for change in plan.changes}
    assert [dict(names) for names in back.moved.values()] == [{old: new}]
    author.state.carry_out(back)
    assert author.state.held() == before
    again = make_rollback_plan(Version(run, after=True), author.state.store, "author").plan
    assert [dict(names) for names in again.moved.values()] == [{new: old}]


def test_a_rename_without_a_word_replaces(author: Author) -> None:
    author.apply()
    author.rename("core", "middle")
    found = author.plan().plan
    assert {(change.address.kind, str(change.action)) for change in found.changes if "core" in change.address.key} == {
        ("vrf", "-"),
        ("gateway", "-"),
        ("vpn-route", "-"),
    }
    assert {change.address.key[1] for change in found.changes if str(change.action) == "+"} == {"middle"}
