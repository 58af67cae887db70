"""`vtnmd schema` and `vtnmd fmt` on files, as a user calls them."""

import json
import stat
from pathlib import Path

import pytest

from tests.e2e.conftest import EXAMPLES, SHOP
from tests.support.program import Vtnmd
from tests.support.tosca import HEAD

UNTIDY = HEAD + (
    "imports: [vtnmd]   # the profile\n"
    "\n\n"
    "topology_template:\n"
    "    node_templates:\n"
    "        # who owns it\n"
    '        acme: {type: "vtnmd.nodes.Tenant"}\n'
    "        net:\n"
    "            type:   vtnmd.nodes.Vtn\n"
    "            requirements:\n"
    "            -   tenant: acme\n"
)
TIDY = HEAD + (
    "imports: [ vtnmd ]   # the profile\n"
    "\n"
    "topology_template:\n"
    "  node_templates:\n"
    "    # who owns it\n"
    "    acme: { type: vtnmd.nodes.Tenant }\n"
    "    net:\n"
    "      type: vtnmd.nodes.Vtn\n"
    "      requirements:\n"
    "        - tenant: acme\n"
)


def test_a_file_is_formatted_in_place_and_keeps_mode_and_line_ends(vtnmd: Vtnmd, tmp_path: Path) -> None:
    file = tmp_path / "service.yaml"
    file.write_bytes(UNTIDY.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    assert vtnmd("fmt", "--check", link).code == 1
    assert file.read_bytes() == UNTIDY.replace("\n", "\r\n").encode()
    ran = vtnmd("fmt", link)
    assert (ran.code, ran.stdout) == (0, f"{link}\n")
    assert file.read_bytes() == TIDY.replace("\n", "\r\n").encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert link.is_symlink()
    ran = vtnmd("fmt", "--check", tmp_path)
    assert (ran.code, ran.stdout, ran.stderr) == (0, "", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "service.yaml"]


def test_what_would_change_is_shown(vtnmd: Vtnmd, tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(UNTIDY)
    ran = vtnmd("fmt", "--diff", file)
    assert ran.code == 0
    assert {"-            -   tenant: acme", "+        - tenant: acme"} <= set(ran.stdout.splitlines())
    assert file.read_text() == UNTIDY


def test_wrong_files_are_left_alone_and_others_formatted(vtnmd: Vtnmd, tmp_path: Path) -> None:
    wrong, odd, right = (tmp_path / name for name in ("wrong.yaml", "odd.yaml", "right.yaml"))
    wrong.write_text("a: [\n")
    odd.write_text("? a\n: b\n")
    right.write_text(UNTIDY)
    ran = vtnmd("fmt", wrong, odd, right, tmp_path / "none.yaml")
    assert ran.code == 2
    for code in ("VTN-F004", "VTN-F015", "VTN-F001"):
        assert f"[{code}]" in ran.stderr
    assert (wrong.read_text(), odd.read_text(), right.read_text()) == ("a: [\n", "? a\n: b\n", TIDY)


def test_an_option_that_does_not_exist_formats_nothing(vtnmd: Vtnmd, tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(UNTIDY)
    ran = vtnmd("fmt", "--chekc", file)
    assert ran.code == 2
    assert "[VTN-U001]" in ran.stderr
    assert file.read_text() == UNTIDY


@pytest.mark.parametrize("content", ["\ufefftosca_definitions_version: tosca_simple_yaml_1_3\n", TIDY])
def test_what_is_right_stays(vtnmd: Vtnmd, tmp_path: Path, content: str) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(content, encoding="utf-8")
    assert vtnmd("fmt", "--check", file).code == 0


def test_a_schema_is_printed_and_written(vtnmd: Vtnmd, tmp_path: Path) -> None:
    printed = vtnmd("schema", SHOP)
    assert json.loads(printed.stdout)["$schema"].endswith("draft-07/schema#")
    ran = vtnmd("schema", "-o", tmp_path / "tosca.json")
    assert (ran.code, ran.stdout) == (0, "")
    assert "vtnmd.nodes.Segment" in (tmp_path / "tosca.json").read_text()
    own = vtnmd("schema", "--models", EXAMPLES / "own-device" / "models")
    assert "example.nodes.PacketFilter" in own.stdout
    assert vtnmd("schema", tmp_path / "none.yaml").code == 2
    assert "[VTN-F008]" in vtnmd("schema", "-o", tmp_path / "no" / "t.json").stderr
