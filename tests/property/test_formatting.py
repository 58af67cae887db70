"""Formatting never changes what a file says, keeps every comment, and has nothing left to do afterwards."""

import re
from contextlib import suppress
from typing import Any

import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.property.test_tosca_documents import EVERYTHING
from tests.support.layouts import layouts
from vtnmd.compiler.tosca.document import native
from vtnmd.compiler.tosca.read import parse_document
from vtnmd.domain.diagnostics import Invalid
from vtnmd.language.formatting import formatted

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Like the reader of vtnmd, for PyYAML in Python refuses a few texts that libyaml reads."""


def said(text: str) -> tuple[Any, Any]:
    """What vtnmd and what PyYAML make of a text, without types."""
    return native(parse_document(text.encode(), "")), yaml.load(text, Loader=LOADER)


def comments(text: str) -> list[str]:
    return re.findall(r"# (?:about it|far left|head|end|what: it \[is\])|#deep", text)


@settings(max_examples=200, deadline=None)
@given(layouts())
@example("a:\n - |\n  of the text are three blanks:\n\n   \n - b\n")
def test_any_layout_is_formatted_and_says_the_same(text: str) -> None:
    anchors = re.findall(r"&a\d+", text)
    assume(len(set(anchors)) == len(anchors))
    found = formatted(text.encode(), "").decode()
    assert said(found) == said(text)
    assert comments(found) == comments(text)
    assert formatted(found.encode(), "").decode() == found


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_text_near_a_right_one_is_formatted_or_left_alone(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(EVERYTHING)))
    length = data.draw(st.integers(0, 30))
    inserted = data.draw(
        st.one_of(st.text(max_size=8), st.sampled_from(["[", "{ ", "? a", "- ", "&a ", "*a", "|\n", "'", "\n\n\n", "\t"]))
    )
    text = EVERYTHING[:start] + inserted + EVERYTHING[start + length :]
    with suppress(Invalid):
        found = formatted(text.encode("utf-8", "replace"), "").decode()
        assert said(found) == said(text.encode("utf-8", "replace").decode())
