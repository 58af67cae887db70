"""The types that service templates may use, by section and by every name that means them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vtnmd.compiler.tosca.imports import PROFILE, SECTIONS, Source
from vtnmd.compiler.tosca.shipped import shipped
from vtnmd.compiler.tosca.types import TypeDefinition, Types
from vtnmd.domain.diagnostics import Diagnostic, Invalid

Named = Mapping[str, TypeDefinition]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`types` maps each section to its types by name; a type may have several names, the first one being its own."""

    types: Mapping[str, Named]

    def named(self, section: str) -> Named:
        return self.types.get(section, {})


def vocabulary_of(types: Types, source: Source) -> Vocabulary:
    """What one file sees: its own types, those that it imports, and the normative ones."""
    found: dict[str, Named] = {}
    for section in SECTIONS:
        visible = types.visible(section, source)
        known = {name: types.compiled.get(declared) for name, declared in visible.items()}
        found[section] = {name: definition for name, definition in known.items() if definition is not None}
    return Vocabulary(found)


def profile_vocabulary() -> Vocabulary:
    """The types that ship with vtnmd."""
    base = shipped()
    return vocabulary_of(Types(base.compiled), base.profiles[PROFILE])


def joint_vocabulary(seen: Iterable[tuple[Source, Types]]) -> Vocabulary:
    """The shipped types and all that some files see.

    Raises Invalid (VTN-T022) where one name means different types in two of them.
    """
    profile = profile_vocabulary()
    found: dict[str, dict[str, TypeDefinition]] = {section: dict(profile.named(section)) for section in SECTIONS}
    problems: list[Diagnostic] = []
    for source, types in seen:
        for section, names in vocabulary_of(types, source).types.items():
            for name, definition in names.items():
                known = found[section].setdefault(name, definition)
                if known.span != definition.span:
                    problems.append(_two_meanings(name, known, definition))
    if problems:
        raise Invalid(*problems)
    return Vocabulary(found)


def _two_meanings(name: str, first: TypeDefinition, second: TypeDefinition) -> Diagnostic:
    summary = f"{name} is defined in {first.span} and in {second.span}"
    return Diagnostic("VTN-T022", summary, second.span, hint="make a schema for each of the services")
