"""Whether a rendered Heat template is one that Heat accepts, as far as can be told without a cloud."""

import json
from collections.abc import Iterator

from vtnmd.domain.tree import Json, Ref, Secret, Tree, fill
from vtnmd.lab.hot import read_template
from vtnmd.lab.hot_functions import HotError

LARGEST_TEMPLATE = 524_288  # bytes, Heat's max_template_size
MOST_RESOURCES = 1000  # Heat's max_resources_per_stack


def problems(template: Tree) -> list[str]:
    """What Heat would complain of, in its words; empty where there is nothing. Holes stand for any text."""
    plain = fill(template, _placeholder)
    return [*_foreign_values(plain, "template"), *_limits(plain), *_refusal(plain)]


def _placeholder(hole: Ref | Secret) -> Json:
    return "3f0c9c9e-placeholder" if isinstance(hole, Ref) else "secret"


def _foreign_values(value: Json, place: str) -> Iterator[str]:
    """Values that JSON does not have, such as the dates that YAML makes of an unquoted version."""
    match value:
        case dict():
            for key, member in value.items():
                if not isinstance(key, str):
                    yield f"{place}: the key {key!r} is no text"
                yield from _foreign_values(member, f"{place}.{key}")
        case list():
            for index, member in enumerate(value):
                yield from _foreign_values(member, f"{place}[{index}]")
        case str() | int() | float() | None:
            return
        case _:
            yield f"{place}: {type(value).__name__} is no JSON value"


def _limits(template: Json) -> Iterator[str]:
    size = len(json.dumps(template, default=str))
    if size > LARGEST_TEMPLATE:
        yield f"the template has {size} bytes, Heat takes {LARGEST_TEMPLATE}"
    count = len(template.get("resources") or {}) if isinstance(template, dict) else 0
    if count > MOST_RESOURCES:
        yield f"the template has {count} resources, Heat takes {MOST_RESOURCES}"


def _refusal(template: Json) -> Iterator[str]:
    try:
        read_template(template, lambda _kind, _name: True)
    except HotError as error:
        yield f"{error.kind}: {error}"
