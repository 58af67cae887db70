"""The command that describes what clients are offered."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from vtnmd import __version__
from vtnmd.cli.document import write_document
from vtnmd.cli.parameters import COMMON, Common
from vtnmd.domain.models import NO_MODELS
from vtnmd.northbound.openapi import openapi as document_of
from vtnmd.northbound.schema import northbound_schema
from vtnmd.usecases.models import read_models


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
    write_document(document, output, record="openapi", word="document")
