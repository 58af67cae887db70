"""A designer's models: read from a folder, or found again in the state for a service that was made with them."""

from collections.abc import Callable, Iterator
from pathlib import Path

from vtnmd.compiler.tosca import Opened, service_name
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Span
from vtnmd.domain.models import NO_MODELS, TEMPLATES, TOSCA, YANG, Models
from vtnmd.state import Store

_PATTERNS = {TOSCA: "*.yaml", YANG: "*.yang", TEMPLATES: "**/*.j2"}
_LARGEST_FILE = 1024 * 1024
_MOST_FILES = 1000


def read_models(folder: Path) -> Models:
    """The types, YANG modules and templates of a folder. Raises Invalid with every file that cannot be read or leads elsewhere."""
    if not folder.is_dir():
        hint = "name the folder that holds tosca/, yang/ or templates/"
        raise Invalid(Diagnostic("VTN-F001", f"{folder} cannot be read: it is no folder", hint=hint))
    problems: list[Diagnostic] = []
    paths = [(top, path) for top, pattern in _PATTERNS.items() for path in sorted((folder / top).glob(pattern)) if path.is_file()]
    if not paths:
        hint = "put types into tosca/*.yaml, modules into yang/*.yang, templates into templates/KIND/FAMILY/*.j2"
        problems.append(Diagnostic("VTN-F020", f"{folder} holds no models", hint=hint))
    if len(paths) > _MOST_FILES:
        problems.append(Diagnostic("VTN-F020", f"{folder} holds more than {_MOST_FILES} models"))
    files = {path.relative_to(folder).as_posix(): text for path, text in _texts(folder, paths[:_MOST_FILES], problems)}
    if problems:
        raise Invalid(*problems)
    return Models(files, str(folder))


def _texts(folder: Path, paths: list[tuple[str, Path]], problems: list[Diagnostic]) -> Iterator[tuple[Path, str]]:
    inside = folder.resolve()
    for _, path in paths:
        place = Span(str(path), 1, 1)
        try:
            if not path.resolve().is_relative_to(inside):
                hint = "copy the file: models are kept with the services that were made of them"
                problems.append(Diagnostic("VTN-F021", f"{path} leads out of {folder}", place, hint))
                continue
            with path.open("rb") as file:
                content = file.read(_LARGEST_FILE + 1)
            if len(content) > _LARGEST_FILE:
                problems.append(Diagnostic("VTN-F003", "the file is larger than 1 MiB", place))
                continue
            yield path, content.decode("utf-8")
        except UnicodeDecodeError:
            problems.append(Diagnostic("VTN-F002", "the file is not UTF-8", place, "save the file as UTF-8"))
        except (OSError, RuntimeError) as error:
            reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
            problems.append(Diagnostic("VTN-F001", f"{path} cannot be read: {reason}", place))


def models_for(opened: Callable[[], Opened], name: str, folder: Path | None, store: Store) -> Models:
    """Those of the folder; without one those that the state keeps for the service of that name, or else none.

    The service template is `opened` only where its name is not given. Raises Invalid.
    """
    if folder is not None:
        return read_models(folder)
    if not store.keeps_models():
        return NO_MODELS
    known = store.service(name or service_name(opened()))
    return known.models if known else NO_MODELS
