"""The YANG library is what is served, and an instance of its own module."""

from typing import Any

from tests.conformance.test_netconf import MODULE
from vtnmd.domain.models import Models
from vtnmd.northbound.library import content_id, library, modules_state
from vtnmd.northbound.schema import northbound_schema
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import Schema
from vtnmd.yang.violations import Content

TIDE = """module tide {
  yang-version 1.1;
  namespace "urn:tide";
  prefix t;
  include tide-tables;
  import depot { prefix d; }
  revision 2026-01-01;
  feature moon;
  deviation "/d:office/d:mood" { deviate not-supported; }
}"""
TABLES = """submodule tide-tables {
  yang-version 1.1;
  belongs-to tide { prefix t; }
  revision 2026-01-02;
  feature sun;
  leaf height { type uint8; }
}"""


def schema() -> Schema:
    return northbound_schema(Models({**MODULE.files, "yang/tide.yang": TIDE, "yang/tide-tables.yang": TABLES}))


def entry(listed: list[Any], name: str) -> Any:
    (found,) = (module for module in listed if module["name"] == name)
    return found


def test_it_is_valid() -> None:
    served = schema()
    document = {
        "ietf-yang-library:yang-library": library(served),
        "ietf-yang-library:modules-state": modules_state(served),
    }
    wrong = validate(served, document, content=Content.ALL)
    assert [each for each in wrong if str(each.path[0]) in document] == []


def test_modules_are_told_with_features_submodules_and_deviations() -> None:
    (modules,) = library(schema())["module-set"]
    tide = entry(modules["module"], "tide")
    assert tide["feature"] == ["moon", "sun"]
    assert tide["submodule"] == [{"name": "tide-tables", "revision": "2026-01-02"}]
    assert entry(modules["module"], "depot")["deviation"] == ["tide"]
    assert entry(modules["import-only-module"], "ietf-inet-types")["revision"]
    assert "startup" not in entry(modules["module"], "ietf-netconf")["feature"]


def test_the_older_form_tells_the_same() -> None:
    modules = modules_state(schema())["module"]
    assert entry(modules, "depot")["deviation"] == [{"name": "tide", "revision": "2026-01-01"}]
    assert entry(modules, "ietf-yang-types")["conformance-type"] == "import"
    assert not any(module["name"] == "tide-tables" for module in modules)


def test_other_modules_have_another_id() -> None:
    assert content_id(schema()) != content_id(northbound_schema(MODULE))
    assert content_id(schema()) == library(schema())["content-id"]


def test_the_texts_of_designers_modules_are_kept() -> None:
    tide = schema().modules["tide"]
    assert tide.text == TIDE
    assert tide.submodules[0].text == TABLES
