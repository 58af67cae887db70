"""Whole services against what they come to, byte for byte; wrong ones against every line that their author is told.

A folder of `services/` holds `service.yaml`, perhaps with an `inventory.yaml`, `models/`, and a service in `before.yaml` that was
applied and that it refers to; or it is named after an example. `expected/` holds the plan, the graph and the topology in all their
forms, and the files for hand-off. A folder of `errors/` holds a wrong input and `expected.txt`. A folder of `moves/` holds
`before.yaml`, which was applied, `service.yaml` with renames, and in `expected.txt` what their author is told. A folder of
`hand-offs/` holds a plain topology; `expected/` holds the files of its hand-off and what its author is told.
"""

import re
import shutil
from pathlib import Path

import pytest

from tests.support.deployment import Deployment
from vtnmd.cli.app import main
from vtnmd.compiler.inventory import read_inventory
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca import bind, read_topology
from vtnmd.state import open_store

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"
SERVICES = sorted(folder.name for folder in (HERE / "services").iterdir() if folder.is_dir())
ERRORS = sorted(folder.name for folder in (HERE / "errors").iterdir() if folder.is_dir())
HAND_OFFS = sorted(folder.name for folder in (HERE / "hand-offs").iterdir() if folder.is_dir())
MOVES = sorted(folder.name for folder in (HERE / "moves").iterdir() if folder.is_dir())
SHOWN = {
    "plan.txt": "plan",
    "graph.txt": "graph",
    **{f"graph.{form}": f"graph --format {form}" for form in ("dot", "json", "svg")},
    "topology.txt": "graph --view topology",
    **{f"topology.{form}": f"graph --view topology --format {form}" for form in ("dot", "json", "svg")},
}
INVENTORY_DIGEST = re.compile(r"inventory [0-9a-f]{8}")
"""Differs from checkout to checkout: the files that an inventory names are kept by their absolute paths."""


def source_of(case: str) -> Path:
    own = HERE / "services" / case
    return own if (own / "service.yaml").exists() else EXAMPLES / case


def models() -> list[str]:
    """The option for the models that stand beside a service."""
    return ["--models", "models"] if Path("models").is_dir() else []


def files_below(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def apply(service: Path, inventory: Path, state: Path) -> None:
    """Have a service stand in the state as if it had been applied."""
    with open_store(state) as store:
        intent = bind(read_topology(service), service_schema()).intent
        Deployment(store, read_inventory(inventory)).apply(intent)


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
    inventory = "inventory.yaml" if Path("inventory.yaml").exists() else "../../inventory.yaml"
    source = ["service.yaml", "-I", inventory, *models()]
    if Path("before.yaml").exists():
        apply(Path("before.yaml"), Path(inventory), tmp_path / "state")
    found = tmp_path / "found"
    assert main(["render", *source, "-o", str(found / "files")]) == 0
    capsys.readouterr()
    for file, command in SHOWN.items():
        assert main([*command.split(), *source]) == 0
        (found / file).write_text(INVENTORY_DIGEST.sub("inventory …", capsys.readouterr().out))
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
    assert main(["validate", "service.yaml", "-I", inventory, *inputs, *models()]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err
    expected = folder / "expected.txt"
    if updating:
        expected.write_text(told.err)
    assert told.err == expected.read_text()


@pytest.mark.parametrize("case", MOVES)
def test_a_rename_is_told_where_it_is_said(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, updating: bool
) -> None:
    folder = HERE / "moves" / case
    monkeypatch.chdir(folder)
    inventory = "../../inventory.yaml"
    apply(Path("before.yaml"), Path(inventory), tmp_path / "state")
    main(["plan", "service.yaml", "-I", inventory])
    told = capsys.readouterr()
    found = INVENTORY_DIGEST.sub("inventory …", told.out or told.err)
    expected = folder / "expected.txt"
    if updating:
        expected.write_text(found)
    assert found == expected.read_text()


@pytest.mark.parametrize("case", HAND_OFFS)
def test_a_plain_topology_comes_to_templates(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, updating: bool
) -> None:
    monkeypatch.chdir(HERE / "hand-offs" / case)
    options = [
        word for option, file in (("-i", "inputs.yaml"), ("-I", "inventory.yaml")) if Path(file).exists() for word in (option, file)
    ]
    found = tmp_path / "found"
    done = main(["render", "service.yaml", *options, "--target", "heat", "--target", "cfn", "-o", str(found / "files")])
    told = capsys.readouterr().err
    assert done == (2 if "error[" in told else 0)
    found.mkdir(exist_ok=True)
    (found / "told.txt").write_text(told)
    expected = Path("expected")
    if updating:
        shutil.rmtree(expected, ignore_errors=True)
        shutil.copytree(found, expected)
    assert files_below(found) == files_below(expected)
