"""Data models: modules are found, parsed and built once per process, then looked at as frozen values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from yangson.datamodel import DataModel
from yangson.exceptions import YangsonException

from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.yang.building import build
from vtnmd.yang.checks import CHECKS
from vtnmd.yang.library import ModuleFile, features_of, find_modules, standard_folders, yang_library
from vtnmd.yang.nodes import SchemaNode


@dataclass(frozen=True, slots=True)
class Submodule:
    """A submodule, with its text."""

    name: str
    revision: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Module:
    """A module of a schema. `implemented` is false where only its types are used. `deviations` are modules that deviate from it."""

    name: str
    revision: str
    namespace: str
    prefix: str
    path: Path
    implemented: bool
    features: tuple[str, ...]
    text: str = field(default="", repr=False)
    submodules: tuple[Submodule, ...] = ()
    deviations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """A data model. `root.children` are the top-level data nodes by RFC 7951 member name, `modules` all modules by name.

    `model` is yangson's form of the same, for what this package does not offer itself.
    """

    root: SchemaNode
    modules: Mapping[str, Module]
    namespaces: Mapping[str, str]
    """XML namespace → module name."""
    model: DataModel

    def node(self, path: tuple[str | int, ...]) -> SchemaNode | None:
        """The schema node at a path of member names; list indexes in between are skipped. None if there is none."""
        node: SchemaNode | None = self.root
        for step in path:
            if isinstance(step, int):
                continue
            if node is None:
                return None
            node = node.children.get(step) or node.operations.get(step)
        return node

    def describe(self, path: str) -> SchemaNode:
        """The schema node at `/module:name/name/…`. Raises LookupError if there is none."""
        found = self.node(tuple(part for part in path.split("/") if part))
        if found is None:
            raise LookupError(f"the schema has no {path}")
        return found

    def walk(self) -> Iterator[SchemaNode]:
        """Every data node, depth first."""
        for child in self.root.children.values():
            yield from child.walk()


def load_schema(modules: tuple[str, ...], search: tuple[Path, ...], without: tuple[str, ...] = ()) -> Schema:
    """The data model of the named modules, all implemented, with what they import.

    Files are sought in `search`, then among the IETF modules that pyang installs. All features are on but those that vtnmd does not
    offer (`library`) and those that `without` names, as `module:feature`. Modules whose data nodes or
    identities are referred to are implemented too. Raises Invalid: VTN-Y101 (not found), VTN-Y102 (cannot be read), VTN-Y103 (the
    model is wrong). The same arguments give the same object.
    """
    return _load(tuple(modules), tuple(search), tuple(without))


@cache
def _load(modules: tuple[str, ...], search: tuple[Path, ...], without: tuple[str, ...]) -> Schema:
    found = find_modules(modules, search)
    folders = dict.fromkeys(str(folder) for folder in (*(module.path.parent for module in found.values()), *standard_folders()))
    try:
        model = DataModel(yang_library(modules, found, without), tuple(folders))
        root = build(model)
        _refuse_unknown_checks(root)
        _refuse_lost_augments(root, [found[name] for name in modules])
    except (YangsonException, TypeError, LookupError) as error:
        raise Invalid(Diagnostic("VTN-Y103", f"the YANG model of {', '.join(modules)} is wrong", detail=str(error))) from None
    listed = {name: _module(module, model, found, without) for name, module in found.items() if module.namespace}
    return Schema(root, listed, {module.namespace: name for name, module in listed.items()}, model)


def _refuse_unknown_checks(root: SchemaNode) -> None:
    unknown = {check.name for node in root.walk() for check in node.checks} - CHECKS.keys()
    if unknown:
        raise LookupError(f"no check is named {', '.join(sorted(unknown))}")


def _refuse_lost_augments(root: SchemaNode, modules: list[ModuleFile]) -> None:
    """Yangson passes over an augment of what is not there."""
    for module in modules:
        own = module.statement.find1("prefix")
        names = {**module.imports, **({own.argument: module.name} if own else {})}
        for augment in module.statement.find_all("augment"):
            node: SchemaNode | None = root
            for step in (augment.argument or "").split("/")[1:]:
                prefix, _, name = step.rpartition(":")
                if node is None or node.choices:  # choices and cases are no places of their own
                    break
                node = _step(node, name, names.get(prefix, module.name))
            if node is None:
                raise LookupError(f"module {module.name} augments {augment.argument}, which is not there")


def _step(node: SchemaNode, name: str, module: str) -> SchemaNode | None:
    found = node.lookup.get((name, module))
    if found is not None:
        return found
    return next((each for each in node.operations.values() if each.name == name and each.module in {module, ""}), None)


def _module(module: ModuleFile, model: DataModel, found: dict[str, ModuleFile], without: tuple[str, ...]) -> Module:
    prefix = module.statement.find1("prefix", required=True).argument
    implemented = module.name in model.schema_data.implement
    features = tuple(features_of(module, found, without))
    submodules = tuple(Submodule(name, found[name].revision, found[name].text) for name in module.includes)
    deviating = tuple(sorted(name for name, other in found.items() if module.name in _deviates_from(other)))
    return Module(
        module.name,
        module.revision,
        module.namespace,
        prefix,
        module.path,
        implemented,
        features,
        module.text,
        submodules,
        deviating,
    )


def _deviates_from(module: ModuleFile) -> set[str]:
    """The modules whose nodes a module has deviations of."""
    targets = (str(statement.argument).rpartition("/")[2].partition(":")[0] for statement in module.statement.find_all("deviation"))
    return {module.imports[prefix] for prefix in targets if prefix in module.imports}
