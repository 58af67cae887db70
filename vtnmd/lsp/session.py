"""The open files of one client: their texts as they stand, what was last found in each, and where diagnostics were shown."""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from vtnmd.compiler.inventory import read_inventory
from vtnmd.compiler.models import service_schema
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.inventory import Inventory
from vtnmd.domain.models import NO_MODELS, TOSCA, Models
from vtnmd.language.analysis import Analysis, analyse, is_tosca
from vtnmd.language.buffers import Buffers
from vtnmd.language.outline import outline
from vtnmd.language.reparsing import Reparser
from vtnmd.language.roles import View
from vtnmd.language.vocabulary import Vocabulary, profile_vocabulary
from vtnmd.lsp.answers import diagnostic
from vtnmd.lsp.latest import Latest
from vtnmd.lsp.positions import Text
from vtnmd.usecases.models import read_models

log = logging.getLogger("vtnmd.lsp")

Found = Mapping[str, tuple[Diagnostic, ...]]
"""Diagnostics by the URI of the file that they point at."""


@dataclass(slots=True)
class Settings:
    """What a service is judged with, as the client's initialization options name it: files of inputs and of the inventory, and
    the folder of a designer's models.
    """

    inputs: Path | None = None
    inventory: Path | None = None
    models: Path | None = None


@dataclass(slots=True)
class Session:
    """`known` is the newest analysis of each open file that could be read as YAML, `found` what was last said of it."""

    server: LanguageServer
    settings: Settings = field(default_factory=Settings)
    known: dict[str, Analysis] = field(default_factory=dict)
    found: dict[str, Found] = field(default_factory=dict)
    worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "analysis"))
    reparser: Reparser = field(default_factory=Reparser)
    models: Models = NO_MODELS
    latest: Latest = field(init=False)

    def __post_init__(self) -> None:
        self.latest = Latest(self.check)

    def text(self, uri: str) -> Text:
        """The text of a file as it stands in the editor, else as it is on the disk; empty where it cannot be read."""
        workspace = self.server.workspace
        try:
            return Text(workspace.get_text_document(uri).source, workspace.position_codec)
        except (OSError, UnicodeDecodeError):
            return Text("", workspace.position_codec)

    def view(self, uri: str, text: Text) -> View:
        """What is known around the positions of a file: its types as they were when it was last YAML, its names as they are now."""
        known = self.known.get(uri)
        types: Vocabulary = known.vocabulary if known else profile_vocabulary()
        return View(types, service_schema(self.models), outline(text.lines))

    def changed(self, uri: str, *, soon: bool = False) -> None:
        """Check a file, and the open ones that import it."""
        path = str(path_of(uri).resolve())
        for other, known in self.known.items():
            if other != uri and path in known.files:
                self.latest.ask(other)
        if uri in self.server.workspace.text_documents:
            self.latest.ask(uri, soon=soon)

    def closed(self, uri: str) -> None:
        self.latest.forget(uri)
        self.known.pop(uri, None)
        self.show(uri, {})
        self.found.pop(uri, None)
        self.changed(uri)

    async def check(self, uri: str) -> None:
        """Find out what is wrong with a file and show it, unless the file has changed meanwhile: then that is checked too."""
        workspace = self.server.workspace
        document = workspace.text_documents.get(uri)
        if document is None:
            return
        version = document.version
        texts = {str(path_of(each).resolve()): held.source.encode() for each, held in workspace.text_documents.items()}
        loop = asyncio.get_running_loop()
        try:
            analysis = await loop.run_in_executor(self.worker, self._analyse, path_of(uri), texts)
        except Exception:
            log.exception("%s could not be checked", uri)
            return
        now = workspace.text_documents.get(uri)
        if now is None or now.version != version:
            return
        if analysis.reading is not None:
            self.known[uri] = analysis
        self.show(uri, self._by_file(uri, analysis))

    def _analyse(self, path: Path, texts: Mapping[str, bytes]) -> Analysis:
        if not is_tosca(texts[str(path.resolve())]):
            return Analysis(None, ())
        problems = self._read_models(texts)
        found = analyse(str(path), Buffers(texts), self.settings.inputs, self._inventory(), self.reparser, self.models)
        return replace(found, diagnostics=(*problems, *found.diagnostics)) if problems else found

    def _read_models(self, texts: Mapping[str, bytes]) -> tuple[Diagnostic, ...]:
        """Read the models anew, those that are open as they stand in the editor; what is wrong, and then the last ones stay."""
        folder = self.settings.models
        if folder is None:
            return ()
        try:
            found = read_models(folder)
            service_schema(found)
        except Invalid as error:
            return error.diagnostics
        opened = {name: texts.get(str((folder / name).resolve())) for name in found.files}
        edited = {
            name: text.decode("utf-8", "replace") for name, text in opened.items() if text is not None and name.startswith(TOSCA)
        }
        self.models = Models({**found.files, **edited}, found.origin)
        return ()

    def _inventory(self) -> Inventory | None:
        try:
            return read_inventory(self.settings.inventory) if self.settings.inventory else None
        except Invalid:  # it has a file of its own to be told in
            return None

    def _by_file(self, uri: str, analysis: Analysis) -> Found:
        """The diagnostics by the URI of their file; what has no place belongs to the file that was checked."""
        opened = {path_of(each).resolve(): each for each in self.server.workspace.text_documents}
        found: dict[str, list[Diagnostic]] = {uri: []}
        for each in analysis.diagnostics:
            path = Path(each.span.file).resolve() if each.span else path_of(uri).resolve()
            place = uri if path == path_of(uri).resolve() else opened.get(path) or path.as_uri()
            found.setdefault(place, []).append(each)
        return {place: tuple(several) for place, several in found.items()}

    def show(self, uri: str, found: Found) -> None:
        """Show what was found because of one file, beside what other files have led to."""
        before = self.found.get(uri, {})
        self.found[uri] = found
        for place in {*before, *found}:
            text = self.text(place)
            told = dict.fromkeys(each for origin in self.found.values() for each in origin.get(place, ()))
            shown = [diagnostic(each, text) for each in told]
            self.server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(place, shown))


def path_of(uri: str) -> Path:
    """The path of a URI; one that is no file's gets the path of a file that is not there."""
    return Path(to_fs_path(uri) or uri.rpartition("/")[2] or "untitled.yaml")
