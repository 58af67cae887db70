"""YAML texts that say the same in many layouts: indentation, quotes, comments, blank lines, flow and block style, anchors."""

from typing import Any

from hypothesis import strategies as st

_WORDS = ["web", "10.1.0.0/24", "200 Mbps", "true", "no", "10:30", "1.0", "~", "a: b", "x # y", "é𝄞", "- z", "", " s "]
_KEYS = ["type", "properties", "vtn", "a b", "10", "node.x", "null"]

trees = st.recursive(
    st.sampled_from(_WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4)),
    max_leaves=14,
)
documents = st.dictionaries(st.sampled_from(_KEYS), trees, min_size=1, max_size=4)


@st.composite
def layouts(draw: st.DrawFn) -> str:
    """A document in some layout."""
    lines: list[str] = draw(st.sampled_from([[], ["---"], ["# head", ""], ["", ""]]))
    lines = [*lines, *_mapping(draw, draw(documents), 0)]
    lines += draw(st.sampled_from([[], ["", "", ""], ["# end"]]))
    return "\n".join(lines) + draw(st.sampled_from(["\n", ""]))


def _mapping(draw: st.DrawFn, tree: dict[str, Any], indent: int) -> list[str]:
    lines: list[str] = []
    for key, value in tree.items():
        lines += _between(draw, indent)
        lines += _entry(draw, f"{_key(key)}:", value, indent, in_list=False)
    return lines


def _list(draw: st.DrawFn, tree: list[Any], indent: int) -> list[str]:
    lines: list[str] = []
    for value in tree:
        lines += _between(draw, indent)
        lines += _entry(draw, "-", value, indent, in_list=True)
    return lines


def _entry(draw: st.DrawFn, head: str, value: Any, indent: int, *, in_list: bool) -> list[str]:
    space = " " * draw(st.integers(1, 3))
    start = " " * indent + head
    if isinstance(value, str):
        if draw(st.integers(0, 5)) == 0 and value.strip() == value and value:
            return _block(draw, start, value, indent)
        return [start + space + _scalar(draw, value) + _comment(draw)]
    if not value or draw(st.integers(0, 3)) == 0:
        return [start + space + _flow(draw, value) + _comment(draw)]
    anchor = draw(st.sampled_from(["", "", f" &a{draw(st.integers(0, 10**9))}"]))
    if isinstance(value, dict) and in_list and not anchor and draw(st.booleans()):
        inner = indent + 1 + len(space)
        first, *rest = _entries(draw, value, inner)
        return [" " * indent + "-" + space + first.lstrip(" "), *rest]
    below = indent + draw(st.integers(1, 5))
    if isinstance(value, list):
        return [start + anchor + _comment(draw), *_list(draw, value, indent if draw(st.booleans()) and not in_list else below)]
    return [start + anchor + _comment(draw), *_mapping(draw, value, below)]


def _entries(draw: st.DrawFn, tree: dict[str, Any], indent: int) -> list[str]:
    """A mapping whose first line is an entry."""
    lines = _mapping(draw, tree, indent)
    while not lines[0].strip() or lines[0].lstrip().startswith("#"):
        del lines[0]
    return lines


def _block(draw: st.DrawFn, start: str, value: str, indent: int) -> list[str]:
    style = draw(st.sampled_from(["|", ">", "|-", "|+", ">-"]))
    inner = " " * (indent + draw(st.integers(1, 4)))
    more = draw(st.sampled_from([[], [""], [inner + "  deeper  "], ["", inner + "# text", ""]]))
    return [f"{start} {style}{_comment(draw)}", inner + value, *more, inner + "last"]


def _flow(draw: st.DrawFn, value: Any) -> str:
    gap = " " * draw(st.integers(0, 2))
    comma = gap + "," + " " * draw(st.integers(1, 3))
    if isinstance(value, str):
        return _scalar(draw, value, flow=True)
    if isinstance(value, list):
        return "[" + gap + comma.join(_flow(draw, item) for item in value) + gap + "]"
    pairs = [f"{_key(key)}:{' ' * draw(st.integers(1, 2))}{_flow(draw, item)}" for key, item in value.items()]
    return "{" + gap + comma.join(pairs) + gap + "}"


def _scalar(draw: st.DrawFn, value: str, *, flow: bool = False) -> str:
    plain = value.replace(" ", "").replace(".", "").replace("/", "").isalnum() and value == value.strip()
    if plain and draw(st.booleans()):
        return value
    return f'"{value}"' if draw(st.booleans()) or flow else f"'{value}'"


def _key(key: str) -> str:
    return f"'{key}'" if key == "null" else key


def _comment(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(["", "", "   # what: it [is]", " #"]))


def _between(draw: st.DrawFn, indent: int) -> list[str]:
    blanks = ["", "   "][: draw(st.integers(0, 2))]
    return blanks + draw(
        st.sampled_from([[], [], [" " * indent + "# about it"], ["# far left"], [" " * (indent + 3) + "#deep", ""]])
    )
