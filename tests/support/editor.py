"""An editor: pygls' client over the standard streams of a `vtnmd lsp` process."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

_ENOUGH_SECONDS = 60


class Editor:
    """One client with its server. Positions are given by a text in the file and end behind it."""

    def __init__(self) -> None:
        self.client = LanguageClient("tests", "1")
        self.diagnostics: dict[str, list[lsp.Diagnostic]] = {}
        self.published = asyncio.Condition()
        self.times: dict[str, int] = {}
        self.messages: list[str] = []
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]  # pygls annotates its server only
        async def shown(params: lsp.PublishDiagnosticsParams) -> None:
            async with self.published:
                self.diagnostics[params.uri] = list(params.diagnostics)
                self.times[params.uri] = self.times.get(params.uri, 0) + 1
                self.published.notify_all()

        @self.client.feature(lsp.WINDOW_SHOW_MESSAGE)  # type: ignore[untyped-decorator]  # the same
        def said(params: lsp.ShowMessageParams) -> None:
            self.messages.append(params.message)

    async def start(self, options: dict[str, str]) -> lsp.InitializeResult:
        await self.client.start_io(sys.executable, "-P", "-m", "vtnmd", "lsp")
        result = await self.client.initialize_async(
            lsp.InitializeParams(capabilities=lsp.ClientCapabilities(), initialization_options=options)
        )
        self.client.initialized(lsp.InitializedParams())
        return result

    async def stop(self) -> int | None:
        """End the server as an editor does, and give its exit code."""
        await self.client.shutdown_async(None)
        self.client.exit(None)
        server: Any = self.client._server
        await asyncio.wait_for(server.wait(), _ENOUGH_SECONDS)
        await self.client.stop()  # type: ignore[no-untyped-call]  # the same
        return int(server.returncode)

    async def open(self, path: Path, text: str | None = None) -> str:
        """Open a file, with other text than it has where that is given, and wait for its diagnostics. Gives its URI."""
        uri = self.begin(path, text)
        before = self.times.get(uri, 0)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(uri, "yaml", 1, self.texts[uri])))
        await self.told(uri, before)
        return uri

    def begin(self, path: Path, text: str | None) -> str:
        """Take a file up as version 1. Gives its URI."""
        uri = path.as_uri()
        self.texts[uri] = path.read_text(encoding="utf-8") if text is None else text
        self.versions[uri] = 1
        return uri

    def type(self, uri: str, old: str, new: str) -> None:
        """Replace the first `old`, as one edit of its range."""
        text = self.texts[uri]
        start = text.index(old)
        edit = lsp.TextDocumentContentChangePartial(lsp.Range(position(text, start), position(text, start + len(old))), new)
        self.texts[uri] = text[:start] + new + text[start + len(old) :]
        self.versions[uri] += 1
        document = lsp.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [edit]))

    async def typed(self, uri: str, old: str, new: str) -> list[lsp.Diagnostic]:
        """The same, and the diagnostics that it leads to."""
        before = self.times.get(uri, 0)
        self.type(uri, old, new)
        return await self.told(uri, before)

    async def told(self, uri: str, before: int) -> list[lsp.Diagnostic]:
        async with self.published:
            await asyncio.wait_for(self.published.wait_for(lambda: self.times.get(uri, 0) > before), _ENOUGH_SECONDS)
        return self.diagnostics[uri]

    async def until(self, uri: str, *codes: str) -> list[lsp.Diagnostic]:
        """Wait until the diagnostics of a file have these codes."""
        async with self.published:
            fits = lambda: [each.code for each in self.diagnostics.get(uri, ())] == list(codes)  # noqa: E731
            await asyncio.wait_for(self.published.wait_for(fits), _ENOUGH_SECONDS)
        return self.diagnostics[uri]

    def behind(self, uri: str, text: str) -> dict[str, Any]:
        """The document and the position behind a text, as requests take them."""
        return {
            "text_document": lsp.TextDocumentIdentifier(uri),
            "position": position(self.texts[uri], self.texts[uri].index(text) + len(text)),
        }

    async def completions(self, uri: str, text: str) -> list[str]:
        found = await self.client.text_document_completion_async(lsp.CompletionParams(**self.behind(uri, text)))
        assert isinstance(found, lsp.CompletionList)
        return [item.label for item in found.items]


def position(text: str, offset: int) -> lsp.Position:
    """The place of an offset in UTF-16 units."""
    before = text[:offset]
    line = before.count("\n")
    return lsp.Position(line, len(before[before.rfind("\n") + 1 :].encode("utf-16-le")) // 2)


@asynccontextmanager
async def editor(**options: str) -> AsyncIterator[Editor]:
    """A started editor, whose server must end in order."""
    started = Editor()
    await started.start(options)
    yield started
    assert await started.stop() == 0
