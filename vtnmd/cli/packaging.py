"""The command that makes a CSAR of a service: package."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common, Service, Sourced
from vtnmd.cli.services import source_of
from vtnmd.compiler.tosca.archive import SUFFIXES
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.usecases.packaging import write_package


def package(
    service: Service,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    allow_url_imports: bool = False,
    common: Common = COMMON,
) -> None:
    """Write a service, all that it imports and the artifacts that it names to a CSAR, which every command takes in its place.

    Parameters
    ----------
    output
        The file to write, FILE.csar.
    allow_url_imports
        Fetch what the service imports by URL, to check it. It is not packed.
    """
    if output.suffix.lower() not in SUFFIXES:
        raise Invalid(Diagnostic("VTN-U001", f"{output} is no name of a CSAR", hint=f"call it {output.stem}.csar"))
    write_package(source_of(service, Sourced(allow_url_imports=allow_url_imports)), output)
    current().record("file", {"path": str(output)})
    current().data(Text(str(output)))
