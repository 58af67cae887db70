"""What a substitution mapping says (sections 3.8.8 to 3.8.13), followed through composites of composites to the nodes inside."""

from collections.abc import Iterator, Mapping

from vtnmd.compiler.tosca.document import YamlMap, YamlNode, items_of, map_of, named_of, text_of
from vtnmd.compiler.tosca.drafts import Draft, Resolution


def mappings_of(topology: YamlMap) -> YamlMap:
    """The substitution mapping of a topology; an empty one where it has none."""
    return map_of(topology.get("substitution_mappings"))


def mapped_parts(node: YamlNode) -> tuple[YamlNode, ...]:
    """The names that a capability, requirement, property or attribute is mapped to, in short or extended notation."""
    return items_of(map_of(node).get("mapping") if isinstance(node, YamlMap) else node)


def mapped_requirements(topology: YamlMap) -> Mapping[str, frozenset[str]]:
    """The requirements, by node, that the substitution mapping leaves to the node that is substituted."""
    found: dict[str, set[str]] = {}
    for _, node in named_of(mappings_of(topology).get("requirements")):
        parts = mapped_parts(node)
        if len(parts) == 2:
            found.setdefault(text_of(parts[0]), set()).add(text_of(parts[1]))
    return {name: frozenset(requirements) for name, requirements in found.items()}


def exposed_capabilities(composite: Draft) -> Iterator[tuple[str, Draft, str]]:
    """(capability of the composite, node inside that has it, what it is called there)."""
    for name, inner, capability in _mapped(composite, "capabilities"):
        if inner.inside is None:
            yield name, inner, capability
        else:
            yield from ((name, node, there) for mapped, node, there in exposed_capabilities(inner) if mapped == capability)


def open_requirements(composite: Draft, requirement: str) -> Iterator[tuple[Draft, str]]:
    """(node inside, its requirement) of all that a requirement of the composite is the requirement of."""
    for name, inner, mapped in _mapped(composite, "requirements"):
        if name == requirement and inner.inside is None:
            yield inner, mapped
        elif name == requirement:
            yield from open_requirements(inner, mapped)


def leaves(composite: Draft) -> Iterator[Draft]:
    """The nodes inside of the composite that are no composites themselves."""
    for inner in composite.inside.drafts.values() if composite.inside else ():
        if inner.inside is None:
            yield inner
        else:
            yield from leaves(inner)


def attribute_of(composite: Draft, name: str) -> tuple[YamlNode, Draft | None] | None:
    """What an attribute of a composite is: the expression to read inside, and whose property it is; None if nothing gives it.

    An attribute is the output that it is mapped to, or that is called like it, or what it is mapped to of a node.
    """
    inside = composite.inside
    if inside is None:
        return None
    mapping = next((node for key, node in named_of(mappings_of(inside.topology).get("attributes")) if key.text == name), None)
    parts = mapped_parts(mapping) if mapping is not None else ()
    if len(parts) > 1:
        inner = inside.drafts.get(text_of(parts[0]))
        return (parts[1], inner) if inner else None
    output = map_of(inside.topology.get("outputs")).get(text_of(parts[0]) if parts else name)
    value = map_of(output).get("value")
    return None if value is None else (value, None)


def _mapped(composite: Draft, section: str) -> Iterator[tuple[str, Draft, str]]:
    """Entries of a section that lead to a node and a name of it; what is wrong with the others is reported elsewhere."""
    inside: Resolution | None = composite.inside
    for key, node in named_of(mappings_of(inside.topology).get(section)) if inside else ():
        parts = mapped_parts(node)
        inner = inside.drafts.get(text_of(parts[0])) if inside and len(parts) == 2 else None
        if inner is not None:
            yield key.text, inner, text_of(parts[1])
