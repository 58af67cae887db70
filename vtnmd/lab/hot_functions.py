"""Intrinsic functions of Heat templates. Pure.

Those that real Heat has and this one has not are refused by name, so that nothing passes here by accident.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

from vtnmd.domain.tree import Json

_SIMULATED = frozenset({"get_resource", "get_attr", "get_param", "str_replace", "list_join"})
_NOT_SIMULATED = frozenset(
    {
        *("get_file", "resource_facade", "str_split", "str_replace_strict", "str_replace_vstrict", "repeat", "digest", "map_merge"),
        *("map_replace", "yaql", "if", "list_concat", "list_concat_unique", "contains", "filter", "make_url"),
    }
)
_FUNCTIONS = _SIMULATED | _NOT_SIMULATED


class HotError(Exception):
    """The template or request is refused. `kind` is the name that real Heat gives the error."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Scope(Protocol):
    """Answers functions while a value is evaluated. `place` is where the function stands, for messages."""

    def reference(self, resource: str, place: str, /) -> Json: ...

    def attribute(self, resource: str, path: tuple[str | int, ...], place: str, /) -> Json: ...

    def parameter(self, name: str, place: str, /) -> Json: ...


class Later:
    """Stands for a value that is known only once resources are made; fits every type."""

    def __str__(self) -> str:
        return ""


LATER = Later()


def resources_named(value: Json) -> Iterator[str]:
    """The resources that get_resource and get_attr in a value refer to."""
    match value:
        case {"get_resource": str(name)} if len(value) == 1:
            yield name
        case {"get_attr": [str(name), *path]} if len(value) == 1:
            yield name
            yield from resources_named(path)
        case dict():
            for member in value.values():
                yield from resources_named(member)
        case list():
            for member in value:
                yield from resources_named(member)


def evaluate(value: Json, scope: Scope, place: str) -> Json:
    """The value with every function replaced by what it yields. Raises HotError for one that is wrong or not simulated."""
    match value:
        case dict() if len(value) == 1 and not _FUNCTIONS.isdisjoint(value):
            ((function, arguments),) = value.items()
            return _call(function, arguments, scope, f"{place}.{function}")
        case dict():
            return {key: evaluate(member, scope, f"{place}.{key}") for key, member in value.items()}
        case list():
            return [evaluate(member, scope, f"{place}[{index}]") for index, member in enumerate(value)]
        case _:
            return value


def _call(function: str, arguments: Json, scope: Scope, place: str) -> Json:
    match function, arguments:
        case "get_resource", str(name):
            return scope.reference(name, place)
        case "get_attr", [str(name), str(attribute), *path]:
            return scope.attribute(name, (attribute, *evaluate(path, scope, place)), place)
        case "get_param", str(name):
            return scope.parameter(name, place)
        case "str_replace", {"template": template, "params": dict(params)}:
            return _replaced(evaluate(template, scope, place), evaluate(params, scope, place))
        case "list_join", [str(separator), *lists]:
            return _joined(separator, evaluate(lists, scope, place), place)
    if function in _NOT_SIMULATED:
        raise HotError("StackValidationFailed", f"{place}: the simulated Heat has no function {function}")
    raise HotError("StackValidationFailed", f'{place}: Incorrect arguments to "{function}"')


def _replaced(template: Json, params: Mapping[str, Json]) -> Json:
    """Every key of `params` in the template replaced by its value, longest keys first."""
    if isinstance(template, Later):
        return LATER
    text = str(template)
    for key in sorted(params, key=len, reverse=True):
        text = text.replace(key, "" if params[key] is None else str(params[key]))
    return text


def _joined(separator: str, lists: list[Json], place: str) -> Json:
    members: list[str] = []
    for entry in lists:
        if isinstance(entry, Later):
            return LATER
        if not isinstance(entry, list):
            raise HotError("StackValidationFailed", f'{place}: Incorrect arguments to "list_join"')
        members += ["" if member is None else str(member) for member in entry]
    return separator.join(members)
