"""Entity-tags and times of resources, and requests that depend on them (RFC 8040 section 3.4.1, RFC 9110 section 13).

The tag of a resource is made from its configuration as the user sees it, whatever the encoding. What is sent may add a dot and
more, so that representations that differ have different tags; an edit compares what stands before the dot.
"""

import hashlib
import re
from collections.abc import Mapping
from email.utils import formatdate, parsedate_to_datetime

from vtnmd.datastore.tree import Tree
from vtnmd.domain.tree import Json
from vtnmd.northbound.authority import Authority
from vtnmd.northbound.restconf.answers import json_octets
from vtnmd.northbound.restconf.refusals import Refusal, refusal
from vtnmd.northbound.restconf.targets import Target
from vtnmd.yang.api_path import ABSENT

IF_MATCH, IF_NONE_MATCH = b"if-match", b"if-none-match"
IF_MODIFIED, IF_UNMODIFIED = b"if-modified-since", b"if-unmodified-since"
_ALL = (IF_MATCH, IF_NONE_MATCH, IF_MODIFIED, IF_UNMODIFIED)
_TAG = re.compile(rb'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def digest(octets: bytes) -> str:
    return hashlib.blake2b(octets, digest_size=9).hexdigest()


def tag_of(tree: Tree, target: Target, authority: Authority, value: Json) -> str:
    """The tag of a resource whose configuration, as the user sees it, is `value`.

    What spans many parts has the number of the newest commit for one who sees all of it, so that nothing large is read for it.
    """
    if not target.part and authority.unbounded:
        return f"c{tree.number}"
    return digest(json_octets(value))


def changed_at(tree: Tree, target: Target) -> float:
    """When the configuration of a resource, or of the part that it stands in, was changed last."""
    return tree.held(target.part).time if target.part else tree.time


def http_date(time: float) -> bytes:
    return formatdate(int(time), usegmt=True).encode()


def asks(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request has preconditions."""
    return any(name in headers for name in _ALL)


def check_edit(headers: Mapping[bytes, bytes], value: Json, tag: str, time: float) -> None:
    """Raise Refusal (412) where an edit shall not be made; `value` is ABSENT where the resource is not there."""
    there = value is not ABSENT
    if IF_MATCH in headers:
        if not (there and _matches(headers[IF_MATCH], tag, whole=False)):
            raise failed("the resource is not what If-Match wants")
    elif IF_UNMODIFIED in headers:
        since = _seconds(headers[IF_UNMODIFIED])
        if since is not None and (not there or int(time) > since):
            raise failed("the resource has changed since")
    if IF_NONE_MATCH in headers and there and _matches(headers[IF_NONE_MATCH], tag, whole=False):
        raise failed("the resource is there already")


def is_unchanged(headers: Mapping[bytes, bytes], tag: str, time: float | None) -> bool:
    """Whether the client of a GET has what it would be sent: 304. Raises Refusal (412). `tag` is that of the representation."""
    if IF_MATCH in headers and not _matches(headers[IF_MATCH], tag, whole=False):
        raise failed("the resource is not what If-Match wants")
    if IF_UNMODIFIED in headers and IF_MATCH not in headers and time is not None:
        since = _seconds(headers[IF_UNMODIFIED])
        if since is not None and int(time) > since:
            raise failed("the resource has changed since")
    if IF_NONE_MATCH in headers:
        return _matches(headers[IF_NONE_MATCH], tag, whole=True)
    if IF_MODIFIED in headers and time is not None:
        since = _seconds(headers[IF_MODIFIED])
        return since is not None and int(time) <= since
    return False


def failed(message: str) -> Refusal:
    return refusal(412, "operation-failed", message, "protocol", "precondition-failed")


def _matches(header: bytes, tag: str, *, whole: bool) -> bool:
    """Whether a list of tags has the tag; an edit takes no weak ones."""
    if header.strip() == b"*":
        return True
    for weak, text in _TAG.findall(header):
        found = text.decode("latin-1")
        if whole and found == tag:
            return True
        if not whole and not weak and found.partition(".")[0] == tag.partition(".")[0]:
            return True
    return False


def _seconds(header: bytes) -> int | None:
    """None for what is no date, which is passed over (RFC 9110 section 13.1.3)."""
    try:
        return int(parsedate_to_datetime(header.decode("latin-1")).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None
