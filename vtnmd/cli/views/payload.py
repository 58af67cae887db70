"""What a plan will send, request by request, in the form of each kind of endpoint, holes marked."""

import json
from collections.abc import Iterator, Mapping

import yaml
from lxml import etree
from rich.text import Text

from vtnmd.cli.views.text import joined, plain
from vtnmd.domain.plan import Plan
from vtnmd.domain.tree import Json, Tree, fill
from vtnmd.netconf.xmltree import to_element


def show_payloads(plan: Plan, kinds: Mapping[str, str]) -> Text:
    """Every request of the plan; `kinds` maps an endpoint's id to its kind."""
    blocks = []
    for request in plan.requests:
        head = f"# {request.id}: {', '.join(str(address) for address in request.changes)}"
        blocks.append(Text.assemble((plain(head), "bold"), "\n", payload_text(request.payload, kinds[request.endpoint])))
    return Text("\n\n").join(blocks) if blocks else joined([])


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
