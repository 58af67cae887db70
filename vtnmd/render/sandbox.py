"""The Jinja2 sandbox that templates run in: no file, no clock, no attribute beyond data, and a bound on work and output.

The bound is a number of loop steps rather than seconds, so that what renders today renders on a slow machine too.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_STEPS = 100_000
MAX_OUTPUT = 4_000_000
_MAX_OPERAND = 10_000
_BUDGET = "__steps__"
_FILTERS = frozenset(
    {"default", "first", "int", "join", "last", "length", "list", "lower", "sort", "string", "upper", "replace", "map", "unique"}
)
_TESTS = frozenset({"defined", "none", "undefined", "sameas", "eq", "ne", "in", "string", "number", "mapping", "sequence"})


class RenderingRefused(Exception):
    """A template failed; the message says why, in words for its author."""


class _Environment(ImmutableSandboxedEnvironment):
    """Counts the steps of every loop, and keeps operators from making huge strings or numbers."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        for loop in list(template.find_all(nodes.For)):
            loop.iter = nodes.Filter(loop.iter, "_counted", [], [], None, None, lineno=loop.lineno)
        return template

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any) -> Any:
        if not all(isinstance(side, int) and abs(side) <= _MAX_OPERAND for side in (left, right)):
            raise RenderingRefused(f"operator {operator} takes two small integers in a template")
        return super().call_binop(context, operator, left, right)


@jinja2.pass_context
def _counted(context: jinja2.runtime.Context, items: Iterable[Any]) -> Iterator[Any]:
    budget: list[int] = context[_BUDGET]
    for item in items:
        budget[0] -= 1
        if budget[0] < 0:
            raise RenderingRefused(f"more than {MAX_STEPS} loop steps")
        yield item


def _tojson(value: Any) -> str:
    """JSON that is also a YAML flow scalar; it never ends the place it stands in."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True)


def environment(folders: Iterable[Path], *, escape_xml: bool) -> jinja2.Environment:
    """An environment over template folders; the first that has a template wins. `escape_xml` escapes every printed value."""
    made = _Environment(
        loader=jinja2.FileSystemLoader([str(folder) for folder in folders]),
        undefined=jinja2.StrictUndefined,
        autoescape=escape_xml,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    made.filters = {name: made.filters[name] for name in _FILTERS}
    made.filters |= {"tojson": _tojson, "path_segment": lambda text: quote(str(text), safe=""), "_counted": _counted}
    made.tests = {name: made.tests[name] for name in _TESTS}
    made.globals = {"range": made.globals["range"]}
    return made


def run(template: jinja2.Template, values: dict[str, Any], functions: dict[str, Callable[..., Any]]) -> str:
    """The template's output. Raises RenderingRefused for whatever a template can do wrong."""
    pieces: list[str] = []
    size = 0
    try:
        for piece in template.generate({**values, **functions, _BUDGET: [MAX_STEPS]}):
            size += len(piece)
            if size > MAX_OUTPUT:
                raise RenderingRefused(f"more than {MAX_OUTPUT} characters of output")
            pieces.append(piece)
    except (jinja2.TemplateError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError, AttributeError) as problem:
        line = getattr(problem, "lineno", None)
        raise RenderingRefused(f"{problem}" + (f" (line {line})" if line else "")) from None
    return "".join(pieces)
