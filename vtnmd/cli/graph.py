"""The command that shows a service: as text, as data, as a picture, as a page."""

import json
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.text import Text

from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, SOURCED, Common, Service, Sourced
from vtnmd.cli.services import source_of
from vtnmd.cli.views import graph as resource_view
from vtnmd.cli.views import sketch as sketch_view
from vtnmd.domain.tree import Json
from vtnmd.drawing.sketch import Sketch
from vtnmd.usecases import drawing
from vtnmd.usecases.services import Source
from vtnmd.usecases.writing import write_text

Format = Literal["text", "dot", "json", "svg", "html"]
View = Literal["topology", "dependency"]


def graph(
    service: Service,
    /,
    *,
    format: Format = "text",  # noqa: A002 -- the option's name
    view: View | None = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    source: Sourced = SOURCED,
    common: Common = COMMON,
) -> None:
    """Show the resources that a service comes to, what each needs, and why; or what its designer wrote.

    Parameters
    ----------
    format
        Text, Graphviz dot, one JSON document, a picture, or a page that needs nothing besides itself.
    view
        What is written, which needs no inventory, or what it comes to in the order of execution. Without it a page has both, and
        everything else the latter.
    output
        Write to a file.
    """
    given, screen = source_of(service, source), current()
    if format == "html":
        shown: Text | str = _page(given, common.state, view)
    elif view == "topology":
        shown = _topology(drawing.see_topology(given, common.state), format)
    else:
        shown = _resources(given, common.state, format)
    if output:
        write_text(f"{shown}\n" if isinstance(shown, Text) else shown, output)
        screen.record("file", {"path": str(output)})
        screen.say(Text(f"written to {output}"))
    elif isinstance(shown, Text):
        screen.data(shown)
    else:
        screen.document(shown)


def _page(given: Source, state: str, view: View | None) -> str:
    """Both views, or the one that is named."""
    sketches = [] if view == "dependency" else [drawing.see_topology(given, state)]
    if view != "topology":
        found = drawing.see_resources(given, state)
        current().diagnose(found.warnings)
        sketches.append(found.sketch)
    return _recorded(drawing.draw_page(sketches), "html")


def _topology(sketch: Sketch, format: Format) -> Text | str:  # noqa: A002 -- as above
    if format == "svg":
        return _recorded(drawing.draw_svg(sketch), format)
    data = sketch_view.data(sketch)
    current().record("topology", data)
    match format:
        case "dot":
            return sketch_view.dot(sketch)
        case "json":
            return _document(data)
        case _:
            return sketch_view.show_sketch(sketch)


def _resources(given: Source, state: str, format: Format) -> Text | str:  # noqa: A002 -- as above
    found = drawing.see_resources(given, state)
    current().diagnose(found.warnings)
    if format == "svg":
        return _recorded(drawing.draw_svg(found.sketch), format)
    data = resource_view.data(found.graph)
    current().record("graph", data)
    match format:
        case "dot":
            return resource_view.dot(found.graph)
        case "json":
            return _document(data)
        case _:
            return resource_view.show_graph(found.graph)


def _recorded(picture: str, format: Format) -> str:  # noqa: A002 -- as above
    current().record("picture", {"format": format, "content": picture})
    return picture


def _document(data: Json) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
