"""The command that writes typed bindings for clients in Python: bindings."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from vtnmd.bindings.generating import generate
from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common
from vtnmd.domain.models import NO_MODELS
from vtnmd.usecases.models import read_models
from vtnmd.usecases.writing import write_text


def bindings(
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="The Python file to write.")],
    models: Annotated[Path | None, Parameter(help="Folder with models of a designer's own, to be bound too.")] = None,
    common: Common = COMMON,
) -> None:
    """Write a Python module of typed classes that services are built with.

    Needs `pip install 'vtnmd[bindings]'`. docs/bindings.md says what to do with it.
    """
    write_text(generate(read_models(models) if models else NO_MODELS), output)
    current().record("file", {"path": str(output)})
    current().data(Text(str(output)))
