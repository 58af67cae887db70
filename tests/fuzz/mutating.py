"""Inputs made of seeds: pieces put in, taken out, doubled, repeated and swapped, mostly where words begin."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

_WORD = re.compile(rb"[\w.:-]+|\s+|.", re.DOTALL)
_MOST = 64 * 1024

STRANGE = (
    *(b"", b"\0", b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xa8", b"\xf0\x9f\x98\x80", b"\r\n"),
    *(
        b"%",
        b"%00",
        b"%2F",
        b"%ff",
        b"%E2%98%83",
        b"..",
        b"//",
        b"/",
        b"?",
        b"#",
        b"&",
        b"=",
        b";",
        b",",
        b"'",
        b'"',
        b"\\",
        b"$",
        b"@",
    ),
    *(
        b"0",
        b"-1",
        b"1",
        b"255",
        b"256",
        b"65536",
        b"4294967296",
        b"18446744073709551616",
        b"9" * 80,
        b"9" * 5000,
        b"0x10",
        b"1e999",
    ),
    *(
        b"1e-999",
        b"-0",
        b"+1",
        b"01",
        b"1.5",
        b"NaN",
        b"Infinity",
        b"true",
        b"null",
        b"[null]",
        b"{}",
        b"[]",
        b"[[",
        b"]]",
        b"()",
        b"*",
    ),
    *(b"<", b">", b"</", b"/>", b"<a/>", b"<!--", b"-->", b"<?x?>", b"<![CDATA[", b"]]>", b"]]>]]>", b"<!DOCTYPE a>", b"&#0;"),
    *(b"&#x41;", b"&amp;", b"&nope;", b"xmlns=", b' xmlns=""', b' xmlns="urn:none"', b" xml:lang='en'", b"\n##\n", b"\n#1\n"),
    *(b"\n#4294967295\n", b"a" * 300, b"[" * 200, b"{" * 200, b"(" * 200, b"/" * 200, b"_x0000_", b"_xffffff_"),
    *(b"\\ud800", b"\\u0000", b"{urn:x}y", b"ietf-"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an input: what, where (thousandths of its length), how far on, with what."""

    kind: int
    place: int
    reach: int
    piece: int


KINDS = 7


@dataclass(frozen=True, slots=True)
class Pool:
    """The seeds of one target, and the pieces that they are made of."""

    seeds: Sequence[bytes]
    pieces: Sequence[bytes] = field(init=False)

    def __post_init__(self) -> None:
        words = dict.fromkeys(word for seed in self.seeds for word in _WORD.findall(seed))
        object.__setattr__(self, "pieces", (*words, *STRANGE, *self.seeds))

    def changed(self, octets: bytes, changes: Sequence[Change]) -> bytes:
        """The input after the changes."""
        for change in changes:
            octets = self._changed(octets, change)[:_MOST]
        return octets

    def _changed(self, octets: bytes, change: Change) -> bytes:
        start = self._boundary(octets, change.place)
        end = max(start, self._boundary(octets, min(change.place + change.reach, 1000)))
        piece = self.pieces[change.piece % len(self.pieces)]
        before, within, after = octets[:start], octets[start:end], octets[end:]
        match change.kind % KINDS:
            case 0:
                return before + piece + within + after
            case 1:
                return before + after
            case 2:
                return before + piece + after
            case 3:
                return before + within + within + after
            case 4:
                return before + (within or piece) * (2 + change.piece % 30) + after
            case 5:
                return before + bytes([change.piece % 256]) + (within + after)[1:]
            case _:
                other = self.seeds[change.piece % len(self.seeds)]
                return before + other[self._boundary(other, change.place) :]

    @staticmethod
    def _boundary(octets: bytes, thousandths: int) -> int:
        """A place in the input, moved to the begin of a word where that is near."""
        place = len(octets) * thousandths // 1000
        found = _WORD.search(octets, place)
        return found.end() if thousandths % 3 and found is not None and found.end() < len(octets) else place

    def drawn(self, random: Random) -> bytes:
        """An input by chance: mostly few changes of a seed."""
        return self.varied(random.choice(self.seeds), random)

    def varied(self, octets: bytes, random: Random) -> bytes:
        """The input with changes by chance."""
        number = min(int(random.expovariate(0.4)) + 1, 12)
        changes = [
            Change(random.randrange(KINDS), random.randrange(1001), int(random.expovariate(0.02)), random.randrange(1 << 16))
            for _ in range(number)
        ]
        return self.changed(octets, changes)
