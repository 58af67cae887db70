"""A designer's models: read from a folder, kept in the state, and found again where no folder is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from vtnmd.assets import SKELETONS
from vtnmd.cli.app import main
from vtnmd.compiler.inventory import read_inventory
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.intent import Intent, intent_from_json
from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.planner import World, make_plan
from vtnmd.state import Owner, open_store
from vtnmd.usecases.models import read_models
from vtnmd.usecases.plans import plan_ready
from vtnmd.usecases.services import Ready, Source, catalogue, compile_for
from vtnmd.usecases.skeletons import skeleton, write_skeleton


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_skeleton(skeleton("device", "fast"), tmp_path / "fast")
    return tmp_path / "fast"


def told(folder: Path) -> list[Diagnostic]:
    with pytest.raises(Invalid) as caught:
        read_models(folder)
    return list(caught.value.diagnostics)


def ready(folder: Path, tmp_path: Path) -> Ready:
    with open_store(tmp_path / "state", create=False) as store:
        return compile_for(Source(folder, None, folder / "inventory.yaml", models=folder / "models"), store)


def test_every_file_of_the_three_folders_is_read(folder: Path) -> None:
    found = read_models(folder / "models")
    assert "yang/fast.yang" in found.files
    assert "templates/netconf/fast/vrf.xml.j2" in found.files
    assert list(found.below("tosca/")) == ["fast.yaml"]


def test_the_digest_is_of_names_and_texts_alone(folder: Path) -> None:
    found = read_models(folder / "models")
    assert replace(found, origin="elsewhere") == found
    assert found.digest != Models({**found.files, "yang/fast.yang": ""}).digest
    assert NO_MODELS.digest == ""


def test_a_link_that_leads_out_is_refused_with_all_else_that_is_wrong(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("who knows")
    models = folder / "models"
    (models / "tosca" / "secret.yaml").symlink_to(tmp_path / "secret")
    (models / "yang" / "latin.yang").write_bytes(b"\xff")
    (models / "yang" / "huge.yang").write_bytes(b" " * (1024 * 1024 + 1))
    assert {each.code for each in told(models)} == {"VTN-F021", "VTN-F002", "VTN-F003"}


def test_a_folder_without_models_is_told(tmp_path: Path) -> None:
    assert [each.code for each in told(tmp_path)] == ["VTN-F020"]
    assert [each.code for each in told(tmp_path / "nowhere")] == ["VTN-F001"]


def test_an_intent_keeps_its_models_and_its_digest_knows_them() -> None:
    plain = Intent("a", {"vtnmd-vtn:services": {"service": [{"name": "a"}]}})
    own = replace(plain, models=Models({"yang/a.yang": "module a"}))
    assert intent_from_json(own.to_json()) == own
    assert intent_from_json(plain.to_json()) == plain
    assert "models" not in plain.to_json()
    assert own.digest != plain.digest


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ nothing }}", "VTN-R002"),
        ("{% for %}", "VTN-R002"),
        ("{{ ''.__class__ }}", "VTN-R002"),
        ("<vrf xmlns='urn:a'/>", "VTN-R003"),
        ("<vrf", "VTN-R003"),
        ("{% include '../../../../../etc/passwd' %}", "VTN-R002"),
    ],
)
def test_a_template_that_fails_is_told_and_nothing_is_planned(folder: Path, tmp_path: Path, text: str, code: str) -> None:
    (folder / "models" / "templates" / "netconf" / "fast" / "vrf.xml.j2").write_text(text)
    made = ready(folder, tmp_path)
    with pytest.raises(Invalid) as caught:
        make_plan("a", "o", made.wanted, made.inventory, World(), catalogue(made.intent.models))
    assert {each.code for each in caught.value.diagnostics} == {code}


def test_what_a_designer_has_dropped_is_still_rendered(folder: Path, tmp_path: Path) -> None:
    made = ready(folder, tmp_path)
    setting = next(resource for address, resource in made.compiled.graph.resources.items() if address.kind == "setting")
    endpoint = next(
        each for each in read_inventory(folder / "inventory.yaml").endpoints() if each.id == setting.address.endpoint_id
    )
    fewer = Models({path: text for path, text in made.intent.models.files.items() if "setting" not in path})
    with pytest.raises(Invalid):
        catalogue(fewer).render(setting, endpoint)
    assert catalogue(fewer, (made.intent.models,)).render(setting, endpoint).remove


def test_a_dropped_template_is_for_what_goes_alone(folder: Path, tmp_path: Path) -> None:
    made = ready(folder, tmp_path)
    with open_store(tmp_path / "state") as store, store.own(Owner("test", 1, 0.0)):
        store.begin_run(plan_ready(made, store, "somebody").plan, "somebody", 0.0)
        known = store.service("fast-try")
        assert known is not None
        assert known.models == made.intent.models
        assert known.intent == made.intent
        assert store.kept_models() == (made.intent.models,)
        fewer = Models({path: text for path, text in made.intent.models.files.items() if "setting.xml" not in path})
        with pytest.raises(Invalid) as caught:
            plan_ready(replace(made, intent=replace(made.intent, models=fewer)), store, "somebody")
    assert {each.code for each in caught.value.diagnostics} == {"VTN-R001"}


def test_a_module_of_vtnmds_name_is_refused(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    yang = folder / "models" / "yang"
    (yang / "vtnmd-vtn.yang").write_text((yang / "fast.yang").read_text())
    given = ["--models", str(folder / "models"), "-I", str(folder / "inventory.yaml"), "--state", str(tmp_path / "state")]
    assert main(["validate", str(folder), *given]) == 2
    assert "VTN-Y104" in capsys.readouterr().err


def test_a_module_that_does_not_fit_is_told_by_the_designers_file(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    yang = folder / "models" / "yang" / "fast.yang"
    plain = yang.read_text()
    given = ["--models", str(folder / "models"), "-I", str(folder / "inventory.yaml"), "--state", str(tmp_path / "state")]
    for old, new, expected in (
        ('augment "/vtn:services/vtn:service/vtn:vtn"', 'augment "/vtn:services/vtn:nowhere"', "VTN-Y103"),
        ("types:region", "types:regoin", "no substatement regoin"),
        ('types:at "netconf/fast";', "", "has one at and one region"),
        ("module fast {", "module other {", "VTN-Y102"),
        ("import vtnmd-inventory", "import no-such-module", "VTN-Y101"),
    ):
        yang.write_text(plain.replace(old, new))
        assert main(["validate", str(folder), *given]) == 2, new
        said = capsys.readouterr().err
        assert expected in said
        assert "vtnmd-models-" not in said


def test_skeletons_hold_no_name_but_the_designers() -> None:
    for kind in ("composite", "device"):
        for path, text in skeleton(kind, "mine").items():
            assert "@" not in path
            assert "@NAME@" not in text
    assert SKELETONS.is_dir()
    for name in ("", "1a", "../a", "a/b", "vtnmd-vtn", "a" * 40, "a b"):
        with pytest.raises(Invalid):
            skeleton("device", name)
