"""What leaves the process, whatever happens inside."""

import json
from pathlib import Path

import pytest

from vtnmd.cli import app
from vtnmd.cli.output import Output
from vtnmd.domain.codes import CODES


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(app, "collect_rarely", lambda: None)


def _breaks(error: BaseException) -> object:
    def dispatch(_arguments: list[str], _output: Output) -> int:
        raise error

    return dispatch


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main([]) == 0
    shown = capsys.readouterr().out
    for name in ("validate", "plan", "apply", "destroy", "resume", "lab", "inventory", "explain"):
        assert f" {name} " in shown
    assert "Exit codes" in shown


@pytest.mark.parametrize("arguments", [["--help"], ["plan", "--help"], ["lab", "up", "--help"], ["version"], ["--version"]])
def test_asking_for_help_is_no_error(arguments: list[str]) -> None:
    assert app.main(arguments) == 0


def test_only_plans_are_approved(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "service.yaml").write_text("tosca_definitions_version: tosca_simple_yaml_1_3", encoding="utf-8")
    assert app.main(["approve", "service.yaml"]) == 2
    assert "VTN-P010" in capsys.readouterr().err
    assert app.main(["audit"]) == 0
    assert capsys.readouterr().out == "nothing was done yet\n"


def test_every_code_can_be_explained(capsys: pytest.CaptureFixture[str]) -> None:
    for code in CODES:
        assert app.main(["explain", code]) == 0
    assert capsys.readouterr().err == ""


def test_an_error_that_nobody_foresaw_is_one_line_and_a_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".vtnmd").mkdir()
    monkeypatch.setattr(app, "_dispatch", _breaks(RuntimeError("boom")))
    assert app.main(["plan", "x"]) == 1
    shown = capsys.readouterr().err
    assert "error[VTN-U009]: RuntimeError: boom" in shown
    assert "Traceback" not in shown
    (report,) = (tmp_path / ".vtnmd").glob("vtnmd-error-*.txt")
    assert str(report.relative_to(tmp_path)) in shown
    assert "Traceback" in report.read_text(encoding="utf-8")
    assert report.stat().st_mode & 0o777 == 0o600


def test_an_interrupt_is_130(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_dispatch", _breaks(KeyboardInterrupt()))
    assert app.main(["plan", "x"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_json_is_lines_with_the_version_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["explain", "VTN-F001", "--json"]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["format_version"] == 1
    assert second["type"] == "code"
    assert app.main(["explain", "VTN-X000", "--json"]) == 2
    shown = capsys.readouterr()
    assert shown.err == ""
    assert json.loads(shown.out.splitlines()[1])["code"] == "VTN-U003"


def test_what_to_type_next_names_the_same_state_and_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    service = Path(__file__).parents[3] / "examples" / "hello-vtn"
    inventory = tmp_path / "my inventory.yaml"
    inventory.write_bytes((service / "inventory.yaml").read_bytes())
    source = ["-I", str(inventory), "--state", "my state"]
    assert app.main(["plan", str(service), *source, "--name", "other"]) == 0
    assert f"vtnmd apply {service} -I '{inventory}' --name other --state 'my state'" in _unwrapped(capsys.readouterr().err)
    assert app.main(["plan", str(service), *source, "-o", "a plan"]) == 0
    assert "vtnmd apply 'a plan' --state 'my state'" in _unwrapped(capsys.readouterr().err)


def _unwrapped(shown: str) -> str:
    return " ".join(shown.split())
