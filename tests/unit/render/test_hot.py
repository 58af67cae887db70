"""Templates as text."""

from datetime import date
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from vtnmd.render.hot import dump_template

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=30)
TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXTS),
    lambda children: st.one_of(st.lists(children, max_size=3), st.dictionaries(TEXTS, children, max_size=3)),
    max_leaves=8,
)


@settings(deadline=None)  # the machine may be busy
@given(TREES, TEXTS)
def test_no_value_changes_the_shape_of_a_template(tree: Any, text: str) -> None:
    template = {"heat_template_version": date(2013, 5, 23), "description": text + "\n", "resources": {"r": tree}}
    assert yaml.safe_load(dump_template(template)) == template


def test_a_script_is_a_block_and_sections_are_set_apart() -> None:
    template = {"description": "One.\n", "resources": {"c": {"config": "#!/bin/sh\necho\n"}}}
    expected = "description: >\n  One.\n\nresources:\n  c:\n    config: |\n      #!/bin/sh\n      echo\n"
    assert dump_template(template) == expected
