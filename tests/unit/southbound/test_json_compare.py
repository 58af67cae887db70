"""What counts as a difference between what is expected and what is found."""

from typing import Any

import pytest

from vtnmd.southbound.json_compare import differences


@pytest.mark.parametrize(
    ("expected", "found", "keys", "told"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, {}, {}),
        ({"a": 1}, {"a": True}, {}, {"a": (1, True)}),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, {}, {"a/b": (1, 2)}),
        ({"a": {"b": 1}}, {}, {}, {"a": ({"b": 1}, None)}),
        ({"a": None}, {}, {}, {}),
        ({"a": None}, {"a": 1}, {}, {"a": (None, 1)}),
        ({"a": {"b": None}}, {}, {}, {}),
        ({"a": {"b": None}}, {"a": {"b": 1}}, {}, {"a/b": (None, 1)}),
        ({"a": {}}, {}, {}, {"a": ({}, None)}),
        ({"a": [1, 2]}, {"a": [2, 1]}, {}, {"a": ([1, 2], [2, 1])}),
        ({"a": [1, 2]}, {"a": [2, 1]}, {"a": []}, {}),
        ({"a": [1, 2]}, {"a": [1]}, {"a": []}, {"a": ([1, 2], [1])}),
        ({"a": []}, {}, {"a": []}, {}),
        ({"a": []}, {}, {"a": ["k"]}, {}),
        ({"a": []}, {"a": [{"k": 1}]}, {"a": ["k"]}, {"a[1]": (None, {"k": 1})}),
        ({"a": [{"k": 1, "v": 2}]}, {"a": [{"k": 1, "v": 3, "w": 0}]}, {"a": ["k"]}, {"a[1]/v": (2, 3)}),
        ({"a": [{"k": 1}, {"k": 2}]}, {"a": [{"k": 2}, {"k": 1}]}, {"a": ["k"]}, {}),
        ({"a": [{"k": 1}]}, {"a": "no list"}, {"a": ["k"]}, {"a[1]": ({"k": 1}, None)}),
        (
            {"a": [{"k": 1, "m": 2}]},
            {"a": [{"k": 1, "m": 3}]},
            {"a": ["k", "m"]},
            {"a[1, 2]": ({"k": 1, "m": 2}, None), "a[1, 3]": (None, {"k": 1, "m": 3})},
        ),
    ],
)
def test_differences(expected: Any, found: Any, keys: Any, told: Any) -> None:
    assert dict(differences(expected, found, keys=keys)) == told
