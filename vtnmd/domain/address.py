"""Resource addresses: `region/endpoint/kind/key…`, or `global/kind/key…` for what belongs to no region.

Parts are percent-encoded where they hold a slash, a percent sign or a control character, so that printing and parsing are
inverse to each other for every string.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

GLOBAL_REGION = "global"
_SAFE = "".join(chr(code) for code in range(33, 127) if chr(code) not in "/%")
_PLAIN = re.compile(r"[!-$&-.0-~]*")
_PLAIN_JOINED = re.compile(r"[!-$&-~]*")


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Names one resource. `endpoint` is empty exactly when `region` is `global`."""

    region: str
    endpoint: str
    kind: str
    key: tuple[str, ...]
    _text: str = field(default="", init=False, repr=False, compare=False)

    def __str__(self) -> str:
        if not self._text:  # made once: an address is printed wherever it is stored, compared or looked up
            head = (self.region, self.kind) if self.region == GLOBAL_REGION else (self.region, self.endpoint, self.kind)
            text = "/".join((*head, *self.key))
            if not _PLAIN_JOINED.fullmatch(text) or text.count("/") != len(head) + len(self.key) - 1:
                text = "/".join(part if _PLAIN.fullmatch(part) else quote(part, safe=_SAFE) for part in (*head, *self.key))
            object.__setattr__(self, "_text", text)
        return self._text

    def __hash__(self) -> int:
        return hash(self._text or str(self))

    @property
    def is_global(self) -> bool:
        return self.region == GLOBAL_REGION

    @property
    def endpoint_id(self) -> str:
        """The endpoint that owns the resource, as `region/endpoint`; `global` for what belongs to no region."""
        return GLOBAL_REGION if self.is_global else f"{self.region}/{self.endpoint}"

    @property
    def label(self) -> str:
        """What tells this resource from others of its kind at its endpoint."""
        return "/".join(self.key)


def parse_address(text: str) -> Address:
    """The inverse of `str(address)`. Raises ValueError when the text has too few parts or an empty one."""
    parts = text.split("/")
    if "%" in text:
        parts = [unquote(part) for part in parts]
    needed = 3 if parts[0] == GLOBAL_REGION else 4
    if len(parts) < needed or not all(parts):
        raise ValueError(f"{text!r} is no resource address: expected region/endpoint/kind/key or global/kind/key")
    if parts[0] == GLOBAL_REGION:
        return Address(GLOBAL_REGION, "", parts[1], tuple(parts[2:]))
    return Address(parts[0], parts[1], parts[2], tuple(parts[3:]))
