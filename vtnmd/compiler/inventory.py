"""Reads an inventory file: YAML whose one key `inventory` holds instance data of `vtnmd-inventory`, without module names."""

from collections.abc import Iterator
from pathlib import Path

from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca.document import YamlMap, native, spans_below
from vtnmd.compiler.tosca.read import read_document
from vtnmd.compiler.violations import as_diagnostics
from vtnmd.domain.diagnostics import Diagnostic, Invalid, nearest_span
from vtnmd.domain.inventory import ROOT, Inventory
from vtnmd.domain.tree import Json
from vtnmd.yang.defaults import with_defaults
from vtnmd.yang.instance import validate

_FILES = frozenset({"ca-file", "key-file", "known-hosts-file"})
_SECRETS = frozenset({"password", "secret-key"})
_FILE_SECRET = "file:"  # noqa: S105 - the scheme of a reference, not a secret


def read_inventory(path: Path) -> Inventory:
    """The inventory of a file, validated, defaults filled in, file names made absolute from the file's folder.

    Raises Invalid with everything that is wrong: VTN-F… the file, VTN-I004 no inventory, VTN-Y… what YANG refuses.
    """
    document = read_document(path)
    content = document.get("inventory")
    strangers = [key for key, _ in document.pairs() if key.text != "inventory"]
    if not isinstance(content, YamlMap) or strangers:
        place = strangers[0].span if strangers else document.span
        raise Invalid(
            Diagnostic("VTN-I004", "an inventory file has the one key 'inventory'", place, hint="see examples/global-shop")
        )
    data = {ROOT: native(content)}
    sources = dict(spans_below(content, (ROOT,)))
    problems = as_diagnostics(validate(service_schema(), data), lambda path: nearest_span(sources, path))
    if problems:
        raise Invalid(*problems)
    return Inventory(_absolute(with_defaults(service_schema(), data), path.resolve().parent), sources)


def relative_files(data: Json) -> Iterator[str]:
    """Names of files in an inventory, or a part of one, that depend on where it is read from."""
    for key, value in data.items() if isinstance(data, dict) else ():
        named = value.removeprefix(_FILE_SECRET) if isinstance(value, str) else ""
        if (key in _FILES or (key in _SECRETS and named != value)) and isinstance(value, str) and not Path(named).is_absolute():
            yield named
        else:
            yield from relative_files(value)
    for each in data if isinstance(data, list) else ():
        yield from relative_files(each)


def _absolute(data: Json, folder: Path) -> Json:
    match data:
        case dict():
            return {key: _absolute_file(key, value, folder) for key, value in data.items()}
        case list():
            return [_absolute(value, folder) for value in data]
        case _:
            return data


def _absolute_file(key: str, value: Json, folder: Path) -> Json:
    if key in _FILES:
        return str((folder / Path(value).expanduser()).resolve())
    if key in _SECRETS and isinstance(value, str) and value.startswith(_FILE_SECRET):
        return _FILE_SECRET + str((folder / Path(value.removeprefix(_FILE_SECRET)).expanduser()).resolve())
    return _absolute(value, folder)
