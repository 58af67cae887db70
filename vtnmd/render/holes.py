"""How typed holes pass through text: as tokens that no value of the resource can contain, put back after parsing."""

from vtnmd.domain.tree import Ref, Secret, Tree, digest


class HoleSplit(Exception):
    """A template mixed a hole with other text or used it as a key, where it cannot be filled later."""


class Holes:
    """The tokens of one rendering. They begin with a digest over all values: one that held its own digest cannot be written."""

    def __init__(self, properties: Tree) -> None:
        self._prefix = f"hole-{digest(properties)}-"
        self._by_token: dict[str, Ref | Secret] = {}
        self._by_hole: dict[Ref | Secret, str] = {}

    def token(self, hole: Ref | Secret) -> str:
        """The text that stands for the hole."""
        if hole not in self._by_hole:
            token = f"{self._prefix}{len(self._by_hole)}."
            self._by_hole[hole] = token
            self._by_token[token] = hole
        return self._by_hole[hole]

    def mask(self, tree: Tree) -> Tree:
        """The tree with tokens in place of holes."""
        match tree:
            case Ref() | Secret():
                return self.token(tree)
            case dict():
                return {key: self.mask(value) for key, value in tree.items()}
            case list() | tuple():
                return [self.mask(value) for value in tree]
            case _:
                return tree

    def put_back(self, tree: Tree) -> Tree:
        """The parsed document with its holes. Raises HoleSplit."""
        match tree:
            case str() if tree in self._by_token:
                return self._by_token[tree]
            case str() if self._prefix in tree:
                raise HoleSplit("a value that is known only after apply must stand alone")
            case dict():
                if any(isinstance(key, str) and self._prefix in key for key in tree):
                    raise HoleSplit("a value that is known only after apply cannot be a key")
                return {key: self.put_back(value) for key, value in tree.items()}
            case list():
                return [self.put_back(value) for value in tree]
            case _:
                return tree
