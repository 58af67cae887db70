"""Renders a service to files: per region what each kind of endpoint is sent, and the order of all of it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from lxml import etree

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.graph import Edge
from vtnmd.domain.plan import Plan, Request
from vtnmd.domain.tree import Json, Tree, fill
from vtnmd.netconf.xmltree import to_element
from vtnmd.planner import Wanted, World, make_plan
from vtnmd.usecases.services import Ready, catalogue, endpoint_kinds

FORMAT_VERSION = 1
TARGETS = ("heat", "odl", "netconf")


def render_files(ready: Ready, targets: tuple[str, ...]) -> Mapping[str, str]:
    """Relative path → content, for a service that is not there yet: `REGION/TARGET/…` and order.json. Stable byte for byte."""
    wanted = Wanted(ready.intent, ready.compiled.graph, ready.compiled.allocations, ready.compiled.probes)
    plan = make_plan(ready.intent.name, "", wanted, ready.inventory, World(), catalogue())
    kinds = endpoint_kinds(ready.inventory)
    files: dict[str, str] = {}
    order: list[Json] = []
    for request in plan.requests:
        kind = kinds[request.endpoint]
        names = dict(_files(request, kind, len(files))) if kind in targets else {}
        files |= names
        order.append(_step(request, kind, sorted(names), plan))
    files["order.json"] = (
        json.dumps({"format_version": FORMAT_VERSION, "service": plan.service, "requests": order}, indent=2) + "\n"
    )
    return files


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write files below a folder, which is made. Raises Invalid (VTN-F008)."""
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    except OSError as error:
        place = error.filename or folder
        raise Invalid(Diagnostic("VTN-F008", f"{place} cannot be written: {error.strerror}", hint="name another folder")) from None


def _files(request: Request, kind: str, position: int) -> Iterator[tuple[str, str]]:
    payload = fill(request.payload, str)
    folder = f"{_segment(request.region)}/{kind}"
    match kind:
        case "odl":
            for step, call in enumerate(payload["calls"]):
                name = "-".join(_segment(part) for part in (*request.changes[0].key, call["rpc"].replace(":", "_")))
                yield (
                    f"{folder}/{position + step:03}-{name}.json",
                    json.dumps({"input": call["input"]}, indent=2, ensure_ascii=False) + "\n",
                )
        case "netconf":
            yield f"{folder}/{position:03}-wave-{request.wave}.xml", _xml(payload["config"])
        case _:
            stack = payload["put"]
            yield f"{folder}/{_segment(stack['name'])}.yaml", yaml.safe_dump(stack["template"], sort_keys=False, allow_unicode=True)


def _segment(text: str) -> str:
    """A file name that stays in its folder, whatever the text."""
    safe = "".join(character if character.isalnum() or character in "-_." else "_" for character in text)
    return f"_{safe}" if safe.startswith(".") or not safe else safe


def _xml(trees: list[Tree]) -> str:
    config = etree.Element("config")
    config.extend([to_element(tree) for tree in trees])
    etree.indent(config)
    return str(etree.tostring(config, encoding="unicode")) + "\n"


def _step(request: Request, kind: str, files: list[str], plan: Plan) -> Json:
    """A request with the requests it waits for, other regions' included, and why."""
    members = set(request.changes)
    return {
        "request": request.id,
        "region": request.region,
        "endpoint": request.endpoint,
        "kind": kind,
        "wave": request.wave,
        "files": files,
        "resources": [str(address) for address in request.changes],
        "needs": list(request.needs),
        "because": [_reason(edge) for edge in plan.edges if _leads_out(edge, members)],
    }


def _leads_out(edge: Edge, members: set[Address]) -> bool:
    return edge.source in members and edge.target not in members


def _reason(edge: Edge) -> str:
    return f"{edge.source} needs {edge.target} ({edge.reason})"
