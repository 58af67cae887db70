"""YANG modules reduced to what generators of code can take: configuration data and its types, submodules in their module.

What goes: `rpc`, `action`, `notification` and state, for no configuration is in them; extensions, features and deviations; `must`,
`when`, `unique` and `refine`, for the document is validated by the real modules. What is changed:

    anydata, anyxml                     a leaf of type string, which holds the content as JSON text
    leafref, instance-identifier        type string
    prefixes                            the names of modules, also where a type or base is the module's own: no two are alike then
    typedefs inside of other statements the type that they stand for
    descriptions, patterns, defaults    left out or mended where they could not stand in the source of another language
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyang import error
from pyang.context import Context
from pyang.repository import Repository

from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.yang.library import find_modules

_TREE = frozenset({"container", "list", "leaf", "leaf-list", "choice", "case", "uses", "anydata", "anyxml"})
_KEPT = _TREE | {
    "grouping", "typedef", "identity", "augment", "type", "base", "enum", "value", "bit", "range", "length", "pattern",
    "fraction-digits", "key", "ordered-by", "presence", "default", "description",
}  # fmt: skip
_SURE = frozenset({"container", "list", "leaf", "leaf-list", "anydata", "anyxml", "presence"})
_REFERRING = frozenset({"leafref", "instance-identifier"})
_OPERATIONS = frozenset({"rpc", "action", "notification"})
_BUILT_IN = _REFERRING | {
    "binary", "bits", "boolean", "decimal64", "empty", "enumeration", "identityref", "int8", "int16", "int32", "int64", "string",
    "uint8", "uint16", "uint32", "uint64", "union",
}  # fmt: skip

_PREFIX = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*):")
_OWN_MEANING = re.compile(r"\\[icIC]|\\p\{Is|-\[|[\^$]")
"""What means something in a pattern of YANG, which are those of XML Schema, and something else or nothing elsewhere."""

_UNQUOTABLE = re.compile(r'["\\\n\r]')


class _Found(Repository):  # type: ignore[misc]  # pyang is published without type information
    """The files that were found, and no others."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files

    def get_modules_and_revisions(self, _: object) -> list[tuple[str, None, str]]:
        return [(name, None, name) for name in self._files]

    def get_module_from_handle(self, name: str) -> tuple[str, str, str]:
        return str(self._files[name]), "yang", self._files[name].read_text(encoding="utf-8")


def reduced_modules(names: tuple[str, ...], search: tuple[Path, ...]) -> dict[str, str]:
    """The text of each of the named modules, and of all that they import, by name.

    Files are sought in `search`, then among the IETF modules that pyang installs. Raises Invalid: VTN-Y101 (not found), VTN-Y102
    (cannot be read), VTN-Y103 (pyang finds an error in them).
    """
    found = find_modules(names, search)
    context = Context(_Found({name: module.path for name, module in found.items()}))
    modules = [context.search_module(None, name) for name in found]
    context.validate()
    problems = [_problem(position, tag, arguments) for position, tag, arguments in context.errors if _serious(tag)]
    if problems:
        raise Invalid(*problems)
    return {module.arg: _Module(context, module).text() for module in modules if module.keyword == "module"}


def _serious(tag: str) -> bool:
    return bool(error.is_error(error.err_level(tag)))


def _problem(position: Any, tag: str, arguments: Any) -> Diagnostic:
    return Diagnostic("VTN-Y103", f"the YANG model is wrong: {error.err_to_str(tag, arguments)}", detail=str(position))


