"""libyang, where it is installed, as a second and independent judge of documents."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.documents import documents
from tests.unit.yang.conftest import MODELS
from tests.unit.yang.test_agreement import CHANGES, changed
from vtnmd.domain.tree import Json
from vtnmd.yang.instance import validate
from vtnmd.yang.library import standard_folders
from vtnmd.yang.schema import load_schema

libyang = pytest.importorskip("libyang", reason="the Python package libyang is not installed")
pytestmark = pytest.mark.libyang

HARBOUR = load_schema(("harbour", "harbour-tide"), (MODELS,))


@pytest.fixture(scope="module")
def judge() -> Any:
    context = libyang.Context(":".join(str(folder) for folder in (MODELS, *standard_folders())))
    for module in ("harbour", "harbour-tide"):
        context.load_module(module)
    yield context
    context.destroy()


def _accepts(judge: Any, document: Json) -> bool:
    try:
        tree = judge.parse_data_mem(json.dumps(document), "json", strict=True, no_state=True, validate_present=False)
    except libyang.LibyangError:
        return False
    if tree is not None:
        tree.free()
    return True


@settings(max_examples=200, deadline=None)
@given(changes=st.lists(st.sampled_from(CHANGES), min_size=1, max_size=2))
def test_changed_documents_are_judged_alike(judge: Any, changes: list[tuple[tuple[str | int, ...], Any]]) -> None:
    document = changed(changes)
    assert (validate(HARBOUR, document) == ()) == _accepts(judge, document)


@settings(max_examples=150, deadline=None)
@given(document=documents(HARBOUR.root))
def test_documents_of_legal_types_are_judged_alike(judge: Any, document: Json) -> None:
    assert (validate(HARBOUR, document) == ()) == _accepts(judge, document)
