"""ZIP archives to test with."""

import io
import zipfile
from collections.abc import Mapping

META = "TOSCA-Metadata/TOSCA.meta"


def meta(entry: str) -> str:
    """A TOSCA.meta that names the service template."""
    return f"TOSCA-Meta-File-Version: 1.1\nCSAR-Version: 1.1\nCreated-By: a test\nEntry-Definitions: {entry}\n"


def zipped(members: Mapping[str | zipfile.ZipInfo, str | bytes]) -> bytes:
    """An archive of these members, in their order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def csar(members: Mapping[str | zipfile.ZipInfo, str | bytes], entry: str = "service.yaml") -> bytes:
    """A CSAR of these members with a TOSCA.meta."""
    return zipped({META: meta(entry), **members})
