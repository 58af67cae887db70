"""Whatever stands in a file, reading it gives a Topology and an Intent, or diagnostics with places; never anything else."""

import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.tosca import write
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca import bind, read_topology
from vtnmd.compiler.tosca.shapes import SHAPES, Record
from vtnmd.compiler.tosca.values import FUNCTIONS
from vtnmd.domain.diagnostics import Diagnostic, Invalid

EVERYTHING = (Path(__file__).parents[1] / "support" / "everything.yaml").read_text()
"""A service template that uses every section and keyname of the grammar."""


class PlainDumper(yaml.SafeDumper):
    """Writes texts without quotes wherever YAML allows it."""


PlainDumper.yaml_implicit_resolvers = {}


DOCUMENT = yaml.load(EVERYTHING, Loader=yaml.BaseLoader)


def test_the_document_that_is_varied_is_right(tmp_path: Path) -> None:
    assert bind(read_topology(write(tmp_path, EVERYTHING)), service_schema()).intent.name == "all"


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every node below the root."""
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [below for key, child in children for below in ((*path, key), *places(child, (*path, key)))]


PLACES = places(DOCUMENT)
KEYNAMES = sorted({key for shape in SHAPES.values() if isinstance(shape, Record) for key in shape.keys} | FUNCTIONS)
NAMES = sorted({str(step) for path in PLACES for step in path if isinstance(step, str)})
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(NAMES),
    st.sampled_from(
        ["UNBOUNDED", "SELF", "HOST", "TARGET", "1 GB", "10 Mbps", "[", "a:b:c", "\0", "\ud800".encode("utf-8", "replace").decode()]
    ),
)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(KEYNAMES), st.sampled_from(NAMES), st.text(max_size=5)), inner, max_size=3),
    ),
    max_leaves=8,
)


def at(tree: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        tree = tree[step]
    return tree


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """The document above with a few of its nodes replaced, removed, moved or renamed."""
    document = deepcopy(DOCUMENT)
    for _ in range(draw(st.integers(1, 4))):
        candidates = places(document)
        *parents, last = draw(st.sampled_from(candidates))
        parent = at(document, tuple(parents))
        match draw(st.sampled_from(["replace", "remove", "move", "rename"])):
            case "replace":
                parent[last] = draw(trees)
            case "remove":
                del parent[last]
            case "move":
                parent[last] = deepcopy(at(document, draw(st.sampled_from(candidates))))
            case _ if isinstance(parent, dict):
                parent[draw(st.one_of(st.sampled_from(KEYNAMES), st.sampled_from(NAMES)))] = parent.pop(last)
    return document


def read(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "service.yaml"
        path.write_bytes(content)
        problems = refusal(path)
    assert problems is None or problems
    for problem in problems or ():
        assert problem.summary
        assert problem.span


def refusal(path: Path) -> tuple[Diagnostic, ...] | None:
    try:
        bind(read_topology(path), service_schema())
    except Invalid as error:
        return error.diagnostics
    return None


@settings(max_examples=150, deadline=None)
@given(documents())
def test_documents_near_a_right_one(document: Any) -> None:
    read(yaml.dump(document, Dumper=PlainDumper, allow_unicode=True, sort_keys=False).encode("utf-8", "replace"))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_texts_near_a_right_one(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(EVERYTHING)))
    length = data.draw(st.integers(0, 40))
    inserted = data.draw(
        st.one_of(st.text(max_size=10), st.sampled_from(["[", "{", "}", "]", ": ", "- ", "&a ", "*a", "!!x ", "<<: *a", "\n", "'"]))
    )
    read((EVERYTHING[:start] + inserted + EVERYTHING[start + length :]).encode("utf-8", "replace"))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_octets(content: bytes) -> None:
    read(content)
