"""Where the models and templates that ship with vtnmd stand.

In a source checkout they are the top-level folders `models/` and `templates/`; the wheel carries them inside the package.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    shipped = _PACKAGE / name
    return shipped if shipped.is_dir() else _PACKAGE.parent / name


YANG_MODELS = _folder("models") / "yang"
SKELETONS = _folder("models") / "skeletons"
TOSCA_MODELS = _folder("models") / "tosca"
TEMPLATES = _folder("templates")
