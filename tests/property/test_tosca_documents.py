"""Whatever stands in a file, reading it gives a Topology and an Intent, or diagnostics with places; never anything else."""

import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.archives import csar
from tests.support.tosca import write
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca import bind, read_topology
from vtnmd.compiler.tosca.shapes import SHAPES, Record
from vtnmd.compiler.tosca.values import FUNCTIONS
from vtnmd.domain.diagnostics import Diagnostic, Invalid

TESTS = Path(__file__).parents[1]
EVERYTHING = (TESTS / "support" / "everything.yaml").read_text()
"""A service template that uses every section and keyname of the grammar."""

OTHERS = sorted(
    path
    for folder in (TESTS.parent / "examples", TESTS / "golden", TESTS.parent / "models" / "tosca")
    for path in folder.rglob("*.yaml")
    if path.stat().st_size < 20_000
)
"""The inputs of the repository: services, inventories, wrong files, the profile. Any of them may be named as SERVICE."""

TEXTS = [EVERYTHING.encode(), *(path.read_bytes() for path in OTHERS)]


class PlainDumper(yaml.SafeDumper):
    """Writes texts without quotes wherever YAML allows it."""


PlainDumper.yaml_implicit_resolvers = {}


def tree_of(content: bytes) -> Any:
    """What the content holds; None if it is not YAML, or a bomb, whose tree has no end."""
    if content.count(b"*") > 50:
        return None
    try:
        return yaml.load(content, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError):
        return None


DOCUMENT = tree_of(EVERYTHING.encode())
DOCUMENTS = [DOCUMENT] * 8 + [
    tree
    for path in OTHERS
    if path.name == "service.yaml" and path.parent.name != "yaml-bomb" and isinstance(tree := tree_of(path.read_bytes()), dict)
]


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
    """A document with a few of its nodes replaced, removed, moved or renamed."""
    document = deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(1, 4))):
        candidates = places(document)
        if not candidates:
            break
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


def read(content: bytes, name: str = "service.yaml") -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
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


@st.composite
def mutations(draw: st.DrawFn, content: bytes) -> bytes:
    """The content with a few of its parts replaced, removed or added to."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 40))
        inserted = draw(
            st.one_of(
                st.text(max_size=10).map(lambda text: text.encode("utf-8", "replace")),
                st.binary(max_size=4),
                st.sampled_from(
                    [b"[", b"{", b"}", b"]", b": ", b"- ", b"&a ", b"*a", b"!!x ", b"<<: *a", b"\n", b"'", b"\t", b"---\n"]
                ),
            )
        )
        content = content[:start] + inserted + content[start + length :]
    return content


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(TEXTS).flatmap(mutations))
def test_texts_near_a_right_one(content: bytes) -> None:
    read(content)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_octets(content: bytes) -> None:
    read(content)


@settings(max_examples=100, deadline=None)
@given(mutations(csar({"service.yaml": EVERYTHING, "other/types.yaml": TEXTS[-1]})))
def test_archives_near_a_right_one(content: bytes) -> None:
    read(content, "service.csar")