@dataclass
class _Module:
    """One module on its way to text. `used` collects the modules that the text refers to."""

    context: Any
    module: Any
    used: set[str] = field(default_factory=set)

    def text(self) -> str:
        name = self.module.arg
        body = [line for part in self._parts() for statement in part.substmts for line in self._lines(statement, 1)]
        revision = self.module.search_one("revision")
        head = [
            "yang-version 1.1;",
            f"namespace {_quoted(self.module.search_one('namespace').arg)};",
            f"prefix {name};",
            *(f"import {other} {{ prefix {other}; }}" for other in sorted(self.used - {name})),
            *([f"revision {revision.arg};"] if revision else []),
        ]
        return "\n".join([f"module {name} {{", *(f"  {line}" for line in head), *body, "}", ""])

    def _parts(self) -> Iterator[Any]:
        """The module and its submodules."""
        yield self.module
        names = [include.arg for include in self.module.search("include")]
        seen = set(names)
        for name in names:
            part = self.context.get_module(name)
            yield part
            more = [include.arg for include in part.search("include") if include.arg not in seen]
            names += more
            seen.update(more)

    def _lines(self, statement: Any, depth: int) -> Iterator[str]:
        if not self._stays(statement):
            return
        keyword, argument = statement.keyword, statement.arg
        substatements = [line for each in statement.substmts for line in self._lines(each, depth + 1)]
        if keyword in {"augment", "choice", "case"} and not substatements:
            return
        inside = "  " * (depth + 1)
        if keyword in {"anydata", "anyxml"}:
            keyword = "leaf"
            substatements = [f"{inside}type string;", *substatements]
        elif keyword == "type":
            yield from self._type(statement, depth)
            return
        elif keyword == "container" and not any(each.keyword in _SURE for each in statement.substmts if self._stays(each)):
            # pyangbind takes a container without children for a leaf, unless it has presence.
            substatements.append(f'{inside}presence "It may be empty.";')
        head = f"{'  ' * depth}{keyword} {_quoted(self._argument(statement, argument))}"
        yield from [f"{head} {{", *substatements, f"{'  ' * depth}}}"] if substatements else [f"{head};"]

    def _stays(self, statement: Any) -> bool:
        keyword, argument, parent = statement.keyword, statement.arg, statement.parent
        if keyword not in _KEPT:
            return False
        match keyword:
            case "description":
                return parent.keyword in _TREE
            case "pattern":
                return not statement.search("modifier") and _OWN_MEANING.search(argument) is None
            case "default":
                return parent.keyword in {"leaf", "typedef"} and _UNQUOTABLE.search(argument) is None
            case "typedef":
                return parent.keyword in {"module", "submodule"}
            case "augment":
                return _configurable(getattr(statement, "i_target_node", None))
            case "presence":
                return True
            case _:
                config = statement.search_one("config")
                return config is None or config.arg == "true"

    def _type(self, statement: Any, depth: int) -> Iterator[str]:
        typedef = getattr(statement, "i_typedef", None)
        if typedef is not None and typedef.parent.keyword not in {"module", "submodule"}:
            yield from self._type(typedef.search_one("type"), depth)
            return
        name = statement.arg.rpartition(":")[2] if statement.arg in _BUILT_IN else self._qualified(statement, statement.arg)
        head = f"{'  ' * depth}type"
        if name in _REFERRING:
            yield f"{head} string;"
            return
        restrictions = [line for each in statement.substmts for line in self._lines(each, depth + 1)]
        if typedef is not None and _base(typedef) in _REFERRING:
            restrictions = []
        yield from [f"{head} {name} {{", *restrictions, f"{'  ' * depth}}}"] if restrictions else [f"{head} {name};"]

    def _argument(self, statement: Any, argument: str) -> str:
        match statement.keyword:
            case "base":
                return self._qualified(statement, argument)
            case "uses":
                return self._qualified(statement, argument) if ":" in argument else argument
            case "augment":
                return _PREFIX.sub(lambda prefix: f"{self._module_of(statement, prefix[1])}:", argument)
            case "default" if _base(statement.parent) == "identityref":
                return self._qualified(statement, argument)
            case "description":
                return argument.replace("\\", "\\\\").replace('"""', "'''")
            case _:
                return str(argument)

    def _qualified(self, statement: Any, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        return f"{self._module_of(statement, prefix)}:{local}"

    def _module_of(self, statement: Any, prefix: str) -> str:
        """The module that a prefix stands for where the statement is written; the own one without a prefix."""
        written = statement.i_orig_module
        module = str(written.i_prefixes[prefix][0] if prefix else written.arg)
        if module == written.arg and written.keyword == "submodule":
            module = str(written.search_one("belongs-to").arg)
        self.used.add(module)
        return module


def _configurable(node: Any) -> bool:
    """Whether an augment of the node adds to the configuration. Where pyang does not say what is augmented, it may."""
    while node is not None and node.keyword not in {"module", "submodule"}:
        if node.keyword in _OPERATIONS or getattr(node, "i_config", True) is False:
            return False
        node = node.parent
    return True


def _base(statement: Any) -> str:
    """The built-in type of a leaf or typedef."""
    kind = statement.search_one("type")
    while getattr(kind, "i_typedef", None) is not None:
        kind = kind.i_typedef.search_one("type")
    return str(kind.arg) if kind is not None else ""


def _quoted(argument: str) -> str:
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
