"""What an editor holds of files, in front of the files themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vtnmd.compiler.tosca.library import Files, Library, within


@dataclass(frozen=True, slots=True)
class Buffers:
    """Texts by the identity of their file; what is not open is read from `files`."""

    texts: Mapping[str, bytes]
    files: Library = field(default_factory=Files)

    def locate(self, reference: str, base: str) -> str:
        return self.files.locate(reference, base)

    def identity(self, name: str) -> str:
        return self.files.identity(name)

    def read(self, name: str, limit: int) -> bytes:
        held = self.texts.get(self.identity(name))
        return self.files.read(name, limit) if held is None else within(held, name, limit)
