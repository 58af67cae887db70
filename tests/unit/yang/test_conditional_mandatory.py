"""What is mandatory only under a condition, in a case, or in a container that need not be written."""

import pytest

from tests.unit.yang.conftest import MODELS
from vtnmd.domain.tree import Json
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import load_schema

GUARD = {"name": "n", "dog": [{"name": "d"}]}
GATE = load_schema(("gate",), (MODELS,))


@pytest.mark.parametrize(
    ("gate", "found"),
    [
        ({}, []),
        ({"kind": "locked"}, [("", "VTN-Y214"), ("guard/name", "VTN-Y202")]),
        ({"kind": "locked", "bolt": "b"}, [("guard/dog", "VTN-Y305"), ("guard/name", "VTN-Y202")]),
        ({"kind": "locked", "bolt": "b", "guard": GUARD}, []),
        ({"kind": "locked", "bar": 1, "guard": {"name": "n"}}, [("", "VTN-Y214"), ("weight", "VTN-Y202")]),
        ({"kind": "locked", "bar": 1, "weight": 2, "iron": [None], "guard": {"name": "n"}}, []),
        ({"kind": "locked", "bolt": "b", "bar": 1, "weight": 1, "steel": [None], "guard": GUARD}, [("", "VTN-Y213")]),
        ({"kind": "open", "bolt": "b"}, [("bolt", "VTN-Y303")]),
        ({"key": [{"no": 1}, {"no": 2}]}, [("key/1", "VTN-Y304")]),
        ({"key": [{"no": 1}, {"no": 2, "shape": "round"}]}, [("key/1", "VTN-Y304")]),
        ({"key": [{"no": 1}, {"no": 2, "shape": "flat"}]}, []),
    ],
)  # fmt: skip
def test_gates(gate: Json, found: list[tuple[str, str]]) -> None:
    violations = validate(GATE, {"gate:gate": gate})
    assert [("/".join(str(step) for step in v.path[1:]), v.code) for v in violations] == found


def test_mandatory_below_an_implied_container_counts_where_that_exists() -> None:
    assert validate(GATE, {}) == ()
    (violation,) = validate(GATE, {"gate:sign": {}})
    assert (violation.path, violation.code) == (("gate:sign", "text", "line"), "VTN-Y202")
