from typing import Any

import pytest

from vtnmd.domain.tree import Secret
from vtnmd.southbound.stack import Stack, Step, differences, next_step, stack_from_json

TEMPLATE = {"heat_template_version": "2018-08-31", "resources": {"net": {"type": "OS::Neutron::Net"}}}
WANTED = {"name": "shop", "template": TEMPLATE, "tags": ["vtnmd"]}


def stack(status: str, *tags: str) -> Stack:
    return Stack("1", "shop", status, tags=frozenset(tags))


@pytest.mark.parametrize(
    ("found", "template", "step"),
    [
        (None, None, Step.CREATE),
        (stack("CREATE_COMPLETE", "vtnmd"), TEMPLATE, Step.KEEP),
        (stack("UPDATE_COMPLETE", "vtnmd", "somebody's"), TEMPLATE, Step.KEEP),
        (stack("CHECK_COMPLETE", "vtnmd"), TEMPLATE, Step.KEEP),
        (stack("CREATE_COMPLETE"), TEMPLATE, Step.UPDATE),
        (stack("CREATE_COMPLETE", "vtnmd"), {**TEMPLATE, "resources": {}}, Step.UPDATE),
        (stack("UPDATE_FAILED", "vtnmd"), None, Step.UPDATE),
        (stack("ROLLBACK_COMPLETE", "vtnmd"), None, Step.UPDATE),
        (stack("SUSPEND_COMPLETE", "vtnmd"), None, Step.UPDATE),
        (stack("CREATE_FAILED", "vtnmd"), None, Step.DELETE),
        (stack("DELETE_FAILED", "vtnmd"), None, Step.DELETE),
    ],
)
def test_next_step(found: Stack | None, template: Any, step: Step) -> None:
    assert next_step(found, template, WANTED) is step


def test_sections_that_are_empty_do_not_differ() -> None:
    assert not differences(TEMPLATE, TEMPLATE, {**TEMPLATE, "parameters": {}, "description": "", "conditions": None})


def test_differences_are_leaves_by_path() -> None:
    found = {**TEMPLATE, "resources": {"net": {"type": "OS::Neutron::Net", "properties": {"name": "x"}}, "more": {"type": "T"}}}
    assert differences(TEMPLATE, TEMPLATE, found) == {
        "template/resources/more": (None, {"type": "T"}),
        "template/resources/net/properties": (None, {"name": "x"}),
    }


@pytest.mark.parametrize(
    "found", [{"properties": {"user_data": "an older one"}}, {"properties": {"user_data": ["x"]}}, {"properties": 1}, {}]
)
def test_what_a_secret_went_into_is_not_shown(found: dict[str, Any]) -> None:
    tree = {"resources": {"server": {"properties": {"user_data": [Secret("env:KEY")]}}}}
    expected = {"resources": {"server": {"properties": {"user_data": ["hunter2"]}}}}
    shown = differences(tree, expected, {"resources": {"server": found}})
    assert len(shown) == 1
    assert "hunter2" not in str(shown)
    assert "an older one" not in str(shown)


def test_outputs_without_a_value_are_left_out() -> None:
    shown = {
        "id": "1",
        "stack_name": "shop",
        "stack_status": "CREATE_COMPLETE",
        "tags": None,
        "outputs": [{"output_key": "a", "output_value": 0}, {"output_key": "b", "output_value": None}],
    }
    assert stack_from_json(shown).outputs == {"a": 0}
