from pathlib import Path

import pytest

from vtnmd.compiler.tosca import read
from vtnmd.compiler.tosca.document import YamlList, YamlMap, native
from vtnmd.compiler.tosca.read import Limits, parse_document, read_document
from vtnmd.domain.diagnostics import Invalid

ROOT = Path(__file__).parents[4]


def problems(content: bytes, limits: Limits | None = None) -> list[tuple[str, int, int]]:
    with pytest.raises(Invalid) as caught:
        parse_document(content, "file.yaml", limits or Limits())
    return [(problem.code, problem.span.line, problem.span.column) for problem in caught.value.diagnostics if problem.span]


def test_values_follow_the_core_schema_of_yaml_1_2() -> None:
    text = "{a: 1_3, b: yes, c: 10:30, d: 2026-11-22, e: 0o14, f: 012, g: 1e3, h: ~, i: 'true', j: true, k: 0x1F, l: -2, m: .5}"
    assert native(parse_document(text.encode(), "f")) == {
        "a": "1_3",
        "b": "yes",
        "c": "10:30",
        "d": "2026-11-22",
        "e": 12,
        "f": 12,
        "g": 1000.0,
        "h": None,
        "i": "true",
        "j": True,
        "k": 31,
        "l": -2,
        "m": 0.5,
    }


def test_places_count_from_one() -> None:
    document = parse_document(b"a:\n  - b: { c: d }\n", "dir/file.yaml")
    listed = document.entries["a"]
    assert str(listed.span) == "dir/file.yaml:2:3"
    assert isinstance(listed, YamlList)
    first = listed.items[0]
    assert isinstance(first, YamlMap)
    inner = first.entries["b"]
    assert isinstance(inner, YamlMap)
    assert str(inner.keys["c"].span) == "dir/file.yaml:2:10"
    assert (inner.entries["c"].span.column, inner.entries["c"].span.end_column) == (13, 14)


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert native(parse_document(b"\xef\xbb\xbfa: 1", "f")) == {"a": 1}


def test_merge_keys_bring_in_what_is_not_there() -> None:
    text = "x: &x { a: 1, b: 2 }\ny: &y { b: 3, c: 4 }\nz: { <<: [ *x, *y ], a: 5 }"
    assert native(parse_document(text.encode(), "f"))["z"] == {"a": 5, "b": 2, "c": 4}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: 1\nb: \xff", [("VTN-F002", 2, 4)]),
        (b"", [("VTN-F004", 1, 1)]),
        (b"- a", [("VTN-F004", 1, 1)]),
        (b"a: [ 1\nb: 2", [("VTN-F004", 2, 2)]),
        (b"a: *nobody", [("VTN-F004", 1, 4)]),
        (b"a: 1\n---\nb: 2", [("VTN-F004", 2, 1)]),
        (b"a: \x01", [("VTN-F004", 1, 4)]),
        (b"{ [ 1 ]: 2 }", [("VTN-F004", 1, 3)]),
        (b"a: 1\nb: 2\na: 3\nb: 4", [("VTN-F005", 3, 1), ("VTN-F005", 4, 1)]),
        (b"a: !!python/object/apply:os.system [ id ]", [("VTN-F006", 1, 4)]),
        (b"a: !!binary aGk=\nb: !mine 1", [("VTN-F006", 1, 4), ("VTN-F006", 2, 4)]),
        (b"a: &a [ *a ]", [("VTN-F007", 1, 4)]),
        (b"a: " + b"[" * 200_000, [("VTN-F009", 1, 102)]),
        (b"[" * 101 + b"]" * 101, [("VTN-F009", 1, 100)]),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(content: bytes, expected: list[tuple[str, int, int]]) -> None:
    assert problems(content) == expected


def test_without_libyaml_the_same_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "examples" / "global-shop" / "service.yaml").read_bytes()
    fast = parse_document(text, "file.yaml")
    monkeypatch.setattr(read, "_Composer", read.PlainComposer)
    assert parse_document(text, "file.yaml") == fast
    assert problems(b"a: 1\na: 2") == [("VTN-F005", 2, 1)]
    assert problems(b"a: !!python/name:os.system x") == [("VTN-F006", 1, 4)]
    assert problems(b"[" * 5000) == [("VTN-F009", 1, 100)]
    assert problems(b"a: \x01") == [("VTN-F004", 1, 4)]
    assert [code for code, _, _ in problems(b"a: [ 1")] == ["VTN-F004"]


def test_both_places_of_a_duplicate_key_are_named() -> None:
    with pytest.raises(Invalid) as caught:
        parse_document(b"a: 1\nb: 2\na: 3", "file.yaml")
    assert "line 1, column 1" in caught.value.diagnostics[0].hint


def test_standard_tags_of_the_core_schema_are_read() -> None:
    assert native(parse_document(b"{a: !!str 5, b: !!int '5', c: !!map {}, d: !!seq []}", "f")) == {
        "a": "5",
        "b": 5,
        "c": {},
        "d": [],
    }


def test_a_yaml_bomb_is_refused_before_it_expands() -> None:
    levels = ["a0: &a0 [ x, x, x, x, x, x, x, x, x, x ]"]
    levels += [f"a{n}: &a{n} [ {', '.join([f'*a{n - 1}'] * 10)} ]" for n in range(1, 12)]
    assert [code for code, _, _ in problems("\n".join(levels).encode())] == ["VTN-F007"]


def test_a_file_above_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    with pytest.raises(Invalid) as caught:
        read_document(path)
    assert [problem.code for problem in caught.value.diagnostics] == ["VTN-F003"]


@pytest.mark.parametrize("name", ["missing.yaml", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_document(tmp_path / name)
    assert caught.value.diagnostics[0].code == "VTN-F001"
