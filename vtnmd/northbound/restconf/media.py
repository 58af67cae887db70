"""Media types: which one a client wants, and which one it sends (RFC 8040 section 5.2, RFC 9110 section 12.5.1)."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from vtnmd.northbound.restconf.refusals import refusal


class Encoding(StrEnum):
    JSON = "json"
    XML = "xml"


DATA = {Encoding.JSON: "application/yang-data+json", Encoding.XML: "application/yang-data+xml"}
PATCH = {Encoding.JSON: "application/yang-patch+json", Encoding.XML: "application/yang-patch+xml"}
ACCEPT_PATCH = ", ".join((*DATA.values(), *PATCH.values()))

_BY_TYPE = {text: encoding for encoding, text in DATA.items()}
_PATCH_BY_TYPE = {text: encoding for encoding, text in PATCH.items()}


def media_type(header: bytes) -> str:
    """A Content-Type without its parameters."""
    return header.partition(b";")[0].strip().lower().decode("latin-1")


def sent_encoding(header: bytes | None) -> Encoding | None:
    """The encoding of a body of data; None for any other type."""
    return _BY_TYPE.get(media_type(header)) if header else None


def sent_patch(header: bytes | None) -> Encoding | None:
    """The encoding of a YANG Patch; None for any other type."""
    return _PATCH_BY_TYPE.get(media_type(header)) if header else None


def wanted_encoding(accept: bytes | None, content_type: bytes | None) -> Encoding:
    """The encoding of the answer. Raises Refusal (406) where the client takes neither."""
    if accept is None:
        return sent_encoding(content_type) or sent_patch(content_type) or Encoding.JSON
    found = _negotiated(accept)
    if found is None:
        raise refusal(406, "invalid-value", f"answers are {' or '.join(DATA.values())}", "protocol")
    return found


@lru_cache(256)
def _negotiated(accept: bytes) -> Encoding | None:
    chosen = negotiate(accept, dict(zip(_BY_TYPE, (1.0, 0.999), strict=True)))
    return _BY_TYPE[chosen] if chosen else None


def negotiate(accept: bytes, offers: Mapping[str, float]) -> str | None:
    """The offered media type that an Accept header ranks highest; the factors tell equals apart. None where none is accepted."""
    ranges = [_range(each) for each in accept.decode("latin-1").lower().split(",") if each.strip()]
    best: tuple[float, str] | None = None
    for offer, factor in offers.items():
        quality = _quality(offer, ranges) * factor
        if quality > 0 and (best is None or quality > best[0]):
            best = (quality, offer)
    return best[1] if best else None


def _range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip() for part in text.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            return name, _number(value)
    return name, 1.0


def _number(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


def _quality(offer: str, ranges: list[tuple[str, float]]) -> float:
    """The quality of the most specific range that fits."""
    kind = offer.partition("/")[0]
    for fitting in (offer, f"{kind}/*", "*/*"):
        for name, quality in ranges:
            if name == fitting:
                return quality
    return 0.0
