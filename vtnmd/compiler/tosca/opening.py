"""What a SERVICE argument means: which file of which library is the service template."""

from dataclasses import dataclass
from pathlib import Path

from vtnmd.compiler.tosca.library import Files, Library

SERVICE_FILE = "service.yaml"


@dataclass(frozen=True, slots=True)
class Opened:
    """A service template: the name of its file in a library, and what the service is called where its metadata gives no name."""

    library: Library
    file: str
    name: str


def open_service(path: Path) -> Opened:
    """The service template of a TOSCA file, or of a folder with a `service.yaml`."""
    if path.is_dir():
        return Opened(Files(), str(path / SERVICE_FILE), path.resolve().name)
    return Opened(Files(str(path)), str(path), path.stem)
