"""The YANG models that Intents and inventories are written in."""

from contextlib import ExitStack
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from vtnmd.assets import YANG_MODELS
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.models import NO_MODELS, YANG, Models
from vtnmd.yang.schema import Schema, load_schema

SERVICE_MODULES = ("vtnmd-vtn", "vtnmd-interconnect", "vtnmd-traffic", "vtnmd-workload", "vtnmd-inventory", "vtnmd-types")

_SETS_OF_MODELS = 16


def service_schema(models: Models = NO_MODELS) -> Schema:
    """The schema of services together with the inventory that they refer to, and with a designer's modules.

    Raises Invalid with what is wrong with these.
    """
    return _with_modules(models) if models.below(YANG) else load_schema(SERVICE_MODULES, (YANG_MODELS,))


@lru_cache(_SETS_OF_MODELS)
def _with_modules(models: Models) -> Schema:
    return loaded_with(models, SERVICE_MODULES, (YANG_MODELS,))


def loaded_with(models: Models, modules: tuple[str, ...], search: tuple[Path, ...], without: tuple[str, ...] = ()) -> Schema:
    """The schema of `modules`, found in `search`, and a designer's modules. `without` are features that are off.

    Raises Invalid with what is wrong with the designer's modules. To be cached by the caller.
    """
    files = models.below(YANG)
    if not files:
        return load_schema(modules, search, without)
    names = tuple(sorted(name.partition("@")[0].removesuffix(".yang") for name in files))
    shipped = {path.stem for folder in search for path in folder.glob("*.yang")}
    taken = [
        Diagnostic("VTN-Y104", f"{models.origin}/{YANG}{name}.yang has the name of a module of vtnmd", hint="give it another name")
        for name in names
        if name in shipped
    ]
    if taken:
        raise Invalid(*taken)
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="vtnmd-models-"))
        for name, text in files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        try:
            return load_schema((*modules, *names), (*search, Path(folder)), without)
        except Invalid as problem:
            raise Invalid(*(_placed(each, folder, f"{models.origin}/{YANG.rstrip('/')}") for each in problem.diagnostics)) from None


def _placed(problem: Diagnostic, folder: str, origin: str) -> Diagnostic:
    """The problem where the designer knows the file, and not where it was written to be read."""
    span = replace(problem.span, file=problem.span.file.replace(folder, origin)) if problem.span else None
    return replace(problem, span=span, hint=problem.hint.replace(folder, origin), detail=problem.detail.replace(folder, origin))
