"""What a template for Heat may yield: plain data, whatever YAML could make of it."""

import pytest

from vtnmd.render.heat import FORM


def test_a_date_is_its_text() -> None:
    document = FORM.parse("stack: { name: a, template: { heat_template_version: 2018-08-31, count: 2, odd: [true, null, 1.5] } }")
    assert document["stack"]["template"] == {"heat_template_version": "2018-08-31", "count": 2, "odd": [True, None, 1.5]}


@pytest.mark.parametrize("value", ["!!binary aGk=", "!!set {a}", "!!python/object:os.system {}", "!own x", "*nothing", "[ }"])
def test_what_json_cannot_hold_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        FORM.parse(f"stack: {value}")
