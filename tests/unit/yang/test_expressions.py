"""Regular expressions of XML Schema: what fits, what is none, and that none takes for ever."""

import contextlib
import re

import pytest
from elementpath import translate_pattern
from hypothesis import given
from hypothesis import strategies as st

from vtnmd.yang.expressions import ExpressionProblem, expression


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        ("[a-z]{2,4}x?", ("ab", "abcdx"), ("a", "abcdex", "AB")),
        (r"\d{2}", ("12",), ("1", "123", "")),
        ("[a-z-[aeiou]]+", ("bcd",), ("bad",)),
        (r"[\]a]+", ("]a",), ("b",)),
        ("(ab|c)+|", ("", "abc"), ("ca b",)),
        (".*", ("", "x y"), ("a\nb",)),
        (r"\p{Lu}\i\c*", ("Ab-1",), ("ab",)),
        ("a{0}b{2,}", ("bb", "bbbb"), ("ab", "b")),
        ("$^", ("$^",), ("",)),
        (r"\.\\", (".\\",), ("x\\",)),
    ],
)
def test_whole_texts_fit(pattern: str, fitting: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert all(expression(pattern).matches(text) for text in fitting)
    assert not any(expression(pattern).matches(text) for text in other)


@pytest.mark.parametrize(
    "pattern", ["(", ")", "a)", "*", "a**", "[a", "a{3,1}", "{", "\\", r"\q", "(a){5000}{5000}", "a" * 2000, "(" * 500]
)
def test_what_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(ExpressionProblem):
        expression(pattern)


@pytest.mark.parametrize("pattern", ["(a|a|a)*", "(a*)*", "(a+)+b", "(a?){50}a{50}c", "a*a*a*a*a*a*b", "((a|aa)+)+"])
def test_none_takes_for_ever(pattern: str) -> None:
    assert not expression(pattern).matches("a" * 2000 + "!")


@given(st.text("ab()|*+?[]-^\\.12{},d", max_size=9), st.text("ab12-^.", max_size=5))
def test_the_same_fits_as_elsewhere(pattern: str, text: str) -> None:
    with contextlib.suppress(ExpressionProblem):
        found = expression(pattern)
        other = translate_pattern(pattern, back_references=False, lazy_quantifiers=False, anchors=False)
        assert found.matches(text) is (re.match(other, text) is not None)
