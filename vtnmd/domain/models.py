"""Models: what a designer adds to the models and templates of vtnmd, as texts that are kept with what was made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vtnmd.domain.tree import Json, digest

TOSCA, YANG, TEMPLATES = "tosca/", "yang/", "templates/"
"""The folders that the files stand in."""


@dataclass(frozen=True, slots=True)
class Models:
    """`files` maps relative paths, such as `yang/acme-filter.yang`, to texts. `origin` is where messages say that they stand."""

    files: Mapping[str, str] = field(default_factory=dict)
    origin: str = field(default="models", compare=False)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __bool__(self) -> bool:
        return bool(self.files)

    @property
    def digest(self) -> str:
        """Empty where there are no files."""
        return digest(dict(self.files)) if self.files else ""

    def below(self, folder: str) -> Mapping[str, str]:
        """The files of one of the folders, by their paths in it."""
        return {path.removeprefix(folder): text for path, text in self.files.items() if path.startswith(folder)}

    def to_json(self) -> Json:
        return dict(self.files)


NO_MODELS = Models()
