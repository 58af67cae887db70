"""A plan as files for hand-off: per region Heat templates in either form, VTN Manager RPC bodies, NETCONF and RESTCONF edits, and
their order.

The same plan gives the same bytes. What is known only after apply becomes a parameter of a Heat template, and is written
`(known after apply: …)` elsewhere.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from itertools import count

import yaml
from lxml import etree

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.inventory import Endpoint
from vtnmd.domain.plan import Change, Plan, Request
from vtnmd.domain.tree import Json, Ref, Secret, Tree, fill
from vtnmd.netconf.xmltree import BASE, to_element
from vtnmd.render.cloudformation import cloudformation_of

ORDER_FILE = "order.json"


def export(plan: Plan, endpoints: Mapping[str, Endpoint], targets: Collection[str]) -> dict[str, str]:
    """File contents by path. `endpoints` are those of the plan by `region/name`.

    A target is a kind of endpoint, or `cfn`: the stacks of Heat as CloudFormation. Raises Invalid (VTN-H011) with all that this
    form has no word for.
    """
    files: dict[str, str] = {}
    written: dict[str, list[str]] = {}
    numbers: dict[str, int] = {}
    problems: list[Diagnostic] = []
    for request in plan.requests:
        endpoint = endpoints[request.endpoint]
        numbers[request.endpoint] = numbers.get(request.endpoint, 0) + 1
        for target in _TARGETS_OF.get(endpoint.kind, (endpoint.kind,)):
            if target not in targets:
                continue
            try:
                made = list(_WRITERS[target](request, f"{numbers[request.endpoint]:03d}"))
            except Invalid as error:
                problems += error.diagnostics
                continue
            for name, content in made:
                path = f"{_file_name(endpoint.region)}/{target}/{_file_name(name)}"
                files[path] = content
                written.setdefault(request.id, []).append(path)
    if problems:
        raise Invalid(*problems)
    files[ORDER_FILE] = _dump_json(_order(plan, written))
    return files


def _file_name(text: str) -> str:
    """A name that stays in its folder, whatever a template or an inventory put into it."""
    safe = "".join(character if character.isalnum() or character in "-_." else "_" for character in text)
    return f"_{safe}" if safe.startswith(".") or not safe else safe


def _odl(request: Request, number: str) -> Iterator[tuple[str, str]]:
    for index, call in enumerate(request.payload["calls"]):
        step = f"{number}.{index + 1}" if len(request.payload["calls"]) > 1 else number
        name = f"{step}-{call['rpc'].replace(':', '.')}.json"
        yield name, _dump_json({"input": fill(call["input"], str)})


def _netconf(request: Request, number: str) -> Iterator[tuple[str, str]]:
    config = {"tag": f"{{{BASE}}}config", "children": fill(request.payload["config"], str)}
    text = etree.tostring(to_element(config), pretty_print=True, encoding="unicode")
    yield f"{request.endpoint.partition('/')[2]}-{number}.xml", text


def _heat(request: Request, number: str) -> Iterator[tuple[str, str]]:
    payload = request.payload
    if "put" in payload:
        stack = payload["put"]
        template = _with_parameters(stack["template"])
        yield f"{number}-{stack['name']}.yaml", _dump_yaml(template)


def _cfn(request: Request, number: str) -> Iterator[tuple[str, str]]:
    payload = request.payload
    if "put" not in payload:
        return
    stack = payload["put"]
    template, unsaid = cloudformation_of(_with_parameters(stack["template"]))
    if unsaid:
        address = str(request.changes[0])
        hint = "leave the target cfn out, or say it otherwise in the template of this kind of resource"
        raise Invalid(
            *(
                Diagnostic("VTN-H011", f"CloudFormation has no word for {function}, at {place}", hint=hint, address=address)
                for place, function in unsaid.items()
            )
        )
    yield f"{number}-{stack['name']}.yaml", _dump_yaml(template)


def _restconf(request: Request, number: str) -> Iterator[tuple[str, str]]:
    edits = request.payload["edits"]
    for index, edit in enumerate(edits):
        step = f"{number}.{index + 1}" if len(edits) > 1 else number
        method = "PUT" if "body" in edit else "DELETE"
        document = {"method": method, "path": fill(edit["path"], str)} | (
            {"body": fill(edit["body"], str)} if "body" in edit else {}
        )
        yield f"{step}-{request.changes[0].kind}.json", _dump_json(document)


_WRITERS = {"odl": _odl, "netconf": _netconf, "heat": _heat, "cfn": _cfn, "restconf": _restconf}
_TARGETS_OF = {"heat": ("heat", "cfn")}
"""The targets of kinds of endpoint that have several."""


def _with_parameters(template: Tree) -> Json:
    """The template with a parameter for each hole, so that Heat accepts it as it stands."""
    parameters: dict[str, Json] = {}
    names: dict[Ref | Secret, str] = {}

    def parameter(hole: Ref | Secret) -> Json:
        if hole not in names:
            wanted = hole.attribute if isinstance(hole, Ref) else "secret"
            names[hole] = name = next(name for name in _candidates(wanted) if name not in parameters)
            parameters[name] = {"type": "string", "description": str(hole).strip("()")}
        return {"get_param": names[hole]}

    filled = fill(template, parameter)
    head = {key: value for key, value in filled.items() if key in ("heat_template_version", "description")}
    rest = {key: value for key, value in filled.items() if key not in head}
    return head | ({"parameters": dict(sorted(parameters.items()))} if parameters else {}) | rest


def _candidates(wanted: str) -> Iterator[str]:
    """The name, then the name with a number from 2: two resources may have attributes of one name."""
    yield wanted
    yield from (f"{wanted}-{number}" for number in count(2))


def _order(plan: Plan, written: Mapping[str, list[str]]) -> Json:
    carrier = {address: request.id for request in plan.requests for address in request.changes}
    waits: dict[Address, list[Json]] = {change.address: [] for change in plan.changes}
    for edge in plan.edges:
        waits[edge.source].append({"address": str(edge.target), "reason": edge.reason})

    def step(change: Change) -> Json:
        return {
            "address": str(change.address),
            "action": change.action.name.lower(),
            "request": carrier[change.address],
            "needs": waits[change.address],
        }

    return {
        "format_version": 1,
        "service": plan.service,
        "changes": [step(change) for change in plan.changes],
        "requests": [
            {
                "id": request.id,
                "endpoint": request.endpoint,
                "wave": request.wave,
                "needs": list(request.needs),
                "files": written.get(request.id, []),
            }
            for request in plan.requests
        ],
        "probes": [
            probe.to_json()
            | {"needs": sorted(str(address) for address in carrier if address.region in (probe.source.region, probe.target.region))}
            for probe in plan.probes
        ],
    }


def _dump_yaml(data: Json) -> str:
    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)
    return text


def _dump_json(data: Json) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
