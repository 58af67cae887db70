"""Divides resources into those of the main template and those of templates that are nested in it.

What a nested template needs from outside comes by its parameters: an id of each resource that it refers to, and inputs of the
topology by their own names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from vtnmd.compiler.hot.resource import Nested, Resource
from vtnmd.domain.tree import Json


@dataclass(slots=True)
class _Border:
    """What passes into a nested template: parameters that it declares, and what is given for them. `inside` are its resources."""

    inside: frozenset[str]
    parameters: Mapping[str, Json]
    declared: dict[str, Json] = field(default_factory=dict)
    given: dict[str, Json] = field(default_factory=dict)

    def passed(self, tree: Json) -> Json:
        """A tree as it stands inside."""
        if isinstance(tree, list):
            return [self.passed(child) for child in tree]
        if not isinstance(tree, Mapping):
            return tree
        if len(tree) == 1:
            ((function, argument),) = tree.items()
            if function == "get_resource" and argument not in self.inside:
                name = f"{str(argument).lower()}_id"
                self.declared[name], self.given[name] = {"type": "string"}, tree
                return {"get_param": name}
            if function == "get_attr" and argument[0] not in self.inside:
                name = "_".join(str(step) for step in argument).lower()
                self.declared[name], self.given[name] = {"type": "string"}, tree
                return {"get_param": name}
            if function == "get_param":
                name = argument[0] if isinstance(argument, list) else argument
                self.declared[name], self.given[name] = self.parameters[name], {"get_param": name}
                return tree
        return {key: self.passed(child) for key, child in tree.items()}


def divided(
    resources: list[Resource], parts: Iterable[Nested], parameters: Mapping[str, Json]
) -> tuple[list[Resource], dict[str, dict[str, Json]]]:
    """The resources of the main template, and the sections of each nested one by its file."""
    main = {resource.name: resource for resource in resources}
    sections: dict[str, dict[str, Json]] = {}
    for part in parts:
        inside = [resource for resource in resources if resource.owner in part.members]
        border = _Border(frozenset(resource.name for resource in inside), parameters)
        needs = {name: None for resource in inside for name in resource.depends_on if name not in border.inside}
        kept = (
            replace(resource, depends_on=tuple(name for name in resource.depends_on if name in border.inside))
            for resource in inside
        )
        trees = {resource.name: border.passed(tree_of(resource)) for resource in kept}
        sections[part.file] = {**({"parameters": border.declared} if border.declared else {}), "resources": trees}
        for name in border.inside:
            main.pop(name, None)
        if part.group in main:
            main[part.group] = _given(main[part.group], border.given, tuple(needs))
    return list(main.values()), sections


def _given(group: Resource, given: Mapping[str, Json], depends_on: tuple[str, ...]) -> Resource:
    """The group with what its copies are given, and what they wait for."""
    resource = {**group.properties["resource"], **({"properties": dict(given)} if given else {})}
    return replace(group, properties={**group.properties, "resource": resource}, depends_on=(*group.depends_on, *depends_on))


def tree_of(resource: Resource) -> Json:
    """A resource as it stands in a template."""
    tree: dict[str, Json] = {"type": resource.type}
    if resource.properties:
        tree["properties"] = dict(resource.properties)
    if resource.depends_on:
        tree["depends_on"] = list(resource.depends_on)
    return tree
