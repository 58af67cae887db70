"""Commands for who writes service templates: schema, fmt, lsp."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from vtnmd.cli.document import write_document
from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common
from vtnmd.cli.views.diagnostics import exit_code
from vtnmd.cli.views.formatting import show_formatting
from vtnmd.domain.codes import EXIT_FAILED, EXIT_OK
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.usecases import editing
from vtnmd.usecases.writing import write_bytes


def schema(
    services: Annotated[Sequence[Path], Parameter(help="Service templates or files of types, to be known too.")] = (),
    /,
    *,
    models: Annotated[Path | None, Parameter(help="Folder with models of a designer's own, to be known too.")] = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Write it to a file.")] = None,
    common: Common = COMMON,
) -> None:
    """Write a JSON Schema of service templates, for editors with a YAML language server.

    It knows the types that ship with vtnmd, those that SERVICES declare and import, and those of MODELS. What vtnmd
    accepts the schema accepts; of names below tosca. and vtnmd. only those that it knows.
    """
    document = editing.schema_of_services(services, models)
    write_document(document, output, record="schema", word="schema")


def lsp(*, common: Common = COMMON) -> None:
    """Serve an editor over the Language Server Protocol, on standard input and output.

    Needs `pip install 'vtnmd[lsp]'`. docs/editing.md says how to set up editors.
    """
    try:
        from vtnmd.lsp.server import serve  # noqa: PLC0415 -- an extra
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        hint = "pip install 'vtnmd[lsp]'"
        raise Invalid(Diagnostic("VTN-U020", "the language server needs packages that are not there", hint=hint)) from None
    serve()


def fmt(
    files: Annotated[
        Sequence[str],
        Parameter(help="TOSCA files, folders with a service.yaml, or - for standard input.", allow_leading_hyphen=True),
    ],
    /,
    *,
    check: bool = False,
    diff: bool = False,
    common: Common = COMMON,
) -> int:
    """Format TOSCA files in place: indentation, blanks, quotes, blank lines. Comments and the order of keys stay.

    A file that is no YAML is told and left alone; the others are formatted all the same.

    Parameters
    ----------
    check
        Write nothing, and exit with 1 where a file would change.
    diff
        Write nothing, and show what would change.
    """
    mistaken = next((name for name in files if name.startswith("-") and name != "-"), None)
    if mistaken is not None:
        raise Invalid(Diagnostic("VTN-U001", f"there is no option {mistaken}", hint=f"a file of that name is written ./{mistaken}"))
    screen = current()
    problems: list[Diagnostic] = []
    changed = 0
    for name in files:
        try:
            found = editing.format_file(name, sys.stdin.buffer)
            if name == "-" and not (check or diff):
                sys.stdout.buffer.write(found.after)
                continue
            if not (check or diff) and found.changed:
                write_bytes(found.after, Path(found.name))
        except Invalid as error:
            problems += error.diagnostics
            continue
        changed += found.changed
        screen.record("file", {"path": found.name, "changed": found.changed})
        if found.changed:
            screen.data(show_formatting(found.name, found.before, found.after) if diff else Text(found.name))
    screen.diagnose(problems)
    if problems:
        return exit_code(problems)
    return EXIT_FAILED if check and changed else EXIT_OK
