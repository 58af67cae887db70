"""A service written to a CSAR."""

import os
from pathlib import Path

from vtnmd.compiler.tosca import package_service
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.usecases.services import Source


def write_package(source: Source, path: Path) -> None:
    """Write the service as a CSAR, as a whole or not at all. Raises Invalid with what is wrong, or VTN-F008."""
    content = package_service(source.opened())
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        scratch.write_bytes(content)
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise Invalid(Diagnostic("VTN-F008", f"{path} cannot be written: {error.strerror}", hint="name another file")) from None
