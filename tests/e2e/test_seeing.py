"""What a designer sees before anything happens: pictures, explanations, comparisons, and why a plan is empty."""

import json
from pathlib import Path

import pytest
from lxml import etree

from tests.e2e.conftest import SHOP, RunningLab
from tests.support.program import Vtnmd

ATTACHMENT = "east/pe/attachment/acme_shop/db-east"


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The example with more bandwidth."""
    path = tmp_path / "changed.yaml"
    path.write_text((SHOP / "service.yaml").read_text().replace("default: 200 Mbps", "default: 300 Mbps"))
    return path


def test_a_service_is_drawn_to_a_file_or_to_a_pipe(vtnmd: Vtnmd, tmp_path: Path) -> None:
    for form in ("text", "json", "svg", "html"):
        file = tmp_path / f"topology.{form}"
        piped = vtnmd("graph", SHOP, "--format", form, "--view", "topology")
        written = vtnmd("graph", SHOP, "--format", form, "--view", "topology", "-o", file)
        assert (piped.code, written.code) == (0, 0)
        assert (piped.stderr, written.stdout, written.stderr) == ("", "", f"written to {file}\n")
        assert file.read_text() == piped.stdout
    assert etree.parse(tmp_path / "topology.svg").getroot().get("id") == "topology"
    assert json.loads((tmp_path / "topology.json").read_text())["relations"]
    assert "view-dependency" not in (tmp_path / "topology.html").read_text()


def test_a_page_has_both_views_unless_one_is_named(vtnmd: Vtnmd) -> None:
    page = vtnmd("graph", SHOP, "-I", SHOP / "inventory.yaml", "--format", "html").stdout
    assert page.index('id="view-topology"') < page.index('id="view-dependency"')


def test_what_is_written_needs_no_inventory(vtnmd: Vtnmd) -> None:
    assert vtnmd("graph", SHOP, "--format", "html", "--view", "topology").code == 0
    refused = vtnmd("graph", SHOP, "--format", "html")
    assert (refused.code, refused.stdout) == (2, "")
    assert "VTN-I005" in refused.stderr


def test_pictures_as_records(vtnmd: Vtnmd, tmp_path: Path) -> None:
    (picture,) = vtnmd("graph", SHOP, "--view", "topology", "--format", "svg", "--json").records("picture")
    assert picture["content"].startswith("<?xml")
    ran = vtnmd("graph", SHOP, "--view", "topology", "--json", "-o", tmp_path / "t.txt")
    assert [len(ran.records(kind)) for kind in ("topology", "file")] == [1, 1]


def test_where_nothing_can_be_written_nothing_is(vtnmd: Vtnmd, tmp_path: Path) -> None:
    for file in (tmp_path / "missing" / "graph.svg", tmp_path, Path("/")):
        ran = vtnmd("graph", SHOP, "--view", "topology", "--format", "svg", "-o", file)
        assert (ran.code, ran.stdout) == (2, "")
        assert "VTN-F008" in ran.stderr
    assert vtnmd("graph", SHOP, "--format", "png").code == 2
    assert vtnmd("graph", SHOP, "--view", "side").code == 2


def test_a_change_is_explained_down_to_the_line(lab: RunningLab, vtnmd: Vtnmd, changed: Path, tmp_path: Path) -> None:
    source: list[str | Path] = ["-I", lab.inventory]
    assert vtnmd("apply", SHOP, *source, "--yes").code == 0
    run = vtnmd.latest_run()
    standing = vtnmd("plan", SHOP, *source, "--why", ATTACHMENT).stdout
    assert f"no change  it stands as run {run} applied it" in standing
    update = vtnmd("plan", changed, *source, "--why", ATTACHMENT)
    assert "change     update: committed changed" in update.stdout
    assert f"{changed}:" in update.stdout
    (record,) = vtnmd("plan", changed, *source, "--why", ATTACHMENT, "--json").records("why")
    assert (record["change"], record["rule"]) == ("update", "circuits")
    unknown = vtnmd("plan", changed, *source, "--why", f"{ATTACHMENT}x")
    assert (unknown.code, unknown.stdout) == (2, "")
    assert f"did you mean {ATTACHMENT}?" in unknown.stderr

    empty = vtnmd("plan", SHOP, *source, "--detailed-exitcode")
    assert empty.code == 0
    assert f"no changes, 32 resources are as run {run} left them\n  the intent is unchanged since" in empty.stdout

    file = tmp_path / "plan.json"
    assert vtnmd("plan", changed, *source, "-o", file).code == 0
    again = vtnmd("plan", file, "--detailed-exitcode")
    assert again.code == 10
    assert "committed: 200000 → 300000" in again.stdout
    assert "that is not kept with a plan in a file" in vtnmd("plan", file, "--why", ATTACHMENT).stdout


def test_only_one_way_to_show_a_plan_at_a_time(vtnmd: Vtnmd) -> None:
    ran = vtnmd("plan", SHOP, "-I", SHOP / "inventory.yaml", "--summary", "--full")
    assert (ran.code, ran.stdout) == (2, "")
    assert "--summary and --full exclude each other" in ran.stderr


def test_two_services_are_compared(vtnmd: Vtnmd, changed: Path) -> None:
    source: list[str | Path] = ["-I", SHOP / "inventory.yaml"]
    same = vtnmd("diff", SHOP, SHOP, *source, "--detailed-exitcode")
    assert (same.code, same.stderr) == (0, "")
    assert "no differences" in same.stdout
    found = vtnmd("diff", SHOP, changed, *source, "--detailed-exitcode")
    assert found.code == 10
    assert "committed: 200000 → 300000" in found.stdout
    assert vtnmd("diff", SHOP, changed, *source).code == 0
    payloads = vtnmd("diff", SHOP, changed, *source, "--level", "payloads").stdout
    assert payloads.startswith("payloads\n")
    assert "+      <committed>300000</committed>" in payloads
    assert vtnmd("diff", SHOP, changed, *source, "--json").records("difference") == [
        {"type": "difference", "intent": 2, "resources": 4, "payloads": 4}
    ]


def test_the_same_topology_with_other_inputs(vtnmd: Vtnmd, tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text("web_servers: 1\n")
    new.write_text("web_servers: 3\n")
    ran = vtnmd("diff", SHOP, SHOP, "--level", "intent", "-i", new, "--old-inputs", old)
    assert "workload[web-servers]/count: 1 → 3" in ran.stdout


def test_what_cannot_be_compared_is_said(vtnmd: Vtnmd, tmp_path: Path, changed: Path) -> None:
    missing = vtnmd("diff", tmp_path / "none.yaml", changed, "--level", "intent")
    assert (missing.code, missing.stdout) == (2, "")
    assert "none.yaml" in missing.stderr
    assert "VTN-I005" in vtnmd("diff", SHOP, changed).stderr
    assert not vtnmd.state.exists()
