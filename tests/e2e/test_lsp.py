"""An editor at work with `vtnmd lsp`, over the standard streams of a process."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from lsprotocol import types as lsp

from tests.e2e.conftest import EXAMPLES, SHOP
from tests.support.editor import Editor, editor
from tests.support.tosca import HEAD, write


def edit(work: Callable[[Editor], Awaitable[None]], **options: str) -> None:
    async def run() -> None:
        async with editor(**options) as started:
            await work(started)

    asyncio.run(run())


def codes(found: list[lsp.Diagnostic]) -> list[str]:
    return [str(each.code) for each in found]


def copied(folder: Path) -> Path:
    return write(folder, (SHOP / "service.yaml").read_text(encoding="utf-8"))


def test_a_right_file_has_no_diagnostics_and_a_slip_is_shown_while_it_stands(tmp_path: Path) -> None:
    async def work(at: Editor) -> None:
        uri = await at.open(copied(tmp_path))
        assert at.diagnostics[uri] == []
        (found,) = await at.typed(uri, "gateway: 10.1.0.1", "gatway: 10.1.0.1")
        assert (found.code, found.severity, found.source) == ("VTN-T040", lsp.DiagnosticSeverity.Error, "vtnmd")
        assert "did you mean 'gateway'" in found.message
        place = found.range
        assert at.texts[uri].split("\n")[place.start.line][place.start.character : place.end.character] == "gatway"
        assert codes(await at.typed(uri, "gatway", "gateway")) == []
        assert codes(await at.typed(uri, "dscp: 46", "dscp: 99")) == ["VTN-Y207"]
        assert codes(await at.typed(uri, "dscp: 99", "dscp: [")) == ["VTN-F004"]
        assert codes(await at.typed(uri, "dscp: [", "dscp: 46")) == []

    edit(work)


def test_ranges_are_counted_in_utf_16_units(tmp_path: Path) -> None:
    async def work(at: Editor) -> None:
        text = 'topology_template:\n  node_templates:\n    t: { description: "𝄞𝄞", type: vtnmd.nodes.Tenat }\n'
        uri = await at.open(tmp_path / "s.yaml", HEAD + "imports: [ vtnmd ]\n" + text)
        (found,) = at.diagnostics[uri]
        line = '    t: { description: "𝄞𝄞", type: vtnmd.nodes.Tenat }'
        start = line.index("vtnmd") + 2
        assert (found.range.start.character, found.range.end.character) == (start, start + len("vtnmd.nodes.Tenat"))

    edit(work)


def test_keystrokes_do_not_queue_up(tmp_path: Path) -> None:
    async def work(at: Editor) -> None:
        uri = await at.open(copied(tmp_path))
        before = at.times[uri]
        for number in range(100):
            at.type(uri, f"dscp: {46 + number}", f"dscp: {47 + number}")
        found = await at.told(uri, before)
        assert "146 is outside 0..63" in found[0].message
        assert at.times[uri] - before <= 3

    edit(work)


def test_completion_while_the_text_is_no_yaml(tmp_path: Path) -> None:
    async def work(at: Editor) -> None:
        uri = await at.open(copied(tmp_path))
        await at.typed(uri, "kind: mpls-l2vpn", "kind: ")
        assert (await at.completions(uri, "kind: "))[:2] == ["mpls-l2vpn", "mpls-l3vpn"]
        await at.typed(uri, "gateway: 10.1.10.1\n", "mt\n")
        assert "mtu" in await at.completions(uri, "        mt")
        await at.typed(uri, "- region: east\n", "- region: \n")
        assert await at.completions(uri, "- region: ") == ["east", "west"]
        await at.typed(uri, "min: { get_input: bandwidth }", "min: { get_input: ")
        assert await at.completions(uri, "min: { get_input: ") == ["bandwidth", "peak_bandwidth", "web_servers"]

    edit(work)


def test_open_buffers_stand_in_for_files(tmp_path: Path) -> None:
    types = HEAD + "node_types:\n  shop.Desk:\n    derived_from: tosca.nodes.Root\n"
    service = (
        HEAD
        + "imports: [ types.yaml ]\n"
        + "topology_template:\n  node_templates:\n    desk: { type: shop.Desk, properties: { lamps: 2 } }\n"
    )
    library = write(tmp_path, types, "types.yaml")
    file = write(tmp_path, service)

    async def work(at: Editor) -> None:
        uri = await at.open(file)
        assert "VTN-T040" in codes(at.diagnostics[uri])
        opened = await at.open(library)
        at.type(opened, "tosca.nodes.Root\n", "tosca.nodes.Root\n    properties: { lamps: { type: integer } }\n")
        (warning,) = await at.until(uri, "VTN-T081")
        assert warning.severity is lsp.DiagnosticSeverity.Warning
        at.type(opened, "type: integer", "type: integr")
        await at.until(opened, "VTN-T020")
        found = await at.client.text_document_definition_async(lsp.DefinitionParams(**at.behind(uri, "type: shop.De")))
        assert isinstance(found, lsp.Location)
        assert (found.uri, found.range.start.line) == (opened, 2)

    edit(work)
    assert library.read_text() == types


def test_hover_navigation_rename_and_fix(tmp_path: Path) -> None:
    async def work(at: Editor) -> None:
        uri = await at.open(copied(tmp_path))
        document = lsp.TextDocumentIdentifier(uri)
        told = await at.client.text_document_hover_async(lsp.HoverParams(**at.behind(uri, "        dsc")))
        assert told is not None
        assert isinstance(told.contents, lsp.MarkupContent)
        assert "range 0..63" in told.contents.value
        found = await at.client.text_document_references_async(
            lsp.ReferenceParams(lsp.ReferenceContext(True), **at.behind(uri, "qos-class: gol"))
        )
        assert found is not None
        assert [each.range.start.line for each in found] == [80, 94, 104]
        changed = await at.client.text_document_rename_async(
            lsp.RenameParams(new_name="silver", **at.behind(uri, "qos-class: gol"))
        )
        assert changed is not None
        assert changed.changes is not None
        assert [edit.new_text for edit in changed.changes[uri]] == ["silver"] * 3
        assert (
            await at.client.text_document_rename_async(lsp.RenameParams(new_name="web", **at.behind(uri, "qos-class: gol"))) is None
        )
        assert at.messages == ["web is taken, in node_templates"]
        symbols = await at.client.text_document_document_symbol_async(lsp.DocumentSymbolParams(document))
        assert symbols is not None
        assert [each.name for each in symbols] == ["inputs", "node_templates", "groups"]
        (slip,) = await at.typed(uri, "protection: fast-reroute", "protection: fast-rerout")
        actions = await at.client.text_document_code_action_async(
            lsp.CodeActionParams(document, slip.range, lsp.CodeActionContext([slip]))
        )
        assert actions is not None
        assert [each.title for each in actions] == ["Replace by fast-reroute"]

    edit(work)


def test_other_yaml_is_left_alone_and_no_text_ends_the_server(tmp_path: Path) -> None:
    async def work(at: Editor) -> None:
        inventory = await at.open(SHOP / "inventory.yaml")
        assert at.diagnostics[inventory] == []
        uri = await at.open(tmp_path / "s.yaml", "")
        for text in (
            "\0",
            "a: &a [*a]",
            "topology_template: " + "[" * 5000,
            "&a" * 50,
            "topology_template:\n\t- {",
            "\u2028x: \ud7ff",
        ):
            old = at.texts[uri]
            if old:
                at.type(uri, old, "")
            at.texts[uri] = ""
            await at.typed(uri, "", text)
            for feature in (at.completions(uri, ""), at.completions(uri, text)):
                assert isinstance(await feature, list)
        assert "tosca_definitions_version" in await at.completions(uri, "")

    edit(work)


def test_an_inventory_is_asked_where_one_is_named(tmp_path: Path) -> None:
    async def work(at: Editor) -> None:
        uri = await at.open(copied(tmp_path))
        assert codes(
            await at.typed(
                uri, "west: { type: vtnmd.nodes.Region }", "west: { type: vtnmd.nodes.Region, properties: { name: mars } }"
            )
        )

    edit(work, inventory=str(SHOP / "inventory.yaml"))


def test_models_of_a_designer_are_known_as_they_stand_in_the_editor(tmp_path: Path) -> None:
    folder = tmp_path / "own-device"
    shutil.copytree(EXAMPLES / "own-device", folder)

    async def work(at: Editor) -> None:
        uri = await at.open(folder / "service.yaml")
        assert not codes(at.diagnostics[uri])
        types = await at.open(folder / "models" / "tosca" / "filter.yaml")
        at.type(types, "example.nodes.PacketFilter", "example.nodes.Filter")
        await at.until(uri, "VTN-T020")

    edit(work, models=str(folder / "models"))
