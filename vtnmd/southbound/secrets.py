"""Resolves references to secrets. What is read goes to a driver and nowhere else."""

import os
from pathlib import Path

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.southbound.ports import Rejected

_FORMS = "write env:NAME for an environment variable or file:PATH for a file"


def read_secret(reference: str) -> str:
    """The secret behind `env:NAME` or `file:PATH`; one line break at the end of a file does not belong to it.

    Raises Rejected (VTN-E001) where there is none. The diagnostic names the reference, never what was read.
    """
    scheme, _, place = reference.partition(":")
    if scheme == "env" and place:
        return _from_environment(place)
    if scheme == "file" and place:
        return _from_file(place)
    raise _missing("a reference to a secret is of no known form", _FORMS)


def _from_environment(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise _missing(f"the environment variable {name} is not set or empty", f"export {name} before starting vtnmd")
    return value


def _from_file(path: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise _missing(f"the secret file {path} cannot be read: {error.strerror}", "check the path and its permissions") from None
    except (UnicodeDecodeError, ValueError):
        raise _missing(f"the secret file {path} is not UTF-8 text", "write the secret as one line of text") from None
    value = text.removesuffix("\n").removesuffix("\r")
    if not value:
        raise _missing(f"the secret file {path} is empty", "write the secret as one line of text")
    return value


def _missing(summary: str, hint: str) -> Rejected:
    return Rejected(Diagnostic("VTN-E001", summary, hint=hint))
