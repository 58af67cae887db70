"""The command that describes what clients are offered."""

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from vtnmd import __version__
from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common
from vtnmd.domain.models import NO_MODELS
from vtnmd.northbound.openapi import openapi as document_of
from vtnmd.northbound.schema import northbound_schema
from vtnmd.usecases.models import read_models
from vtnmd.usecases.writing import write_text


def openapi(
    *,
    models: Annotated[Path | None, Parameter(help="Folder with models of a designer's own, to be described too.")] = None,
    depth: Annotated[int, Parameter(help="How many nodes deep paths go.")] = 3,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Write it to a file.")] = None,
    common: Common = COMMON,
) -> None:
    """Write an OpenAPI 3.1 document of the RESTCONF resources: one path for each container, list entry, leaf and operation."""
    schema = northbound_schema(read_models(models) if models else NO_MODELS)
    document = document_of(schema, depth=depth, version=__version__)
    screen = current()
    if output is None:
        screen.record("openapi", {"document": document})
        screen.data(Text(json.dumps(document, indent=1, ensure_ascii=False)))
        return
    write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", output)
    screen.record("file", {"path": str(output)})
    screen.say(Text(f"document written to {output}"))
