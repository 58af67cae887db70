"""Whole services against what they come to, byte for byte; wrong ones against every line that their author is told.

A folder of `services/` holds `service.yaml` and `inventory.yaml`, or is named after an example; `expected/` holds the plan, the
graph and the files for hand-off. A folder of `errors/` holds a wrong input and `expected.txt`.
"""

import re
import shutil
from pathlib import Path

import pytest

from vtnmd.cli.app import main

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"
SERVICES = sorted(folder.name for folder in (HERE / "services").iterdir() if folder.is_dir())
ERRORS = sorted(folder.name for folder in (HERE / "errors").iterdir() if folder.is_dir())
INVENTORY_DIGEST = re.compile(r"inventory [0-9a-f]{8}")
"""Differs from checkout to checkout: the files that an inventory names are kept by their absolute paths."""


def source_of(case: str) -> Path:
    own = HERE / "services" / case
    return own if (own / "service.yaml").exists() else EXAMPLES / case


def files_below(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("VTNMD_STATE", str(tmp_path / "state"))


@pytest.mark.parametrize("case", SERVICES)
def test_a_service_comes_to_what_is_expected(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, updating: bool
) -> None:
    monkeypatch.chdir(source_of(case))
    source = ["service.yaml", "-I", "inventory.yaml"]
    found = tmp_path / "found"
    assert main(["render", *source, "-o", str(found / "files")]) == 0
    capsys.readouterr()
    for command in ("graph", "plan"):
        assert main([command, *source]) == 0
        (found / f"{command}.txt").write_text(INVENTORY_DIGEST.sub("inventory …", capsys.readouterr().out))
    expected = HERE / "services" / case / "expected"
    if updating:
        shutil.rmtree(expected, ignore_errors=True)
        shutil.copytree(found, expected)
    assert files_below(found) == files_below(expected)


@pytest.mark.parametrize("case", ERRORS)
def test_an_author_is_told_everything_at_once(
    case: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, updating: bool
) -> None:
    folder = HERE / "errors" / case
    monkeypatch.chdir(folder)
    inventory = "inventory.yaml" if (folder / "inventory.yaml").exists() else "../../inventory.yaml"
    inputs = ["-i", "inputs.yaml"] if (folder / "inputs.yaml").exists() else []
    assert main(["validate", "service.yaml", "-I", inventory, *inputs]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err
    expected = folder / "expected.txt"
    if updating:
        expected.write_text(told.err)
    assert told.err == expected.read_text()
