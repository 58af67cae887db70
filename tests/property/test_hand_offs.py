"""Whatever stands in a plain topology, handing it off gives templates or diagnostics; never anything else."""

import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vtnmd.domain.diagnostics import Invalid
from vtnmd.usecases.rendering import render_source
from vtnmd.usecases.services import Source

CASES = Path(__file__).parents[1] / "golden" / "hand-offs"
TYPED = {case: yaml.safe_load((CASES / case / "service.yaml").read_text()) for case in ("web-shop", "growing", "cluster", "vnf")}
"""Cases whose types are imported by relative paths, which are made absolute."""

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 10**12),
    st.floats(allow_nan=False),
    st.sampled_from(
        ["", "SELF", "1 GB", "-1 XB", "../x", "a/b", "%1%", "10.0.0.1", "UNBOUNDED", "nfvi_node", "work", "gt", "SCALE_OUT"]
    ),
    st.text(max_size=6),
    st.just([]),
    st.just({}),
    st.lists(st.integers(), min_size=1, max_size=2),
    st.dictionaries(
        st.sampled_from(["a", "leaf", "get_input", "get_attribute", "min_number_of_instances"]),
        st.integers(),
        min_size=1,
        max_size=1,
    ),
)


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [below for key, child in children for below in ((*path, key), *places(child, (*path, key)))]


@st.composite
def varied(draw: st.DrawFn, case: str) -> Any:
    """The case with a few values of its topology replaced or taken away."""
    document = deepcopy(TYPED[case])
    topology = document["topology_template"]
    for _ in range(draw(st.integers(1, 3))):
        candidates = places(topology)
        if not candidates:
            break
        *parents, last = draw(st.sampled_from(candidates))
        parent = topology
        for step in parents:
            parent = parent[step]
        if draw(st.booleans()):
            parent[last] = draw(VALUES)
        else:
            del parent[last]
    document["imports"] = [str(CASES / case / file) for file in document.get("imports", [])]
    return document


@pytest.mark.parametrize("case", TYPED)
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(data=st.data())
def test_a_wrong_topology_is_refused_and_nothing_worse(case: str, data: st.DataObject) -> None:
    document = data.draw(varied(case))
    with tempfile.TemporaryDirectory() as folder:
        service = Path(folder) / "service.yaml"
        service.write_text(yaml.safe_dump(document, sort_keys=False))
        try:
            files = render_source(Source(service), "", ("heat", "cfn")).files
        except Invalid:
            return
    assert yaml.safe_load(files["template.yaml"])["heat_template_version"]
