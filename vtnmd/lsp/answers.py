"""What `vtnmd.language` finds, in the words of the protocol."""

from collections.abc import Iterable, Mapping

from lsprotocol import types as lsp

from vtnmd.domain.diagnostics import Diagnostic, Severity
from vtnmd.language.completion import Completion, What
from vtnmd.language.outline import Entry
from vtnmd.lsp.positions import Text

SOURCE = "vtnmd"

_SEVERITIES = {Severity.ERROR: lsp.DiagnosticSeverity.Error, Severity.WARNING: lsp.DiagnosticSeverity.Warning}
_KINDS = {
    What.KEYNAME: lsp.CompletionItemKind.Keyword,
    What.TYPE: lsp.CompletionItemKind.Class,
    What.PROPERTY: lsp.CompletionItemKind.Property,
    What.REFERENCE: lsp.CompletionItemKind.Reference,
    What.VALUE: lsp.CompletionItemKind.EnumMember,
    What.FUNCTION: lsp.CompletionItemKind.Function,
}
_SYMBOLS: Mapping[str, lsp.SymbolKind] = {
    "inputs": lsp.SymbolKind.Variable,
    "node_templates": lsp.SymbolKind.Object,
    "relationship_templates": lsp.SymbolKind.Interface,
    "groups": lsp.SymbolKind.Namespace,
    "policies": lsp.SymbolKind.Event,
}


def diagnostic(found: Diagnostic, text: Text) -> lsp.Diagnostic:
    """With the detail and the hint below the summary; what has no place stands at the beginning."""
    message = "\n".join(part for part in (found.summary, found.detail, found.hint and f"hint: {found.hint}") if part)
    place = text.range(found.span) if found.span else text.columns(0, 0, 1)
    return lsp.Diagnostic(place, message, severity=_SEVERITIES[found.severity], code=found.code, source=SOURCE)


def completion(found: Completion, line: int, text: Text) -> lsp.CompletionList:
    place = text.columns(line, found.start, found.end)
    return lsp.CompletionList(
        is_incomplete=False,
        items=[
            lsp.CompletionItem(
                label=item.label,
                kind=_KINDS[item.what],
                detail=item.detail or None,
                documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, item.told) if item.told else None,
                sort_text=f"{item.rank}{number:05}",
                filter_text=item.label,
                text_edit=lsp.TextEdit(place, item.text),
            )
            for number, item in enumerate(found.items)
        ],
    )


def symbols(found: Iterable[tuple[str, Entry]], text: Text) -> list[lsp.DocumentSymbol]:
    """The sections with their entries below them."""
    sections: dict[str, list[lsp.DocumentSymbol]] = {}
    for section, entry in found:
        named = text.columns(entry.line, entry.column, entry.column + len(entry.name))
        last = entry.end - 1
        whole = lsp.Range(text.columns(entry.line, 0, 0).start, text.columns(last, 0, len(text.lines[last])).end)
        sections.setdefault(section, []).append(
            lsp.DocumentSymbol(entry.name, _SYMBOLS[section], whole, named, detail=entry.type or None)
        )
    return [_section(name, children) for name, children in sections.items()]


def _section(name: str, children: list[lsp.DocumentSymbol]) -> lsp.DocumentSymbol:
    whole = lsp.Range(children[0].range.start, children[-1].range.end)
    return lsp.DocumentSymbol(name, lsp.SymbolKind.Module, whole, children[0].selection_range, children=children)
