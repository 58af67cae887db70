"""What is hidden and what is refused is exactly what rule after rule, asked for every instance by itself, denies."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vtnmd.datastore.faults import Refused
from vtnmd.northbound.nacm import authority_of
from vtnmd.yang.nodes import Kind, Protection, SchemaNode
from vtnmd.yang.schema import load_schema

MODELS = Path(__file__).parents[1] / "unit" / "northbound" / "nacm" / "models"
PLANT = load_schema(("plant", "ietf-netconf", "ietf-netconf-acm"), (MODELS,))
STEP = re.compile(r"/([^/\[]+)((?:\[[^\]]*\])*)")
NAMES = ("a", "b")
PATHS = (
    "/",
    "/plant:hall",
    "/plant:hall/title",
    "/plant:hall/climate",
    "/plant:hall/climate/heat",
    "/plant:hall/tag",
    "/plant:hall/machine",
    "/plant:hall/machine/name",
    "/plant:hall/machine/kind",
    "/plant:hall/machine/code",
    "/plant:hall/machine/part",
    "/plant:hall/machine/part/price",
    "/plant:vault/gold",
    "/plant:vault",
    *(f"/plant:hall/machine[name='{name}']" for name in NAMES),
    *(f"/plant:hall/machine[name='{name}']/kind" for name in NAMES),
    *(f"/plant:hall/machine[name='{name}']/part[maker='a']" for name in NAMES),
    "/plant:hall/machine[name=$USER]",
    "/plant:hall/machine/part[number='1']",
    "/plant:hall/machine/part[maker='b'][number='2']/price",
    "/plant:hall/tag[.='a']",
)
ACCESSES = ("create", "read", "update", "delete")
Way = tuple[tuple[SchemaNode, Any], ...]
"""From the top to an instance: schema nodes with the values there."""

rules = st.fixed_dictionaries(
    {"action": st.sampled_from(("permit", "deny")), "access-operations": st.just("*") | st.sampled_from(ACCESSES)},
    optional={"path": st.sampled_from(PATHS), "module-name": st.sampled_from(("plant", "*", "other"))},
)
defaults = st.sampled_from(("permit", "deny"))
nacms = st.builds(
    lambda listed, read, write: {
        "read-default": read,
        "write-default": write,
        "groups": {"group": [{"name": "g", "user-name": ["a"]}]},
        "rule-list": [{"name": "l", "group": ["g"], "rule": [{"name": str(n), **rule} for n, rule in enumerate(listed)]}],
    },
    st.lists(rules, max_size=5),
    defaults,
    defaults,
)
parts = st.lists(
    st.fixed_dictionaries({"maker": st.sampled_from(NAMES), "number": st.integers(1, 2)}, optional={"price": st.integers(0, 3)}),
    max_size=3,
    unique_by=lambda part: (part["maker"], part["number"]),
).map(lambda listed: sorted(listed, key=lambda part: (part["maker"], part["number"])))
"""In one order, so that no edit moves any."""

machines = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from((*NAMES, "c"))}, optional={"kind": st.sampled_from(NAMES), "code": st.just("x"), "part": parts}
    ),
    max_size=3,
    unique_by=lambda machine: str(machine["name"]),
)
halls = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(NAMES),
        "tag": st.lists(st.sampled_from(NAMES), unique=True),
        "climate": st.fixed_dictionaries({}, optional={"heat": st.integers(0, 2)}),
        "machine": machines,
    },
)
documents = st.fixed_dictionaries(
    {}, optional={"plant:hall": halls, "plant:vault": st.fixed_dictionaries({"gold": st.integers(0, 2)})}
)


def instances(value: Any, node: SchemaNode, way: Way = ()) -> Iterator[Way]:
    for member, item in value.items():
        child = node.children[member]
        for each in item if child.repeated else (item,):
            here = (*way, (child, each))
            yield here
            if isinstance(each, dict):
                yield from instances(each, child, here)


def leads_to(path: str, way: Way) -> bool:
    """Whether the path of a rule covers an instance."""
    steps = STEP.findall(path) if path != "/" else []
    if len(steps) > len(way):
        return False
    for (name, predicates), (node, value) in zip(steps, way, strict=False):
        if name != node.member:
            return False
        for key, text in re.findall(r"\[([^=]+)='?([^'\]]*)'?\]", predicates):
            held = value if key == "." else value[key]
            if str(held) != text.replace("$USER", "a"):
                return False
    return True


def allowed(nacm: Any, way: Way, access: str) -> bool:
    node = way[-1][0]
    for rule in nacm["rule-list"][0]["rule"]:
        if rule.get("module-name", "*") not in {"*", node.module} or rule["access-operations"] not in {"*", access}:
            continue
        if leads_to(rule.get("path", "/"), way):
            return bool(rule["action"] == "permit")
    if node.protection is Protection.ALL or (node.protection is Protection.WRITE and access != "read"):
        return False
    return bool(nacm["read-default" if access == "read" else "write-default"] == "permit")


def named(way: Way) -> tuple[Any, ...]:
    """The instance, whatever document it stands in."""
    return tuple(
        (node.member, tuple(value[key] for key in node.keys) if node.keys else value if node.kind is Kind.LEAF_LIST else None)
        for node, value in way
    )


def key_is_hidden(nacm: Any, way: Way) -> bool:
    node, value = way[-1]
    return any(not allowed(nacm, (*way, (node.children[key], value[key])), "read") for key in node.keys)


@given(nacms, documents)
def test_what_is_hidden_is_what_is_denied(nacm: Any, document: Any) -> None:
    expected = {
        named(way)
        for way in instances(document, PLANT.root)
        if all(allowed(nacm, way[:length], "read") and not key_is_hidden(nacm, way[:length]) for length in range(1, len(way) + 1))
    }
    shown = authority_of(PLANT, nacm, "a").readable(document)
    assert {named(way) for way in instances(shown, PLANT.root)} == expected


@given(nacms, documents, documents)
def test_what_is_refused_is_what_is_denied(nacm: Any, before: Any, after: Any) -> None:
    one = {named(way): way for way in instances(before, PLANT.root) if not way[-1][0].implied}
    other = {named(way): way for way in instances(after, PLANT.root) if not way[-1][0].implied}
    expected = any(not allowed(nacm, other[name], "create") for name in other.keys() - one.keys())
    lost = one.keys() - other.keys()
    gone = [name for name in lost if not any(name[:length] in lost for length in range(len(name)))]
    expected = expected or any(not allowed(nacm, one[name], "delete") for name in gone)
    leaves = [name for name in one.keys() & other.keys() if not one[name][-1][0].children]
    changed = [name for name in leaves if one[name][-1][1] != other[name][-1][1]]
    expected = expected or any(not allowed(nacm, other[name], "update") for name in changed)
    refused = False
    try:
        authority_of(PLANT, nacm, "a").check_write(before, after)
    except Refused:
        refused = True
    assert refused == expected
