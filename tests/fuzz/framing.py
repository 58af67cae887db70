"""NETCONF: octets cut up anyhow, and messages."""

from vtnmd.netconf.framing import Deframer, FramingError, frame
from vtnmd.netconf.messages import Hello, MessageError, Reply, Rpc, parse, to_octets
from vtnmd.netconf.xmltree import BASE

_LIMIT = 2000
_RPC = b'<rpc xmlns="%s" message-id="7">%%s</rpc>' % BASE.encode()

SEEDS = (
    b"\x01\x03" + frame(b"<rpc/>", chunked=True) + frame(b"x" * 50, chunked=True),
    b"\x01\x07\n#3\nabc\n#4\ndefg\n##\n\n#1\nh\n##\n",
    b"\x00\x05" + frame(b"<hello/>", chunked=False) + frame(b"<rpc>]]</rpc>", chunked=False),
)
MESSAGES = (
    to_octets(Hello(("urn:ietf:params:netconf:base:1.1",), 4)),
    _RPC % b"<get/>",
    _RPC % b'<edit-config><target><candidate/></target><config xmlns:d="urn:d"><d:a d:b="1">&lt;</d:a></config></edit-config>',
    b'<rpc-reply xmlns="%s" message-id="7"><ok/></rpc-reply>' % BASE.encode(),
    b'<rpc-reply xmlns="%s" message-id="7"><rpc-error><error-type>rpc</error-type><error-tag>too-big</error-tag>'
    b"<error-severity>error</error-severity><error-path xmlns:d='urn:d'>/d:a</error-path><error-message xml:lang='en'>m"
    b"</error-message><error-info><bad-element>a</bad-element></error-info></rpc-error></rpc-reply>" % BASE.encode(),
)


def chopped(octets: bytes) -> None:
    """However octets are cut up, the same messages come out, and the same end."""
    chunked, size, stream = bool(octets[:1] > b"\x00"), 1 + sum(octets[1:2]) % 61, octets[2:]
    whole, cut = _messages(stream, len(stream) or 1, chunked=chunked), _messages(stream, size, chunked=chunked)
    assert whole == cut, "what is read depends on how it arrives"
    assert all(message is None or len(message) <= _LIMIT for message in whole)


def _messages(stream: bytes, size: int, *, chunked: bool) -> list[bytes | None]:
    """What is read; None at the end where the framing is broken."""
    deframer = Deframer(_LIMIT)
    deframer.chunked = chunked
    found: list[bytes | None] = []
    try:
        for start in range(0, len(stream), size):
            deframer.feed(stream[start : start + size])
            while (message := deframer.next_message()) is not None:
                found.append(message)
    except FramingError:
        found.append(None)
    return found


def message(octets: bytes) -> None:
    """What is understood is written and understood again, but for replies, which may hold anything."""
    try:
        found = parse(octets)
    except MessageError as error:
        to_octets(Reply(error.message_id, (), (error.error,)))
        return
    if isinstance(found, Reply):
        return
    again = parse(to_octets(found))
    assert type(again) is type(found)
    if isinstance(found, Hello):
        assert again == found
    elif isinstance(found, Rpc) and isinstance(again, Rpc):
        assert (again.message_id, again.name.text) == (found.message_id, found.name.text)
