"""Payloads as text, in the form of each kind of endpoint, holes marked."""

import json
from collections.abc import Iterator

import yaml
from lxml import etree

from vtnmd.domain.tree import Json, Tree, fill
from vtnmd.netconf.xmltree import to_element


def payload_text(tree: Tree, kind: str) -> str:
    """The body or bodies of one payload; what is known only later stands in parentheses."""
    payload = fill(tree, str)
    match kind:
        case "odl":
            return "\n".join(_calls(payload))
        case "restconf":
            return "\n".join(_edits(payload))
        case "netconf":
            return "\n".join(_xml(tree) for tree in payload["config"])
        case _:
            return yaml.safe_dump(payload, sort_keys=False, allow_unicode=True, width=100).rstrip()


def _calls(payload: Json) -> Iterator[str]:
    for call in payload["calls"]:
        yield f"POST operations/{call['rpc']}"
        yield json.dumps({"input": call["input"]}, indent=2, ensure_ascii=False)


def _edits(payload: Json) -> Iterator[str]:
    for edit in payload["edits"]:
        if "body" not in edit:
            yield f"DELETE {edit['path']}"
            continue
        yield f"PUT {edit['path']}"
        yield json.dumps(edit["body"], indent=2, ensure_ascii=False)


def _xml(tree: Tree) -> str:
    element = to_element(tree)
    etree.indent(element)
    return str(etree.tostring(element, encoding="unicode")).rstrip()
