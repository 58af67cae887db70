"""Documents for Heat: one stack each, in YAML; the template is dumped from the tree again wherever it is written as text."""

from collections.abc import Sequence
from typing import ClassVar

import yaml

from vtnmd.domain.tree import Tree
from vtnmd.render.forms import Form, Rendered

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML was built without libyaml
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

_MEMBERS = frozenset({"stack", "attributes"})
_TAG = "tag:yaml.org,2002:"
_PLAIN = ("null", "bool", "int", "float", "str", "seq", "map")


class _PlainLoader(_SafeLoader):
    """Knows the types of JSON and no others. A date, such as HOT's version, is its text."""

    yaml_constructors: ClassVar = {
        **{_TAG + name: _SafeLoader.yaml_constructors[_TAG + name] for name in _PLAIN},
        _TAG + "timestamp": _SafeLoader.yaml_constructors[_TAG + "str"],
        None: _SafeLoader.yaml_constructors[None],
    }


def _parse(text: str) -> Tree:
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a safe loader, and narrower
    except yaml.YAMLError as problem:
        raise ValueError(str(problem)) from None


def _shape(document: Tree, _removal: Tree) -> Rendered:
    if not isinstance(document, dict) or not {"stack"} <= document.keys() <= _MEMBERS:
        raise ValueError("expected stack and, if there are any, attributes")
    stack = document["stack"]
    if not isinstance(stack, dict) or not {"name", "template"} <= stack.keys():
        raise ValueError("a stack has a name and a template")
    name = {"name": stack["name"]}
    return Rendered(
        {"put": stack, "attributes": document.get("attributes", {})},
        {"remove": name},
        {"stack": stack, "attributes": document.get("attributes", {})},
        {"absent": name},
        frozenset(),
    )


def _replace(_removal: Tree, addition: Tree) -> Tree:
    """Heat replaces within the stack what cannot change in place."""
    return addition


def _merge(payloads: Sequence[Tree]) -> Tree:
    (payload,) = payloads
    return payload


FORM = Form("yaml", False, _parse, _shape, _replace, _merge, one_request_per_wave=False, version=1)
