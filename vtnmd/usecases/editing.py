"""What editors are given besides the language server: the JSON Schema of service templates, and formatted files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca import open_service, read_types, type_files
from vtnmd.compiler.tosca.library import read_file, within
from vtnmd.compiler.tosca.read import DEFAULT_LIMITS
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.models import NO_MODELS
from vtnmd.domain.tree import Json
from vtnmd.language.formatting import formatted
from vtnmd.language.json_schema import json_schema
from vtnmd.language.vocabulary import joint_vocabulary
from vtnmd.usecases.models import read_models


def schema_of_services(services: Sequence[Path], folder: Path | None = None) -> Json:
    """The JSON Schema of files that use the shipped types, those that the services see, and those of a folder of models.

    Raises Invalid.
    """
    models = read_models(folder) if folder else NO_MODELS
    seen = []
    problems: list[Diagnostic] = []
    for service in (*services, *type_files(models)):
        try:
            seen.append(read_types(service, models))
        except Invalid as error:
            problems += error.diagnostics
    if problems:
        raise Invalid(*problems)
    return json_schema(joint_vocabulary(seen), service_schema(models))


@dataclass(frozen=True, slots=True)
class Formatted:
    """A file before and after; `name` is `-` for standard input."""

    name: str
    before: bytes
    after: bytes

    @property
    def changed(self) -> bool:
        return self.before != self.after


def format_file(name: str, standard_input: BinaryIO) -> Formatted:
    """A TOSCA file, that of a folder, or standard input for `-`, in the one form. Raises Invalid (VTN-F…)."""
    if name == "-":
        before = within(standard_input.read(DEFAULT_LIMITS.file_size + 1), name, DEFAULT_LIMITS.file_size)
        return Formatted(name, before, formatted(before, name))
    opened = open_service(Path(name))
    if opened.holds is not None:
        hint = "unpack it, format its files, and package it again"
        raise Invalid(Diagnostic("VTN-F015", f"{name} is left as it is: it is an archive", hint=hint))
    before = read_file(opened.library, opened.file, DEFAULT_LIMITS.file_size)
    return Formatted(opened.file, before, formatted(before, opened.file))
