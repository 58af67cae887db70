"""The Jinja2 sandbox that templates run in: no file, no clock, no attribute beyond data, and a bound on work and output.

The bound is a number of steps rather than seconds, so that what renders today renders on a slow machine too.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from jinja2 import nodes
from jinja2.filters import do_join, do_replace
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MAX_STEPS = 100_000
MAX_OUTPUT = 4_000_000
_MAX_OPERAND = 10_000
_MAX_TEXT = 100_000
_BUDGET = "__steps__"
_FILTERS = frozenset(
    {"default", "first", "int", "join", "last", "length", "list", "lower", "sort", "string", "upper", "replace", "map", "unique"}
)
_TESTS = frozenset({"defined", "none", "undefined", "sameas", "eq", "ne", "in", "string", "number", "mapping", "sequence"})


class RenderingRefused(Exception):
    """A template failed; the message says why, in words for its author."""


class _Environment(ImmutableSandboxedEnvironment):
    """Counts the steps of every loop and every call, and keeps operators and methods from making huge texts or numbers."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template: nodes.Template = _Bounding().visit(super()._parse(source, name, filename))
        return template

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            _refuse_long((left, right))
        elif not all(isinstance(side, int) and abs(side) <= _MAX_OPERAND for side in (left, right)):
            raise RenderingRefused(f"operator {operator} takes two small integers in a template")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Filters do what methods of texts would, and none of them pads."""
        return not isinstance(obj, str) and super().is_safe_attribute(obj, attr, value)

    def call(self, context: jinja2.runtime.Context, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        _take_step(context)
        return super().call(context, called, *args, **kwargs)


class _Bounding(NodeTransformer):
    """Puts a filter that counts or measures at each place that could repeat or grow without a call."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - so named by Jinja2
        node.iter = _filtered(node.iter, "_counted")
        return self.generic_visit(node)

    def visit_Include(self, node: nodes.Include) -> nodes.Node:  # noqa: N802
        node.template = _filtered(node.template, "_stepped")
        return self.generic_visit(node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        node.nodes = [_filtered(part, "_short") for part in node.nodes]
        return self.generic_visit(node)


def _filtered(node: Any, name: str) -> nodes.Expr:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


@jinja2.pass_context
def _counted(context: jinja2.runtime.Context, items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        _take_step(context)
        yield item


@jinja2.pass_context
def _stepped(context: jinja2.runtime.Context, value: Any) -> Any:
    _take_step(context)
    return value


def _take_step(context: jinja2.runtime.Context) -> None:
    budget: list[int] = context[_BUDGET]
    budget[0] -= 1
    if budget[0] < 0:
        raise RenderingRefused(f"more than {MAX_STEPS} steps")


def _short(value: Any) -> Any:
    """A part of a text that is put together, which is no text without end itself."""
    _refuse_long((value,) if isinstance(value, str) else ())
    return value


@jinja2.pass_eval_context
def _join(context: nodes.EvalContext, items: Iterable[Any], between: str = "", attribute: str | int | None = None) -> str:
    listed = list(items)
    if sum(len(str(item)) + len(str(between)) for item in listed) > MAX_OUTPUT:
        raise RenderingRefused(f"join makes more than {MAX_OUTPUT} characters")
    joined: str = do_join(context, listed, between, attribute)
    return joined


@jinja2.pass_eval_context
def _replace(context: nodes.EvalContext, text: str, old: str, new: str, count: int | None = None) -> str:
    if (len(str(text)) + 1) * max(1, len(str(new))) > MAX_OUTPUT:
        raise RenderingRefused(f"replace may make more than {MAX_OUTPUT} characters")
    return do_replace(context, text, old, new, count)


def _refuse_long(texts: Iterable[str]) -> None:
    if sum(map(len, texts)) > _MAX_TEXT:
        raise RenderingRefused(f"more than {_MAX_TEXT} characters in one text")


def _tojson(value: Any) -> str:
    """JSON that is also a YAML flow scalar; it never ends the place it stands in."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True)


def _present(value: Any) -> Any:
    """The members that have a value: what is undefined, none or holds nothing is left out, at every depth of a mapping."""
    if not isinstance(value, Mapping):
        return value
    members = ((name, _present(member)) for name, member in value.items() if not isinstance(member, jinja2.Undefined))
    return {name: member for name, member in members if member is not None and member != {}}


def environment(folders: Iterable[Path], texts: Sequence[Mapping[str, str]] = (), *, escape_xml: bool) -> jinja2.Environment:
    """An environment over templates by their paths, and below folders; the first that has a template wins.

    `escape_xml` escapes every printed value.
    """
    below = jinja2.FileSystemLoader([str(folder) for folder in folders])
    made = _Environment(
        loader=jinja2.ChoiceLoader([*(jinja2.DictLoader(each) for each in texts), below]),
        undefined=jinja2.StrictUndefined,
        autoescape=escape_xml,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    made.filters = {name: made.filters[name] for name in _FILTERS}
    made.filters |= {
        "tojson": _tojson,
        "present": _present,
        "path_segment": lambda text: quote(str(text), safe=""),
        "_counted": _counted,
        "_stepped": _stepped,
        "_short": _short,
    }
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
