"""Wrong input: all errors at once with their places, exit 2, nothing written. No lab is needed."""

from pathlib import Path

import pytest
import yaml

from tests.e2e.conftest import SHOP
from tests.support.program import Ran, Vtnmd
from vtnmd.lab.inventory import lab_inventory
from vtnmd.lab.layout import Lab, region_names


def _service(folder: Path, old: str, new: str) -> Path:
    """The example with something else in one place."""
    text = (SHOP / "service.yaml").read_text(encoding="utf-8")
    assert old in text
    path = folder / "service.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def _line_of(text: str) -> int:
    """Where the example first has that text."""
    lines = (SHOP / "service.yaml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def _refused(vtnmd: Vtnmd, ran: Ran, *codes: str) -> None:
    assert ran.code == 2, ran.stderr
    assert ran.stdout == ""
    assert not vtnmd.state.exists()
    for code in codes:
        assert f"[{code}]" in ran.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("gateway: 10.1.0.1", "gatway: 10.1.0.1"),
        ("type: vtnmd.nodes.Router", "type: vtnmd.nodes.Ruter"),
        ("- tenant: acme", "- tenant: amce"),
        ("start: 10.1.0.10,", "start: 10.1.9.10,"),
        ("bandwidth: { min: { get_input: bandwidth }", "bandwidth: { min: { get_input: bandwith }"),
    ],
)
def test_a_slip_is_shown_where_it_is(vtnmd: Vtnmd, tmp_path: Path, old: str, new: str) -> None:
    line = _line_of(old)
    path = _service(tmp_path, old, new)
    ran = vtnmd("apply", path, "-I", SHOP / "inventory.yaml", "--yes")
    _refused(vtnmd, ran)
    assert f"{path}:{line}:" in ran.stderr
    assert "^" in ran.stderr


def test_every_error_is_told(vtnmd: Vtnmd, tmp_path: Path) -> None:
    path = _service(tmp_path, "cidr: 10.1.10.0/24", "cidr: 10.1.0.0/25")
    path.write_text(path.read_text(encoding="utf-8").replace("cidr: 10.1.20.0/24", "cidr: 10.1.300.0/24"), encoding="utf-8")
    ran = vtnmd("validate", path)
    _refused(vtnmd, ran)
    assert ran.stderr.count("error[") >= 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a: [1", "VTN-F004"),
        (b"a: \xff\xfe", "VTN-F002"),
        (b"a: 1\na: 2\n", "VTN-F005"),
        (b"a: !!python/object/apply:os.system [id]\n", "VTN-F006"),
        (
            b"a: &a [1,1,1,1,1,1,1,1,1]\n"
            + b"".join(b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9)),
            "VTN-F007",
        ),
        (b"x" * (50 * 1024 * 1024), "VTN-F003"),
    ],
)
def test_hostile_files(vtnmd: Vtnmd, tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "service.yaml"
    path.write_bytes(content)
    _refused(vtnmd, vtnmd("validate", path), code)


def test_a_missing_file(vtnmd: Vtnmd, tmp_path: Path) -> None:
    _refused(vtnmd, vtnmd("plan", tmp_path / "nothing.yaml"), "VTN-F001")


def test_a_region_that_the_inventory_lacks(vtnmd: Vtnmd, tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.yaml"
    inventory.write_text(yaml.safe_dump(lab_inventory(Lab(tmp_path, region_names(1), 18100))), encoding="utf-8")
    ran = vtnmd("plan", SHOP, "-I", inventory)
    _refused(vtnmd, ran)
    assert "west" in ran.stderr


def test_an_exhausted_pool(vtnmd: Vtnmd, tmp_path: Path) -> None:
    text = (SHOP / "inventory.yaml").read_text(encoding="utf-8")
    inventory = tmp_path / "inventory.yaml"
    inventory.write_text(
        text.replace("vlan-range: { start: 100, end: 499 }", "vlan-range: { start: 100, end: 100 }"), encoding="utf-8"
    )
    _refused(vtnmd, vtnmd("plan", SHOP, "-I", inventory), "VTN-I011")


def test_no_inventory(vtnmd: Vtnmd) -> None:
    _refused(vtnmd, vtnmd("plan", SHOP), "VTN-I005")
    validated = vtnmd("validate", SHOP)
    assert validated.code == 0
    assert "stay unchecked" in validated.stderr


def test_a_plan_needs_a_yes(vtnmd: Vtnmd) -> None:
    ran = vtnmd("apply", SHOP, "-I", SHOP / "inventory.yaml")
    assert ran.code == 2
    assert "[VTN-U002]" in ran.stderr
    assert "--yes" in ran.stderr


def test_a_state_that_cannot_be_written(vtnmd: Vtnmd, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for place in (Path("/proc/vtnmd"), tmp_path / "file" / "state"):
        ran = vtnmd.elsewhere(place)("apply", SHOP, "-I", SHOP / "inventory.yaml", "--yes")
        assert ran.code == 1
        assert "[VTN-S001]" in ran.stderr


@pytest.mark.parametrize(
    "arguments", [("frobnicate",), ("plan",), ("plan", "x", "--nonsense"), ("explain", "VTN-X999"), ("status", "nobody")]
)
def test_wrong_usage(vtnmd: Vtnmd, arguments: tuple[str, ...]) -> None:
    ran = vtnmd(*arguments)
    assert ran.code == 2
    assert ran.stderr.startswith("error[VTN-")


def test_errors_as_json(vtnmd: Vtnmd, tmp_path: Path) -> None:
    path = _service(tmp_path, "gateway: 10.1.0.1", "gatway: 10.1.0.1")
    ran = vtnmd("validate", path, "--json")
    assert ran.code == 2
    assert ran.stderr == ""
    assert ran.stdout.startswith('{"format_version": 1')
    assert ran.records("diagnostic")[0]["span"]["line"] == _line_of("gateway: 10.1.0.1")


@pytest.mark.parametrize("options", [("--payload",), ("--json",)])
def test_a_reader_may_leave(vtnmd: Vtnmd, options: tuple[str, ...]) -> None:
    with vtnmd.start("plan", SHOP, "-I", SHOP / "inventory.yaml", "--detailed-exitcode", *options) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
    assert process.returncode == 10
    assert "Traceback" not in said
    assert "error" not in said
