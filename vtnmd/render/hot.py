"""Heat templates as text: in the order that Heat's own guide uses, texts of several lines as blocks, a description folded."""

from collections.abc import Mapping
from typing import Any

import yaml

from vtnmd.domain.tree import Json

_WIDTH = 100


class _Folded(str):
    """A text that is written folded."""

    __slots__ = ()


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # which of them is known only when it runs
    """Writes texts of several lines as literal blocks, and no anchors: the same subtree may stand in several places."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if _is_block(text) else None)


def _is_block(text: str) -> bool:
    """Whether a text is of several lines and can be written as it stands: blocks hide what their first line begins with."""
    return "\n" in text and not text[0].isspace() and bool(text.strip())


def _folded(dumper: Any, text: _Folded) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style=">")


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Folded, _folded)


def dump_template(template: Mapping[str, Json]) -> str:
    """The template as YAML, the same bytes each time. Sections are set apart by blank lines."""
    return "\n".join(_section(name, tree) for name, tree in template.items())


def _section(name: str, tree: Json) -> str:
    if name.lower() == "description" and isinstance(tree, str) and _is_block(tree) and tree.index("\n") == len(tree) - 1:
        tree = _Folded(tree)
    text: str = yaml.dump({name: tree}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False)
    return text
