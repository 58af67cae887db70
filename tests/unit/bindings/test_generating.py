"""Bindings of the shipped models and of one that has everything which pyangbind cannot take."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.bindings import bindings
from vtnmd.bindings import generating
from vtnmd.bindings.generating import generate
from vtnmd.cli.app import main
from vtnmd.domain.diagnostics import Invalid
from vtnmd.domain.models import Models
from vtnmd.usecases.models import read_models

ROOT = Path(__file__).parents[3]
EVERYTHING = read_models(Path(__file__).parent / "models")
_MODULE = 'module own {{ yang-version 1.1; namespace "urn:own"; prefix own; {} }}'


def own(body: str) -> Models:
    return Models({"yang/own.yang": _MODULE.format(body)})


def test_there_is_a_class_for_each_module_with_the_nodes_of_those_that_augment_it() -> None:
    vtn = bindings().vtnmd_vtn().services.service.add("shop").vtn.add("net")
    workload = vtn.workload.add("web")
    workload.count = 3
    assert workload.count == 3
    assert bindings().vtnmd_inventory().inventory.region.add("east").name == "east"


def test_values_that_do_not_fit_are_refused_when_they_are_set() -> None:
    vtn = bindings().vtnmd_vtn().services.service.add("shop").vtn.add("net")
    with pytest.raises(ValueError, match="vlan"):
        vtn.attachment.add("till").vlan = 4095
    with pytest.raises(AttributeError):
        vtn.tennant = "acme"


def test_state_operations_and_notifications_are_left_out() -> None:
    everything = bindings(EVERYTHING).test_bound().all
    assert "state" not in everything._pyangbind_elements
    assert not hasattr(bindings(EVERYTHING), "reset")
    assert not everything.only_operations._pyangbind_elements
    assert everything.scope.here == ""


def test_types_of_one_name_in_two_modules_are_told_apart() -> None:
    everything = bindings(EVERYTHING).test_bound().all
    everything.own_name, everything.other_name = "abc", "12"
    with pytest.raises(ValueError, match="own_name"):
        everything.own_name = "12"
    with pytest.raises(ValueError, match="other_name"):
        everything.other_name = "abc"


def test_the_text_is_the_same_wherever_and_whenever_it_is_made() -> None:
    script = "import sys; from vtnmd.bindings.generating import generate; sys.stdout.write(generate())"
    made = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "TMPDIR": "/tmp" if seed == "1" else "/var/tmp"},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert made == {generate()}
    assert "tmp" not in made.pop()


def test_two_nodes_of_one_name_in_python_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        generate(own("container c { leaf a-b { type string; } leaf a_b { type string; } }"))
    assert [problem.code for problem in refused.value.diagnostics] == ["VTN-U022"]
    assert "a-b and a_b at /own:c" in str(refused.value)


def test_what_pyang_finds_wrong_is_told_where_the_designer_knows_the_file() -> None:
    with pytest.raises(Invalid) as refused:
        generate(own('leaf a { type string { pattern "[a-z]*"; } default "A"; }'))
    (problem,) = refused.value.diagnostics
    assert problem.code == "VTN-Y103"
    assert problem.detail.startswith("models/yang/own.yang:1")


def test_a_failure_of_pyangbind_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generating, "_plugins", lambda: "no/such/folder")
    with pytest.raises(Invalid) as refused:
        generate()
    assert refused.value.diagnostics[0].code == "VTN-U022"


def test_without_the_extra_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert main(["bindings", "-o", str(tmp_path / "models.py")]) == 2
    said = capsys.readouterr().err
    assert "VTN-U021" in said
    assert "pip install 'vtnmd[bindings]'" in said


def test_the_command_binds_a_designers_models_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "models.py"
    assert main(["bindings", "-o", str(output), "--models", str(ROOT / "examples" / "own-device" / "models")]) == 0
    assert "packet_filter = " in output.read_text(encoding="utf-8")
    assert str(output) in capsys.readouterr().out.replace("\n", "")
