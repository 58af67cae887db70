"""However a message is cut up it arrives whole, and hostile octets are an error at once: never a hang, never unbounded memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtnmd.netconf.framing import Deframer, FramingError, frame

LIMIT = 200
MESSAGES = st.lists(st.binary(min_size=1, max_size=LIMIT).filter(lambda message: b"]]>" not in message), min_size=1, max_size=4)
CUTS = st.lists(st.integers(1, 60), max_size=30)


def _pieces(octets: bytes, cuts: list[int]) -> list[bytes]:
    pieces = []
    for cut in cuts:
        pieces.append(octets[:cut])
        octets = octets[cut:]
    return [*pieces, octets]


def _received(deframer: Deframer, pieces: list[bytes]) -> list[bytes]:
    messages = []
    for piece in pieces:
        deframer.feed(piece)
        while (message := deframer.next_message()) is not None:
            messages.append(message)
    return messages


@given(MESSAGES, CUTS, st.booleans())
def test_any_cutting_of_the_stream_round_trips(messages: list[bytes], cuts: list[int], chunked: bool) -> None:
    deframer = Deframer(LIMIT)
    deframer.chunked = chunked
    stream = b"".join(frame(message, chunked=chunked) for message in messages)
    assert _received(deframer, _pieces(stream, cuts)) == messages
    assert not deframer.in_message


@given(st.binary(min_size=1, max_size=LIMIT), CUTS, CUTS)
def test_any_chunking_of_a_message_round_trips(message: bytes, chunks: list[int], cuts: list[int]) -> None:
    deframer = Deframer(LIMIT)
    deframer.chunked = True
    stream = b"".join(b"\n#%d\n%b" % (len(chunk), chunk) for chunk in _pieces(message, chunks) if chunk) + b"\n##\n"
    assert _received(deframer, _pieces(stream, cuts)) == [message]


@given(st.binary(max_size=400), CUTS, st.booleans())
def test_hostile_octets_give_messages_within_the_limit_or_an_error(octets: bytes, cuts: list[int], chunked: bool) -> None:
    deframer = Deframer(LIMIT)
    deframer.chunked = chunked
    try:
        assert all(len(message) <= LIMIT for message in _received(deframer, _pieces(octets, cuts)))
    except FramingError:
        assert chunked or len(octets) > LIMIT


@pytest.mark.parametrize(
    "octets",
    [
        b"<rpc/>",
        b"\n#0\n",
        b"\n#01\nx\n##\n",
        b"\n#-1\n",
        b"\n#4294967296\n",
        b"\n#99999999999",
        b"\n#1x",
        b"\n##\n",
        b"\n###",
        b"\r\n#1\n",
        b"\n#201\n",
        b"\n#1\na\n#200\n",
        b"]]>]]>",
    ],
)
def test_wrong_chunks_are_refused_at_once(octets: bytes) -> None:
    deframer = Deframer(LIMIT)
    deframer.chunked = True
    with pytest.raises(FramingError):
        _received(deframer, [octets])


def test_a_message_without_end_is_refused_at_the_limit() -> None:
    deframer = Deframer(LIMIT)
    with pytest.raises(FramingError, match="larger than 200"):
        _received(deframer, [b"x" * (LIMIT + 1)])


def test_framing_changes_between_two_messages_of_one_read() -> None:
    deframer = Deframer(LIMIT)
    deframer.feed(b"<hello/>]]>]]>\n#6\n<rpc/>\n##\n")
    assert deframer.next_message() == b"<hello/>"
    deframer.chunked = True
    assert deframer.next_message() == b"<rpc/>"


def test_what_a_framing_cannot_carry_is_not_sent() -> None:
    with pytest.raises(FramingError, match="end-of-message"):
        frame(b"a]]>]]>b", chunked=False)
    with pytest.raises(FramingError, match="empty"):
        frame(b"", chunked=True)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_message_of_the_largest_size_is_taken_however_it_is_cut_up(size: int) -> None:
    stream = b"x" * LIMIT + b"]]>]]>"
    assert _received(Deframer(LIMIT), [stream[at : at + size] for at in range(0, len(stream), size)]) == [b"x" * LIMIT]
