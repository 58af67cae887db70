"""Reduced modules: what stays of a module with submodules, foreign prefixes and types of its own."""

import re
from pathlib import Path

import pytest

from vtnmd.domain.diagnostics import Invalid
from vtnmd.yang.reducing import reduced_modules

MAIN = """
module main {
  yang-version 1.1; namespace "urn:main"; prefix m;
  include part;
  import other { prefix part; }
  identity base-of-part { base part:root; }
  container c { uses part:group { augment "inner" { leaf more { type part:number; } } refine "inner" { presence "x"; } } }
  augment "/m:from-part" { leaf added { type string; must "true()"; } }
  deviation "/m:c" { deviate add { must "true()"; } }
  rpc gone; notification gone-too { leaf x { type string; } }
}
"""
PART = """
submodule part {
  yang-version 1.1; belongs-to main { prefix mine; }
  import other { prefix o; }
  container from-part { leaf a { type mine:here; default 5; } leaf-list b { type o:number { range "1..3"; } } action gone; }
  typedef here { type o:number; units "m"; }
}
"""
OTHER = """
module other {
  yang-version 1.1; namespace "urn:other"; prefix m;
  identity root;
  typedef number { type uint8; }
  grouping group {
    container inner {
      typedef local { type number; }
      leaf x { type local; }
      leaf y { type union { type local; type instance-identifier; } }
    }
    container empty { config false; leaf z { type string; } }
  }
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"main": MAIN, "part": PART, "other": OTHER}.items():
        (tmp_path / f"{name}.yang").write_text(text, encoding="utf-8")
    return tmp_path


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_a_module_is_reduced_to_its_configuration(folder: Path) -> None:
    reduced = reduced_modules(("main",), (folder,))
    assert reduced.keys() == {"main", "other"}
    text = squeezed(reduced["main"])
    assert 'namespace "urn:main"; prefix main; import other { prefix other; }' in text
    assert (
        'container "from-part" { leaf "a" { type main:here; default "5"; } leaf-list "b" { type other:number { range "1..3"; }'
        in text
    )
    assert 'augment "/main:from-part" { leaf "added" { type string; } }' in text
    assert 'uses "other:group" { augment "inner" { leaf "more" { type other:number; } } }' in text
    assert 'identity "base-of-part" { base "other:root"; }' in text
    assert not re.search("gone|deviat|must|refine|include", text)


def test_types_that_stand_inside_are_put_where_they_are_used(folder: Path) -> None:
    text = squeezed(reduced_modules(("other",), (folder,))["other"])
    assert (
        'container "inner" { leaf "x" { type other:number; } leaf "y" { type union { type other:number; type string; } } }' in text
    )
    assert "empty" not in text


def test_reduced_modules_can_be_reduced_again(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    again = tmp_path_factory.mktemp("again")
    once = reduced_modules(("main",), (folder,))
    for name, text in once.items():
        (again / f"{name}.yang").write_text(text, encoding="utf-8")
    assert reduced_modules(("main",), (again,)) == once


def test_an_error_that_pyang_finds_is_told(folder: Path) -> None:
    (folder / "wrong.yang").write_text('module wrong { namespace "urn:w"; prefix w; leaf a { type nothing; } }', encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        reduced_modules(("wrong",), (folder,))
    assert refused.value.diagnostics[0].code == "VTN-Y103"
