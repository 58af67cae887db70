"""A text that is parsed again after an edit gives what it gives when it is parsed for the first time."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.property.test_tosca_documents import EVERYTHING
from vtnmd.compiler.tosca.read import parse_leniently
from vtnmd.domain.diagnostics import Invalid
from vtnmd.language.reparsing import Reparser

PLAIN = "\n".join(line for line in EVERYTHING.splitlines() if not set("&*!") & set(line)) + "\n"
BEGIN = PLAIN.index("  node_templates:")


def whole(content: bytes) -> object:
    try:
        return parse_leniently(content, "s")
    except Invalid as error:
        return error.diagnostics


def again(reparser: Reparser, content: bytes) -> object:
    try:
        return reparser.parse(content, "s")
    except Invalid as error:
        return error.diagnostics


pieces = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        [
            "\n",
            "\n\n",
            "  ",
            "    x: y\n",
            "[",
            "}",
            "'",
            '"',
            ": ",
            "- ",
            "|\n",
            "# c\n",
            "&a ",
            "\t",
            "    <<: a\n",
            "\n  groups:\n",
        ]
    ),
)
edits = st.lists(st.tuples(st.integers(0, len(PLAIN)), st.integers(0, 30), pieces), min_size=1, max_size=4)


@settings(max_examples=100, deadline=None)
@given(edits)
@example([(BEGIN + 30, 0, "\n")])
def test_what_is_reused_is_what_would_be_read(changes: list[tuple[int, int, str]]) -> None:
    reparser = Reparser()
    text = PLAIN
    assert again(reparser, text.encode()) == whole(text.encode())
    assert reparser.known["s"]
    for start, length, inserted in changes:
        text = text[:start] + inserted + text[start + length :]
        content = text.encode("utf-8", "replace")
        assert again(reparser, content) == whole(content)


def test_indented_lines_without_templates_are_gone_through_once() -> None:
    content = "topology_template:\n" + "        deep: { a: b }\n" * 200
    assert again(Reparser(), content.encode()) == whole(content.encode())
