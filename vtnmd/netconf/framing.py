"""How NETCONF messages are told apart on an SSH channel (RFC 6242 section 4).

Both ends begin with end-of-message framing and change to chunked framing after the hello, if both offer base 1.1.
"""

import re

LIMIT = 64 * 1024 * 1024
"""The largest message that is taken, in octets, unless the caller says otherwise."""

_END_OF_MESSAGE = b"]]>]]>"
_END_OF_CHUNKS = b"\n##\n"
_CHUNK_HEADER = re.compile(rb"\n#([1-9][0-9]{0,9})\n")
_LONGEST_HEADER = len(b"\n#4294967295\n")
_LARGEST_CHUNK = 4294967295
_HEADER_PREFIX = re.compile(rb"\n?|\n#([1-9][0-9]{0,9}|#)?")


class FramingError(ValueError):
    """The octets are no framed message, or the message is above the limit; the session cannot go on."""


def frame(message: bytes, *, chunked: bool) -> bytes:
    """The octets to send for one message. Raises FramingError where the framing cannot carry it."""
    if chunked:
        if not message:
            raise FramingError("an empty message cannot be sent in chunks")
        starts = range(0, len(message), _LARGEST_CHUNK)
        chunks = (message[start : start + _LARGEST_CHUNK] for start in starts)
        return b"".join(b"\n#%d\n%b" % (len(chunk), chunk) for chunk in chunks) + _END_OF_CHUNKS
    if _END_OF_MESSAGE in message:
        raise FramingError("the message holds the end-of-message sequence")
    return message + _END_OF_MESSAGE


class Deframer:
    """Takes octets as they arrive and gives whole messages.

    Set `chunked` between two messages to change the framing; octets that have arrived already are then read in the new one.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.chunked = False
        self._limit = limit
        self._waiting = bytearray()
        self._searched = 0
        self._message = bytearray()
        self._missing = 0

    def feed(self, octets: bytes) -> None:
        self._waiting += octets

    def next_message(self) -> bytes | None:
        """The next whole message, None while there is none. Raises FramingError."""
        return self._from_chunks() if self.chunked else self._up_to_end()

    @property
    def in_message(self) -> bool:
        """Part of a message has arrived."""
        return bool(self._message or self._missing or self._waiting.strip())

    def _up_to_end(self) -> bytes | None:
        end = self._waiting.find(_END_OF_MESSAGE, self._searched)
        if (end if end >= 0 else len(self._waiting) - self._begun_end()) > self._limit:
            raise FramingError(f"the message is larger than {self._limit} octets")
        if end < 0:
            self._searched = max(0, len(self._waiting) - len(_END_OF_MESSAGE) + 1)
            return None
        message = bytes(self._waiting[:end])
        del self._waiting[: end + len(_END_OF_MESSAGE)]
        self._searched = 0
        return message

    def _begun_end(self) -> int:
        """How many of the last octets may be the begin of what ends the message, and none of its own."""
        return next((size for size in range(len(_END_OF_MESSAGE) - 1, 0, -1) if self._waiting.endswith(_END_OF_MESSAGE[:size])), 0)

    def _from_chunks(self) -> bytes | None:
        while self._waiting:
            if self._missing:
                part = self._waiting[: self._missing]
                self._message += part
                self._missing -= len(part)
                del self._waiting[: len(part)]
            elif self._waiting.startswith(_END_OF_CHUNKS):
                return self._end_of_chunks()
            elif not self._header():
                return None
        return None

    def _end_of_chunks(self) -> bytes:
        if not self._message:
            raise FramingError("a message without a chunk")
        del self._waiting[: len(_END_OF_CHUNKS)]
        message = bytes(self._message)
        self._message.clear()
        return message

    def _header(self) -> bool:
        """Take a chunk header off; false while it has not arrived whole."""
        found = _CHUNK_HEADER.match(self._waiting)
        if found is None:
            start = bytes(self._waiting[:_LONGEST_HEADER])
            if _HEADER_PREFIX.fullmatch(start):
                return False
            raise FramingError(f"{start!r} is no chunk header")
        size = int(found[1])
        if size > _LARGEST_CHUNK or len(self._message) + size > self._limit:
            raise FramingError(f"the message is larger than {self._limit} octets")
        self._missing = size
        del self._waiting[: found.end()]
        return True
