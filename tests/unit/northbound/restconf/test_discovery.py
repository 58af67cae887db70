"""What tells clients where modules can be had."""

from tests.support.restconf import orchard_schema
from vtnmd.northbound.library import library, modules_state
from vtnmd.northbound.restconf.discovery import located, module_text
from vtnmd.yang.instance import validate
from vtnmd.yang.violations import Content

LIBRARY, OLD = "ietf-yang-library:yang-library", "ietf-yang-library:modules-state"


def test_the_yang_library_tells_where_each_module_can_be_had() -> None:
    schema = orchard_schema()
    state = located({LIBRARY: library(schema), OLD: modules_state(schema)}, "/restconf")
    assert [each for each in validate(schema, state, content=Content.ALL) if str(each.path[0]) in state] == []
    (modules,) = state[LIBRARY]["module-set"]
    told = [*modules["module"], *modules["import-only-module"]]
    assert {place for module in told for place in module["location"]} == {module["schema"] for module in state[OLD]["module"]}
    for module in told:
        (place,) = module["location"]
        assert module["name"].encode() in module_text(schema, place.removeprefix("/restconf/modules/"))


def test_other_state_is_left_as_it_is() -> None:
    assert located({"orchard:weather": {"degrees": 7}}, "/restconf") == {"orchard:weather": {"degrees": 7}}
