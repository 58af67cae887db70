"""A hand-off: the template of a topology, those nested in it, and the files that they name.

Reports VTN-H001 (a node that Heat has nothing for), H002 (a policy) and what the rules report.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from vtnmd.compiler.hot.cloud import USUAL_CLOUD
from vtnmd.compiler.hot.nesting import divided, tree_of
from vtnmd.compiler.hot.parameters import parameters_of
from vtnmd.compiler.hot.references import files_in, resources_in
from vtnmd.compiler.hot.resource import Nested, Resource
from vtnmd.compiler.hot.rules import NODES, POLICIES, TEMPLATES, rule_of
from vtnmd.compiler.hot.scene import HOSTED_ON, Scene, related, scene_of
from vtnmd.compiler.hot.software import software
from vtnmd.compiler.hot.storage import attachments
from vtnmd.compiler.hot.values import hot
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Span, has_errors, in_order
from vtnmd.domain.topology import Output, Topology
from vtnmd.domain.tree import Json

TEMPLATE_FILE = "template.yaml"
_BASE = date(2013, 5, 23)
_SINCE = {"list_join": date(2014, 10, 16), "str_split": date(2015, 10, 15)}
_SENLIN = date(2016, 4, 8)


@dataclass(frozen=True, slots=True)
class HandOff:
    """`template` is the main one, `nested` those that it names by file. `files` are named by get_file, from where the service
    template stands. `places` tells where resources, outputs and files come from.
    """

    template: Mapping[str, Json]
    nested: Mapping[str, Mapping[str, Json]]
    files: tuple[str, ...]
    places: Mapping[str, Span]
    warnings: tuple[Diagnostic, ...]


def hand_off(topology: Topology, cloud: Json = USUAL_CLOUD) -> HandOff:
    """The templates of a plain topology. `cloud` says which flavors and images there are. Raises Invalid."""
    scene = scene_of(topology, cloud)
    resources = [*_of_nodes(scene), *attachments(scene), *_of_policies(scene)]
    _check_names(scene, resources)
    resources = _without_missing_needs(resources)
    outputs = {name: _output(scene, output) for name, output in topology.outputs.items()}
    parameters = {**parameters_of(topology.inputs), **scene.parameters}
    main, inner = divided(resources, _parts(scene), parameters)
    _check_references(scene, main, outputs, resources)
    if has_errors(scene.problems):
        raise Invalid(*topology.warnings, *scene.problems)
    described = {"description": topology.description.rstrip() + "\n"} if topology.description else {}
    trees = {resource.name: tree_of(resource) for resource in main}
    template = {**described, "parameters": parameters, "resources": trees, "outputs": outputs}
    return HandOff(
        _versioned(template),
        {file: _versioned({"description": "Scaling template", **sections}) for file, sections in inner.items()},
        tuple(sorted({file for resource in resources for file in files_in(resource.properties)})),
        dict(_places(scene, resources)),
        in_order((*topology.warnings, *scene.problems)),
    )


def _places(scene: Scene, resources: Iterable[Resource]) -> Iterator[tuple[str, Span]]:
    entities = {**scene.topology.policies, **scene.nodes}
    for output in scene.topology.outputs.values():
        yield f"the output {output.name}", output.span
    for resource in resources:
        if resource.owner in entities:
            yield resource.name, entities[resource.owner].span
    for node in scene.nodes.values():
        yield from ((artifact.file, artifact.span) for artifact in node.artifacts.values())
        for operation in (*node.operations, *(step for relation in node.relations for step in relation.operations)):
            yield operation.implementation, operation.span


def _of_nodes(scene: Scene) -> Iterator[Resource]:
    for node in scene.nodes.values():
        rule = next((rule for name, rule in NODES if name in node.ancestry), None)
        if rule is not None:
            yield from rule(scene, node)
        elif not related(node, HOSTED_ON) or not node.operations:
            hint = f"what can be expressed derives from {', '.join(name.removeprefix('tosca.nodes.') for name, _ in NODES)}"
            scene.error("VTN-H001", f"Heat has nothing for {node.name} of type {node.type}", node.span, hint)
        if node.operations or node.artifacts or any(relation.operations for relation in node.relations):
            yield from software(scene, node)


def _of_policies(scene: Scene) -> Iterator[Resource]:
    for policy in scene.topology.policies.values():
        rule = rule_of(policy)
        if rule is None:
            hint = f"what can be expressed derives from {', '.join(name.removeprefix('tosca.policies.') for name, _ in POLICIES)}"
            scene.error("VTN-H002", f"Heat has nothing for the policy {policy.name} of type {policy.type}", policy.span, hint)
        else:
            yield from rule(scene, policy)


def _check_names(scene: Scene, resources: Iterable[Resource]) -> None:
    """Two nodes can come to resources of one name: a network `web_subnet` beside the subnet of `web`.

    A name must be one that Heat takes, and that a nested template can have as a file.
    """
    known: dict[str, Resource] = {}
    for resource in resources:
        first = known.setdefault(resource.name, resource)
        entity = scene.nodes.get(resource.owner) or scene.topology.policies.get(resource.owner)
        place = entity.span if entity else scene.topology.span
        if first is not resource:
            summary = f"{resource.owner} and {first.owner} both come to a resource {resource.name}"
            scene.error("VTN-H007", summary, place, "rename one of them")
        if "/" in resource.name or not resource.name.isprintable():
            summary = f"Heat takes no resource of the name {resource.name[:80]!r}"
            scene.error("VTN-H003", summary, place, "use letters, digits, dots and dashes")


def _without_missing_needs(resources: Iterable[Resource]) -> list[Resource]:
    """The resources without needs of what comes to none, such as a network that exists already."""
    names = {resource.name for resource in resources}
    return [
        resource
        if names.issuperset(resource.depends_on)
        else replace(resource, depends_on=tuple(name for name in resource.depends_on if name in names))
        for resource in resources
    ]


def _check_references(scene: Scene, main: Iterable[Resource], outputs: Mapping[str, Json], resources: Iterable[Resource]) -> None:
    """What the main template refers to is in it: not left out, and not one of the copies that a group makes."""
    names = {resource.name for resource in main}
    everywhere = {resource.name for resource in resources}
    places = dict(_places(scene, main))
    trees = [(resource.name, resource.properties) for resource in main]
    trees += [(f"the output {name}", tree) for name, tree in outputs.items()]
    for owner, tree in trees:
        for name in dict.fromkeys(resources_in(tree)):
            if name not in names:
                why = "of which a scaling group makes copies" if name in everywhere else "which comes to no resource"
                scene.error("VTN-H003", f"{owner} refers to {name}, {why}", places.get(owner, scene.topology.span))


def _output(scene: Scene, output: Output) -> Json:
    """An output. Apostrophes of its description go, as in what users of TOSCA and Heat are used to get."""
    described = {"description": output.description.strip().replace("'", "")} if output.description else {}
    return {**described, "value": hot(scene, output.value, output.span)}


def _parts(scene: Scene) -> list[Nested]:
    templates = dict(TEMPLATES)
    ruled = ((policy, rule_of(policy)) for policy in scene.topology.policies.values())
    return [part for policy, rule in ruled if rule in templates for part in templates[rule](scene, policy)]


def _versioned(sections: dict[str, Json]) -> dict[str, Json]:
    """The template with the oldest version that knows all that it says."""
    version = max((_since(tree) for tree in sections.values()), default=_BASE)
    return {"heat_template_version": version, **sections}


def _since(tree: Json) -> date:
    if isinstance(tree, Mapping):
        own = [_SINCE[key] for key in tree if key in _SINCE]
        if str(tree.get("type", "")).startswith("OS::Senlin::"):
            own.append(_SENLIN)
        return max((*own, *map(_since, tree.values())), default=_BASE)
    return max(map(_since, tree), default=_BASE) if isinstance(tree, list) else _BASE
