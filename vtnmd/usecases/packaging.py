"""A service written to a CSAR."""

from pathlib import Path

from vtnmd.compiler.tosca import package_service
from vtnmd.usecases.services import Source
from vtnmd.usecases.writing import write_bytes


def write_package(source: Source, path: Path) -> None:
    """Write the service as a CSAR, as a whole or not at all. Raises Invalid with what is wrong, or VTN-F008."""
    write_bytes(package_service(source.opened()), path)
