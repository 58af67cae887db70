"""Whatever comes in, what comes out is violations or problems as values, never an exception of another kind."""

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.unit.yang.conftest import MODELS
from tests.unit.yang.test_validate import GOOD
from vtnmd.domain.tree import Json
from vtnmd.yang.conditions import settle
from vtnmd.yang.convert import XmlError, from_xml, to_xml
from vtnmd.yang.defaults import with_defaults
from vtnmd.yang.edit import EditError, Operation, edit
from vtnmd.yang.identifiers import instance_identifier
from vtnmd.yang.instance import Content, unchecked, validate
from vtnmd.yang.instances import Path
from vtnmd.yang.references import uses
from vtnmd.yang.schema import load_schema

HARBOUR = load_schema(("harbour", "harbour-tide"), (MODELS,))


def _paths(value: Json, path: Path = ()) -> Iterator[Path]:
    yield path
    for step, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _paths(item, (*path, step))


_EVERYWHERE = [path for path in _paths(GOOD) if path]
_MEMBERS = sorted({str(path[-1]) for path in _EVERYWHERE if isinstance(path[-1], str)})
_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.sampled_from(["a1", "nan", "tanker"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_MEMBERS) | st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)


def _spoilt(changes: list[tuple[Path, Any]]) -> Json:
    document = copy.deepcopy(GOOD)
    for path, value in changes:
        node = document
        try:
            for step in path[:-1]:
                node = node[step]
            node[path[-1]] = copy.deepcopy(value)
        except (LookupError, TypeError):
            continue
    return document


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_EVERYWHERE), _ANYTHING), min_size=1, max_size=3))
def test_spoilt_documents(changes: list[tuple[Path, Any]]) -> None:
    document = _spoilt(changes)
    for violation in validate(HARBOUR, document):
        assert violation.error_tag
        assert str(instance_identifier(HARBOUR, document, violation.path)) or len(violation.path) < 2
    validate(HARBOUR, document, content=Content.ALL)


@settings(max_examples=100, deadline=None)
@given(_ANYTHING)
def test_documents_that_are_nothing_like_one(document: Any) -> None:
    assert validate(HARBOUR, document)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_EVERYWHERE), _ANYTHING), min_size=1, max_size=3))
def test_valid_documents_pass_through_every_function(changes: list[tuple[Path, Any]]) -> None:
    document = _spoilt(changes)
    if validate(HARBOUR, document):
        return
    assert validate(HARBOUR, with_defaults(HARBOUR, document)) == ()
    again = from_xml(HARBOUR, to_xml(HARBOUR, document))
    assert validate(HARBOUR, again) == ()
    uses(document, HARBOUR.root)
    unchecked(HARBOUR, document, {"harbour:dock"})


_NAMES = [member.rpartition(":")[2] for member in _MEMBERS]
_NAMESPACES = ["urn:example:harbour", "urn:example:harbour-tide", "urn:nobody"]
_OPERATIONS = [*Operation, "drop"]


@st.composite
def _elements(draw: st.DrawFn, depth: int = 0) -> etree._Element:
    name, namespace = draw(st.sampled_from(_NAMES)), draw(st.sampled_from(_NAMESPACES[:1] * 4 + _NAMESPACES))
    element = etree.Element(f"{{{namespace}}}{name}")
    if draw(st.integers(0, 3)) == 0:
        element.set("{urn:ietf:params:xml:ns:netconf:base:1.0}operation", draw(st.sampled_from(_OPERATIONS)))
    if draw(st.integers(0, 5)) == 0:
        element.set("{urn:ietf:params:xml:ns:yang:1}insert", draw(st.sampled_from(["first", "before", "x"])))
        element.set("{urn:ietf:params:xml:ns:yang:1}key", draw(st.sampled_from(["[id='1']", "[x:id='1']", "", "[[["])))
    if depth < 3 and draw(st.booleans()):
        element.extend(draw(st.lists(_elements(depth + 1), max_size=3)))
    else:
        element.text = draw(st.sampled_from(["", "1", "a1", "nan", "h:ferry", "x:y:z", "/a[b='c']", ":"]))
    return element


@settings(max_examples=150, deadline=None)
@given(st.lists(_elements(), min_size=1, max_size=3), st.sampled_from([Operation.MERGE, Operation.REPLACE, Operation.NONE]))
def test_elements_of_any_kind(elements: list[etree._Element], operation: Operation) -> None:
    with contextlib.suppress(EditError):
        after = edit(HARBOUR, GOOD, elements, default_operation=operation)
        validate(HARBOUR, settle(HARBOUR, GOOD, after))
    with contextlib.suppress(XmlError):
        validate(HARBOUR, from_xml(HARBOUR, elements))
