"""The table of contents of the language server: each request of the protocol and the function that answers it."""

import logging
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from vtnmd import __version__
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.language import navigation
from vtnmd.language.completion import complete
from vtnmd.language.fixes import replacements
from vtnmd.language.hover import hover
from vtnmd.lsp import answers
from vtnmd.lsp.positions import Text
from vtnmd.lsp.session import Session, Settings, path_of

log = logging.getLogger("vtnmd.lsp")

_TRIGGERS = [":", " ", "-", "[", "{", ","]


Answer = TypeVar("Answer")
Params = TypeVar("Params")


def serve() -> None:
    """Serve one client over standard input and output until it says goodbye.

    Nothing else reaches the client: what anything else prints goes to standard error.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as client:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        build().start_io(sys.stdin.buffer, client)


def build() -> LanguageServer:
    """The server with all that it answers."""
    server = LanguageServer("vtnmd", __version__)
    session = Session(server)
    _follow_files(server, session)
    _answer_positions(server, session)
    _answer_files(server, session)
    return server


def _follow_files(server: LanguageServer, session: Session) -> None:
    @server.feature(lsp.INITIALIZE)
    def initialize(params: lsp.InitializeParams) -> None:
        options = params.initialization_options
        given = options if isinstance(options, dict) else {}
        session.settings = Settings(*(_path(given.get(name)) for name in ("inputs", "inventory", "models")))

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        session.changed(params.text_document.uri, soon=True)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        session.changed(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        session.changed(params.text_document.uri)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: lsp.DidChangeWatchedFilesParams) -> None:
        for change in params.changes:
            session.changed(change.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        session.closed(params.text_document.uri)


def _answer_positions(server: LanguageServer, session: Session) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=_TRIGGERS))
    @_safely
    def completion(params: lsp.CompletionParams) -> lsp.CompletionList:
        uri = params.text_document.uri
        text = session.text(uri)
        line, column = text.cursor(params.position)
        return answers.completion(complete(text.lines, line, column, session.view(uri, text)), line, text)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    @_safely
    def hovered(params: lsp.HoverParams) -> lsp.Hover | None:
        uri = params.text_document.uri
        text = session.text(uri)
        line, column = text.cursor(params.position)
        found = hover(text.lines, line, column, session.view(uri, text))
        if found is None:
            return None
        told = lsp.MarkupContent(lsp.MarkupKind.Markdown, found.told)
        return lsp.Hover(told, text.columns(line, found.start, found.end))

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    @_safely
    def definition(params: lsp.DefinitionParams) -> lsp.Location | None:
        uri = params.text_document.uri
        text = session.text(uri)
        path = path_of(uri)
        span = navigation.definition(text.lines, *text.cursor(params.position), session.view(uri, text), path)
        if span is None or (not Path(span.file).is_file() and Path(span.file) != path):
            return None
        place = uri if Path(span.file).resolve() == path.resolve() else Path(span.file).resolve().as_uri()
        return lsp.Location(place, session.text(place).range(span))

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    @_safely
    def references(params: lsp.ReferenceParams) -> list[lsp.Location]:
        uri = params.text_document.uri
        text = session.text(uri)
        found = navigation.references(text.lines, *text.cursor(params.position), session.view(uri, text))
        shown = found if params.context.include_declaration else found[1:]
        return [lsp.Location(uri, text.columns(each.line, each.start, each.end)) for each in shown]

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    @_safely
    def renamable(params: lsp.PrepareRenameParams) -> lsp.Range | None:
        uri = params.text_document.uri
        text = session.text(uri)
        line, column = text.cursor(params.position)
        found = navigation.references(text.lines, line, column, session.view(uri, text))
        here = next((each for each in found if each.line == line and each.start <= column <= each.end), None)
        return text.columns(here.line, here.start, here.end) if here else None

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    @_safely
    def rename(params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        uri = params.text_document.uri
        text = session.text(uri)
        view = session.view(uri, text)
        problem = navigation.legal_rename(params.new_name, view)
        if problem:
            server.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, problem))
            return None
        found = navigation.references(text.lines, *text.cursor(params.position), view)
        edits = [lsp.TextEdit(text.columns(each.line, each.start, each.end), params.new_name) for each in found]
        return lsp.WorkspaceEdit(changes={uri: edits}) if edits else None


def _answer_files(server: LanguageServer, session: Session) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    @_safely
    def symbols(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        text = session.text(params.text_document.uri)
        return answers.symbols(navigation.symbols(text.lines), text)

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix]))
    @_safely
    def actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = params.text_document.uri
        text = session.text(uri)
        several = [each for found in session.found.values() for each in found.get(uri, ())]
        return [
            _replace(uri, place, name, each, text)
            for each in dict.fromkeys(several)
            if each.span is not None and _overlap(place := text.range(each.span), params.range)
            for name in replacements(each, _written(place, text))
        ]


def _safely(answer: Callable[[Params], Answer]) -> Callable[[Params], Answer | None]:
    """A request that cannot be answered is answered with nothing, and told on standard error: the editor goes on."""

    @wraps(answer)
    def answered(params: Params) -> Answer | None:
        try:
            return answer(params)
        except Exception:
            log.exception("%s found no answer", answer.__name__)
            return None

    return answered


def _replace(uri: str, place: lsp.Range, name: str, found: Diagnostic, text: Text) -> lsp.CodeAction:
    edit = lsp.WorkspaceEdit(changes={uri: [lsp.TextEdit(place, name)]})
    told = answers.diagnostic(found, text)
    return lsp.CodeAction(f"Replace by {name}", lsp.CodeActionKind.QuickFix, [told], is_preferred=True, edit=edit)


def _overlap(first: lsp.Range, second: lsp.Range) -> bool:
    return _order(first.start) <= _order(second.end) and _order(second.start) <= _order(first.end)


def _order(position: lsp.Position) -> tuple[int, int]:
    return position.line, position.character


def _written(place: lsp.Range, text: Text) -> str:
    """What stands in a range of one line."""
    (line, start), (_, end) = text.cursor(place.start), text.cursor(place.end)
    return text.lines[line][start:end]


def _path(given: Any) -> Path | None:
    return Path(given) if isinstance(given, str) and given else None
