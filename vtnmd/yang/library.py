"""Where YANG modules stand, and the yang-library (RFC 7895) of the ones that a schema is made of, written in memory."""

import importlib.metadata
import json
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from yangson.exceptions import YangsonException
from yangson.statement import ModuleParser

from vtnmd.domain.diagnostics import Diagnostic, Invalid, Span

_FILE_NAME = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_.-]*?)(?:@(?P<revision>\d{4}-\d{2}-\d{2}))?\.yang")

_XPATH_KEYWORDS = frozenset({"path", "augment", "base", "deviation", "must", "when", "default"})
"""Statements through which a module needs the data nodes or identities of another, and not only its types."""

_NOT_OFFERED: Mapping[str, frozenset[str]] = {
    "ietf-alarms": frozenset(
        {
            "alarm-shelving",
            "alarm-profile",
            "severity-assignment",
            "root-cause-analysis",
            "service-impact-analysis",
            "alarm-correlation",
        }
    )
}
"""Features of modules that are served without them, by module; of all others every feature is offered."""


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """One module or submodule as its file states it, and as `text` is. `statement` is yangson's parsed form."""

    name: str
    revision: str
    path: Path
    statement: Any
    text: str = ""

    @property
    def imports(self) -> dict[str, str]:
        """Prefix → name of each imported module."""
        return {part.find1("prefix", required=True).argument: part.argument for part in self.statement.find_all("import")}

    @property
    def includes(self) -> tuple[str, ...]:
        return tuple(part.argument for part in self.statement.find_all("include"))

    @property
    def features(self) -> tuple[str, ...]:
        """Those of the module that vtnmd offers, as a server must say (RFC 7950 section 5.6.2)."""
        left = _NOT_OFFERED.get(self.name, frozenset())
        return tuple(part.argument for part in self.statement.find_all("feature") if part.argument not in left)

    @property
    def namespace(self) -> str:
        part = self.statement.find1("namespace")
        return str(part.argument) if part else ""

    def needs_nodes_of(self) -> frozenset[str]:
        """Names of imported modules whose data nodes or identities this one refers to; they must be implemented too."""
        imports = self.imports
        return frozenset(imports[prefix] for prefix in _prefixes(self.statement) if prefix in imports)


def _prefixes(statement: Any) -> Iterator[str]:
    if statement.keyword in _XPATH_KEYWORDS and statement.argument:
        yield from re.findall(r"([A-Za-z_][\w.-]*):(?!:)", statement.argument)
    for part in statement.substatements:
        yield from _prefixes(part)


@cache
def standard_folders() -> tuple[Path, ...]:
    """The folders of the IETF and IANA modules that the pyang package installs, wherever that package stands."""
    try:
        files = importlib.metadata.files("pyang") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    folders = {Path(str(file.locate())).resolve().parent for file in files if file.suffix == ".yang"}
    if not folders:
        folders = {file.parent for file in (Path(sys.prefix) / "share" / "yang" / "modules").rglob("*.yang")}
    return tuple(sorted(folder for folder in folders if folder.is_dir()))


def find_modules(names: tuple[str, ...], search: tuple[Path, ...]) -> dict[str, ModuleFile]:
    """The named modules, and all that they import or include, by name.

    `search` comes before the standard folders; in a folder the latest revision counts. Raises Invalid (VTN-Y101, VTN-Y102) with
    every module that is missing or cannot be parsed.
    """
    index: dict[str, Path] = {}
    for folder in (*search, *standard_folders()):
        for name, path in _latest(folder).items():
            index.setdefault(name, path)
    found: dict[str, ModuleFile] = {}
    problems: list[Diagnostic] = []
    seen: set[str] = set()
    waiting = list(reversed(names))
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name not in index:
            where = ", ".join(str(folder) for folder in search)
            problems.append(Diagnostic("VTN-Y101", f"YANG module {name} is not found", hint=f"looked in {where}"))
            continue
        module = _parse(name, index[name], problems)
        if module:
            found[name] = module
            waiting.extend((*module.imports.values(), *module.includes))
    if problems:
        raise Invalid(*problems)
    return found


def _latest(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    chosen: dict[str, tuple[str, Path]] = {}
    for path in sorted(folder.iterdir()):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            continue
        candidate = (match["revision"] or "9999", path)
        chosen[match["name"]] = max(chosen.get(match["name"], candidate), candidate)
    return {name: path for name, (_, path) in chosen.items()}


def _parse(name: str, path: Path, problems: list[Diagnostic]) -> ModuleFile | None:
    try:
        text = path.read_text(encoding="utf-8")
        parser = ModuleParser(text)
        parser.opt_separator()
        statement = parser.statement()
        if statement.keyword in {"module", "submodule"} and statement.argument == name:
            stated = statement.find1("revision")
            return ModuleFile(name, str(stated.argument) if stated else "", path, statement, text)
        reason = f"it holds the {statement.keyword} {statement.argument}"
    except (OSError, UnicodeDecodeError, YangsonException) as error:
        reason = str(error)
    problems.append(Diagnostic("VTN-Y102", f"YANG module {name} cannot be read", Span(str(path), 1, 1), detail=reason))
    return None


def features_of(module: ModuleFile, modules: dict[str, ModuleFile], without: Collection[str] = ()) -> list[str]:
    """The features of a module and its submodules, but for those that `without` names as `module:feature`."""
    stated = {*module.features, *(feature for name in module.includes for feature in modules[name].features)}
    return sorted(feature for feature in stated if f"{module.name}:{feature}" not in without)


def yang_library(implemented: tuple[str, ...], modules: dict[str, ModuleFile], without: Collection[str] = ()) -> str:
    """RFC 7895 JSON: `implemented` and what they need the nodes or identities of as implemented, the rest as imported only."""
    needed = _implemented(implemented, modules)
    submodules = {name for module in modules.values() for name in module.includes}
    listing = [
        {
            "name": module.name,
            "revision": module.revision,
            "namespace": module.namespace,
            "conformance-type": "implement" if module.name in needed else "import",
            "feature": features_of(module, modules, without),
            "submodule": [{"name": name, "revision": modules[name].revision} for name in module.includes],
        }
        for module in modules.values()
        if module.name not in submodules
    ]
    return json.dumps({"ietf-yang-library:modules-state": {"module-set-id": "in-memory", "module": listing}})


def _implemented(names: tuple[str, ...], modules: dict[str, ModuleFile]) -> frozenset[str]:
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in modules and name not in needed:
            needed.add(name)
            waiting.extend(modules[name].needs_nodes_of())
            waiting.extend(needed_by for part in modules[name].includes for needed_by in modules[part].needs_nodes_of())
    return frozenset(needed)
