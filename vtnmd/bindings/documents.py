"""Documents of bound objects and back. What pyangbind itself makes of its objects is not used: the schema leads through them.

pyangbind's own JSON deviates from RFC 7951: decimals are not canonical, references to numbers are texts, an `empty` that was taken
back is false, and anydata cannot be in it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from vtnmd.bindings.values import from_json, to_json
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.violations import Path, as_diagnostics, instance_path
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.domain.tree import Json
from vtnmd.yang.instance import validate
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.schema import Schema

_Bound = TypeVar("_Bound")
_NOTHING: Mapping[str, Json] = {}


def intent_of(bound: Any, *, beside: Mapping[str, Json] = _NOTHING, models: Models = NO_MODELS) -> dict[str, Json]:
    """The RFC 7951 document of an object of a module's class, without defaults that were not set.

    `beside` are top-level members that it may refer to, such as those of an inventory; what refers to one that is missing is not
    checked. `models` are those that the bindings were made with. Raises Invalid with everything that is wrong (VTN-Y…), also
    where pyangbind lets it pass, and VTN-U023 for an `anydata` that holds no JSON.
    """
    schema = service_schema(models)
    module = _module_of(bound)
    document = {child.member: value for child, value in _read(bound, schema.root, (), module)}
    _check(schema, document, beside, module)
    return document


def bound_of(
    document: Mapping[str, Json], kind: type[_Bound], *, beside: Mapping[str, Json] = _NOTHING, models: Models = NO_MODELS
) -> _Bound:
    """A new object of `kind`, a module's class of the bindings, that holds the document.

    Raises Invalid like `intent_of`, and VTN-U023 where the document holds another module's data or what pyangbind cannot hold.
    """
    schema = service_schema(models)
    module = _module_of(kind)
    foreign = sorted(member for member in document if member.partition(":")[0] != module)
    if foreign:
        raise Invalid(Diagnostic("VTN-U023", f"{foreign[0]} is not data of the module {module}", hint="name it in `beside`"))
    _check(schema, document, beside, module)
    bound = kind()
    _write(bound, document, schema.root, ())
    return bound


def _module_of(bound: Any) -> str:
    module = getattr(bound, "_yang_name", None)
    if not isinstance(module, str) or getattr(bound, "_parent", None) is not None:
        summary = f"{type(bound).__name__} is no class of a module"
        raise Invalid(Diagnostic("VTN-U023", summary, hint="take one such as vtnmd_vtn of the generated bindings"))
    return module


def _check(schema: Schema, document: Mapping[str, Json], beside: Mapping[str, Json], module: str) -> None:
    unknown = tuple(member for member, child in schema.root.children.items() if child.module != module)
    problems = as_diagnostics(validate(schema, {**beside, **document}, unknown=unknown), lambda _: None)
    if problems:
        raise Invalid(*problems)


def _attributes(bound: Any) -> dict[str, str]:
    """YANG name → attribute of a bound object."""
    return {getattr(bound, attribute)._yang_name: attribute for attribute in bound._pyangbind_elements}


def _read(bound: Any, node: SchemaNode, path: Path, module: str = "") -> Iterator[tuple[SchemaNode, Json]]:
    """The members that are set; with `module` only those of it."""
    attributes = _attributes(bound)
    for child in node.children.values():
        if not child.config or child.name not in attributes or (module and child.module != module):
            continue
        held = getattr(bound, attributes[child.name])
        where = (*path, child.member)
        match child.kind:
            case Kind.CONTAINER:
                members = _members(held, child, where)
                if members or (child.presence and held._present()):
                    yield child, members
            case Kind.LIST if len(held):
                yield child, [_members(entry, child, (*where, index)) for index, entry in enumerate(held.itervalues())]
            case Kind.LEAF_LIST if len(held):
                assert child.type is not None
                yield child, [to_json(child.type, item) for item in held]
            case Kind.LEAF if held._changed() and (held or child.type is None or child.type.base != "empty"):
                assert child.type is not None
                yield child, to_json(child.type, held)
            case Kind.ANYDATA | Kind.ANYXML if held._changed():
                yield child, _content(str(held), where)


def _members(bound: Any, node: SchemaNode, path: Path) -> dict[str, Json]:
    return {child.member: value for child, value in _read(bound, node, path)}


def _content(text: str, path: Path) -> Json:
    try:
        return json.loads(text)
    except ValueError as error:
        summary = f"{path[-1]} holds no JSON: {error}"
        hint = "it is anydata in the model; set it to json.dumps(content)"
        raise Invalid(Diagnostic("VTN-U023", summary, hint=hint, address=instance_path(path))) from None


def _write(bound: Any, members: Mapping[str, Json], node: SchemaNode, path: Path) -> None:
    attributes = _attributes(bound)
    for member, value in members.items():
        child = node.children[member]
        where = (*path, member)
        attribute = attributes.get(child.name)
        if attribute is None:
            summary = f"the bindings know no {child.name} here: they were made with other models"
            raise Invalid(Diagnostic("VTN-U023", summary, hint="make them again: vtnmd bindings", address=instance_path(where)))
        if child.member in node.keys:
            continue
        try:
            _set(bound, attribute, child, value, where)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            summary = f"pyangbind cannot hold this {child.name}: {error}"
            raise Invalid(Diagnostic("VTN-U023", summary[:500], address=instance_path(where))) from None


def _set(bound: Any, attribute: str, node: SchemaNode, value: Json, path: Path) -> None:
    match node.kind:
        case Kind.CONTAINER:
            held = getattr(bound, attribute)
            if node.presence:
                held._set_present()
            _write(held, value, node, path)
        case Kind.LIST:
            held = getattr(bound, attribute)
            for index, entry in enumerate(value):
                _write(_added(held, node, entry), entry, node, (*path, index))
        case Kind.LEAF_LIST:
            assert node.type is not None
            held = getattr(bound, attribute)
            for item in value:
                held.append(from_json(node.type, item))
        case Kind.ANYDATA | Kind.ANYXML:
            setattr(bound, attribute, json.dumps(value, ensure_ascii=False))
        case _:
            assert node.type is not None
            setattr(bound, attribute, from_json(node.type, value))


def _added(held: Any, node: SchemaNode, entry: Mapping[str, Json]) -> Any:
    """A new entry of a bound list, with its keys."""
    kinds = [node.children[key].type for key in node.keys]
    keys = [from_json(kind, entry[key]) for key, kind in zip(node.keys, kinds, strict=True) if kind is not None]
    if len(keys) == 1 and keys[0] != "":
        return held.add(keys[0])
    return held.add(**dict(zip(held._keyval.split(" "), keys, strict=True)))
