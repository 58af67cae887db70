"""Which media type an Accept header ranks highest."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from vtnmd.northbound.restconf.media import Encoding, negotiate, sent_encoding, wanted_encoding
from vtnmd.northbound.restconf.refusals import Refusal

OFFERS = {"text/a": 1.0, "text/b": 0.9}


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (b"*/*", "text/a"),
        (b"text/*", "text/a"),
        (b"text/b", "text/b"),
        (b"text/b;q=0.5, text/a;q=0.1", "text/b"),
        (b"text/a;q=0, */*", "text/b"),
        (b"TEXT/B ; charset=utf-8", "text/b"),
        (b"image/png", None),
        (b"text/a;q=0", None),
        (b"text/a;q=x", None),
        (b"", None),
    ],
)
def test_the_best_accepted_type(accept: bytes, chosen: str | None) -> None:
    assert negotiate(accept, OFFERS) == chosen


@given(some.binary(max_size=60))
def test_no_accept_header_is_too_odd(accept: bytes) -> None:
    assert negotiate(accept, OFFERS) in {None, *OFFERS}


def test_without_accept_the_body_decides() -> None:
    assert wanted_encoding(None, b"application/yang-patch+xml; charset=utf-8") is Encoding.XML
    assert wanted_encoding(None, None) is Encoding.JSON
    assert sent_encoding(b"application/json") is None
    with pytest.raises(Refusal) as caught:
        wanted_encoding(b"text/html", None)
    assert caught.value.status == 406
