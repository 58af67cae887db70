"""The Python module of typed bindings: pyangbind's output for the reduced models, made by a process of its own."""

import importlib.util
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from vtnmd.assets import YANG_MODELS
from vtnmd.compiler.models import service_schema
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.models import NO_MODELS, YANG, Models
from vtnmd.yang.nodes import SchemaNode
from vtnmd.yang.reducing import reduced_modules
from vtnmd.yang.schema import Schema

_OUTPUT = "bindings.py"
_MAKERS = re.compile(
    r"^from pyangbind\.lib\.yangtypes import (RestrictedPrecisionDecimalType|RestrictedClassType|TypedListType)$", re.MULTILINE
)
_IGNORED_SETTINGS = frozenset({"PYANG_PLUGINPATH", "YANG_MODPATH", "YANG_INSTALL"})
_TIMEOUT = 300.0
"""Seconds; a designer's models are small, so it is only there for a process that hangs."""


def generate(models: Models = NO_MODELS) -> str:
    """The text of one Python module with a class for each YANG module, and in it the configuration as attributes.

    The same models give the same text. Raises Invalid: VTN-U021 (pyangbind is not installed), VTN-U022 (there can be no bindings of
    these models), VTN-Y… (the models are wrong).
    """
    plugins = _plugins()
    schema = service_schema(models)
    clashes = tuple(_clashes(schema))
    if clashes:
        raise Invalid(*clashes)
    modules = tuple(sorted(module.name for module in schema.modules.values() if module.implemented))
    with TemporaryDirectory(prefix="vtnmd-bindings-") as name:
        folder = Path(name)
        own = folder / "own"
        own.mkdir()
        for file, text in models.below(YANG).items():
            (own / file).write_text(text, encoding="utf-8")
        try:
            reduced = reduced_modules(modules, (YANG_MODELS, own))
        except Invalid as problem:
            where = f"{models.origin}/{YANG.rstrip('/')}"
            raise Invalid(*(replace(each, detail=each.detail.replace(str(own), where)) for each in problem.diagnostics)) from None
        for module, text in reduced.items():
            (folder / f"{module}.yang").write_text(text, encoding="utf-8")
        return _head(schema, modules) + _MAKERS.sub(r"from vtnmd.bindings.types import \1", _run(folder, plugins, modules))


def _plugins() -> str:
    """The folder of pyangbind's plugin for pyang."""
    if importlib.util.find_spec("pyangbind") is None:
        raise Invalid(Diagnostic("VTN-U021", "bindings need pyangbind, which is not there", hint="pip install 'vtnmd[bindings]'"))
    found = importlib.util.find_spec("pyangbind.plugin")
    assert found is not None
    assert found.submodule_search_locations
    return found.submodule_search_locations[0]


def _run(folder: Path, plugins: str, modules: tuple[str, ...]) -> str:
    """Pyangbind keeps what it knows of types in globals and ends its process where it fails, hence one of its own."""
    command = [sys.executable, "-m", "pyang.scripts.pyang_tool", "--plugindir", plugins, "--format", "pybind", "--presence"]
    command += ["--path", ".", "--output", _OUTPUT, *(f"{module}.yang" for module in modules)]
    settings = {name: value for name, value in os.environ.items() if name not in _IGNORED_SETTINGS}
    try:
        ended = subprocess.run(  # noqa: S603 -- the interpreter itself, on files and names that are made here
            command, cwd=folder, env=settings, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise Invalid(Diagnostic("VTN-U022", f"pyangbind did not end within {_TIMEOUT:g} seconds")) from None
    if ended.returncode != 0 or not (folder / _OUTPUT).is_file():
        said = (ended.stdout + ended.stderr).replace(f"{folder}{os.sep}", "").strip()
        lines = said.splitlines() or ["it says nothing"]
        raise Invalid(Diagnostic("VTN-U022", f"pyangbind fails: {lines[-1][:500]}", detail=said[-2000:]))
    return (folder / _OUTPUT).read_text(encoding="utf-8")


def _head(schema: Schema, modules: tuple[str, ...]) -> str:
    listed = "\n".join(f"#   {name}@{schema.modules[name].revision}" for name in modules)
    return f"# Made by `vtnmd bindings`, of these YANG modules; do not edit.\n{listed}\n# ruff: noqa\n# mypy: ignore-errors\n"


def _clashes(schema: Schema) -> Iterator[Diagnostic]:
    """Places where two nodes would have one name in Python."""
    for node in (schema.root, *schema.walk()):
        named: dict[str, list[SchemaNode]] = defaultdict(list)
        for child in (each for each in node.children.values() if each.config):
            # Each module has a class of its own, so what stands at the top of two of them does not meet.
            scope = child.module if node is schema.root else ""
            named[f"{scope} {re.sub('[-.]', '_', child.name)}"].append(child)
        for several in named.values():
            if len(several) > 1:
                place = "/" + "/".join(node.path)
                summary = f"{' and '.join(child.member for child in several)} at {place} would have one name in Python"
                yield Diagnostic("VTN-U022", summary, hint="rename one of them in the YANG module")
