"""What trees of a template refer to."""

from collections.abc import Iterator, Mapping

from vtnmd.domain.tree import Json

_REFERENCES = ("get_resource", "get_attr")


def resources_in(tree: Json) -> Iterator[str]:
    """The names of the resources that a tree refers to by functions."""
    if isinstance(tree, Mapping):
        for key, child in tree.items():
            if len(tree) == 1 and key in _REFERENCES:
                yield child if isinstance(child, str) else child[0]
            else:
                yield from resources_in(child)
    elif isinstance(tree, list):
        for child in tree:
            yield from resources_in(child)


def files_in(tree: Json) -> Iterator[str]:
    """The files that a tree names by get_file."""
    if isinstance(tree, Mapping):
        for key, child in tree.items():
            if len(tree) == 1 and key == "get_file" and isinstance(child, str):
                yield child
            else:
                yield from files_in(child)
    elif isinstance(tree, list):
        for child in tree:
            yield from files_in(child)
