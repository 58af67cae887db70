from vtnmd.cli.views.diagnostics import exit_code, show_diagnostics
from vtnmd.domain.diagnostics import Diagnostic, Severity, Span

LINE = "        mtu: 20000"


def _shown(*diagnostics: Diagnostic, line: str | None = LINE) -> list[str]:
    return [each.rstrip() for each in show_diagnostics(diagnostics, lambda _file, _line: line).plain.split("\n")]


def test_the_place_the_excerpt_the_caret_and_the_hint() -> None:
    span = Span("service.yaml", 15, 14, 19)
    assert _shown(Diagnostic("VTN-F004", "mtu 20000 is outside 68..9216", span, hint="the backbone carries 1978")) == [
        "service.yaml:15:14: error[VTN-F004]: mtu 20000 is outside 68..9216",
        "   15 |         mtu: 20000",
        "      |              ^^^^^  hint: the backbone carries 1978",
    ]


def test_without_a_place_the_hint_stands_below() -> None:
    assert _shown(Diagnostic("VTN-F001", "no such file", hint="check the path", detail="first\nsecond")) == [
        "error[VTN-F001]: no such file",
        "  first",
        "  second",
        "  hint: check the path",
    ]


def test_a_file_that_cannot_be_read_again_has_no_excerpt() -> None:
    assert _shown(Diagnostic("VTN-F004", "wrong", Span("gone.yaml", 1, 1), hint="look"), line=None)[1] == "  hint: look"


def test_all_are_shown_in_order_and_counted() -> None:
    shown = _shown(
        Diagnostic("VTN-F005", "later", Span("a.yaml", 9, 1), severity=Severity.WARNING),
        Diagnostic("VTN-F004", "earlier", Span("a.yaml", 2, 1)),
        line=None,
    )
    assert shown == ["a.yaml:2:1: error[VTN-F004]: earlier", "a.yaml:9:1: warning[VTN-F005]: later", "1 error, 1 warning"]


def test_tabs_and_control_characters_do_not_reach_the_terminal() -> None:
    shown = "\n".join(_shown(Diagnostic("VTN-F004", "bad \x1b[31mred\r", Span("a\x07.yaml", 1, 2)), line="\tkey: \x1b]0;title\x07"))
    assert not [character for character in shown if not character.isprintable() and character != "\n"]
    assert "      |     ^" in shown


def test_of_a_very_long_line_the_part_around_the_place_is_shown() -> None:
    _, excerpt, caret = _shown(
        Diagnostic("VTN-F004", "wrong", Span("a.yaml", 1, 5001, 5006)), line="x" * 5000 + "wrong" + "y" * 5000
    )
    assert len(excerpt) < 130
    assert excerpt[caret.index("^") : caret.rindex("^") + 1] == "wrong"


def test_one_exit_code_for_several_errors() -> None:
    invalid, unreachable = Diagnostic("VTN-F004", "wrong"), Diagnostic("VTN-E010", "gone")
    assert exit_code([invalid, invalid]) == 2
    assert exit_code([unreachable]) == 5
    assert exit_code([invalid, unreachable]) == 1
    assert exit_code([invalid, Diagnostic("VTN-E010", "gone", severity=Severity.WARNING)]) == 2
