import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vtnmd import assets
from vtnmd.domain.diagnostics import Invalid
from vtnmd.yang.nodes import Kind
from vtnmd.yang.schema import Schema, load_schema


def test_loading_twice_gives_one_object(harbour: Schema) -> None:
    models = Path(next(iter(harbour.modules.values())).path).parent
    assert load_schema(("harbour", "harbour-tide"), (models,)) is harbour


def type_of(schema: Schema, path: str) -> Any:
    return schema.describe(path).type


def test_what_stands_where(harbour: Schema) -> None:
    depth = harbour.describe("/harbour:office/depth")
    assert (depth.kind, depth.default) == (Kind.LEAF, 12)
    described = type_of(harbour, "/harbour:office/depth")
    assert (described.name, str(described.range)) == ("uint16", "10..20 | 30..40")
    ship = harbour.describe("/harbour:dock/ship")
    assert (ship.kind, ship.keys) == (Kind.LIST, ("name", "flag"))
    tide = harbour.describe("/harbour:dock/berth/harbour-tide:tide")
    assert (tide.name, tide.module, tide.units, tide.default) == ("tide", "harbour-tide", "metres", 3)
    with pytest.raises(LookupError):
        harbour.describe("/harbour:dock/berth/tide")
    assert harbour.node(("harbour:dock", "berth", 0, "tide")) is None
    assert harbour.describe("/harbour:office/zone").default == ["inner", "outer"]
    assert dict(type_of(harbour, "/harbour:office/state").values) == {"open": 0, "closed": 1}
    assert not harbour.describe("/harbour:watch").config
    assert harbour.describe("/harbour:rules/rule").ordered_by_user


def test_identities_of_modules_that_augment_count(harbour: Schema) -> None:
    assert type_of(harbour, "/harbour:dock/berth/kind").identities == {"harbour:tanker", "harbour:ferry", "harbour-tide:barge"}


def test_a_leafref_knows_its_target(harbour: Schema) -> None:
    crane = harbour.describe("/harbour:dock/ship/crane")
    assert crane.references[0].target == ("harbour:dock", "berth", "crane", "no")
    assert type_of(harbour, "/harbour:dock/ship/crane").target.base == "uint8"


def test_walk_reaches_every_data_node_once(harbour: Schema) -> None:
    paths = [node.path for node in harbour.walk()]
    assert len(paths) == len(set(paths))
    assert ("harbour:office", "channel") in paths


def test_operations_stand_apart_from_data(harbour: Schema) -> None:
    sound = harbour.describe("/harbour:sound")
    assert sound.kind is Kind.RPC
    assert set(sound.operations["input"].children) == {"tone", "times"}
    assert harbour.describe("/harbour:fog").kind is Kind.NOTIFICATION


def test_imports_are_found_without_being_named(harbour: Schema) -> None:
    assert not harbour.modules["ietf-inet-types"].implemented
    assert harbour.modules["harbour"].implemented


def test_every_missing_module_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yang").write_text(
        'module a { namespace "urn:a"; prefix a; import b { prefix b; } import c { prefix c; } revision 2026-01-01; }'
    )
    with pytest.raises(Invalid) as caught:
        load_schema(("a",), (tmp_path,))
    assert [(d.code, d.summary) for d in caught.value.diagnostics] == [
        ("VTN-Y101", "YANG module b is not found"),
        ("VTN-Y101", "YANG module c is not found"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("module a { namespace", "VTN-Y102"),
        ('module a { namespace "urn:a"; prefix a; leaf x { type leafref { path "../y"; } } }', "VTN-Y103"),
        ('module a { namespace "urn:a"; prefix a; leaf x { type nothing; } }', "VTN-Y103"),
        ('module a { namespace "urn:a"; prefix a; leaf x { type string; must "id(3)"; } }', "VTN-Y103"),
        ('module a { namespace "urn:a"; prefix a; leaf x { type string; must "count(3) > 1"; } }', "VTN-Y103"),
        ('module a { namespace "urn:a"; prefix a; leaf x { type string; must "(5 | .)"; } }', "VTN-Y103"),
    ],
)
def test_a_wrong_module_is_an_error_value(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "a.yang").write_text(text)
    with pytest.raises(Invalid) as caught:
        load_schema(("a",), (tmp_path,))
    assert [d.code for d in caught.value.diagnostics] == [code]


def test_a_check_that_does_not_exist_makes_the_model_wrong(tmp_path: Path) -> None:
    (
        tmp_path / "a.yang"
    ).write_text("""module a { yang-version 1.1; namespace "urn:a"; prefix a; import vtnmd-types { prefix types; }
        revision 2026-01-01; container x { types:check "moon-phase"; } }""")
    with pytest.raises(Invalid) as caught:
        load_schema(("a",), (tmp_path, assets.YANG_MODELS))
    assert [d.code for d in caught.value.diagnostics] == ["VTN-Y103"]
    assert "moon-phase" in caught.value.diagnostics[0].detail


def test_features_and_submodules(tmp_path: Path) -> None:
    (
        tmp_path / "main.yang"
    ).write_text("""module main { yang-version 1.1; namespace "urn:m"; prefix m; include part; revision 2026-01-01;
        feature extra; leaf x { if-feature extra; type small; } }""")
    (tmp_path / "part.yang").write_text("""submodule part { yang-version 1.1; belongs-to main { prefix m; } revision 2026-01-01;
        typedef small { type uint8; } leaf y { type small; } }""")
    schema = load_schema(("main",), (tmp_path,))
    assert set(schema.root.children) == {"main:x", "main:y"}


def test_the_standard_modules_are_found_in_another_process_too() -> None:
    code = "from vtnmd.yang.library import standard_folders as f; assert any((d / 'ietf-inet-types.yang').exists() for d in f())"
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
