"""Where a RESTCONF server keeps its configuration, and how its media types and paths are written: RFC 8040, or draft 02 of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from vtnmd.domain.tree import Json
from vtnmd.netconf.messages import MessageError, parse_xml

HOST_META = ".well-known/host-meta"
DEFAULT_ROOT = "restconf"
_XRD_LINK = "{http://docs.oasis-open.org/ns/xri/xrd-1.0}Link"


@dataclass(frozen=True, slots=True)
class Dialect:
    """`data` is the datastore below the root of the API, `media_type` what bodies are sent and asked for as.

    `keys_in_segment` says that the keys of an entry follow its list's name after `=`, and do not stand in segments of their own.
    """

    data: str
    media_type: str
    keys_in_segment: bool
    content: str
    """The query that leaves out what is not configuration."""

    def parent(self, path: str, keys: int) -> str:
        """The path of what holds the list of an entry with so many keys; empty for one that stands at the top."""
        return "/".join(path.split("/")[: -1 if self.keys_in_segment else -1 - keys])


RFC_8040 = Dialect("data", "application/yang-data+json", keys_in_segment=True, content="?content=config")
DRAFT_02 = Dialect("config", "application/json", keys_in_segment=False, content="")

DIALECTS: Mapping[str, Dialect] = {"rfc8040": RFC_8040, "draft-02": DRAFT_02}


def has_path(url: str) -> bool:
    """Whether the URL says itself where the API begins."""
    return urlsplit(url).path.strip("/") != ""


def read_host_meta(content: bytes) -> Json:
    """The path of the link `restconf` in an XRD document (RFC 8040 section 3.1); None where it has none. Raises ValueError."""
    try:
        root = parse_xml(content)
    except MessageError as problem:
        raise ValueError(str(problem)) from None
    links = [link.get("href", "") for link in root.iter(_XRD_LINK) if link.get("rel") == "restconf"]
    return next((link for link in links if link.startswith("/")), None)


def local_names(tree: Json) -> Json:
    """The tree with its members' names as they are without their modules, which servers add and leave out differently."""
    match tree:
        case dict():
            return {name.rpartition(":")[2]: local_names(value) for name, value in tree.items()}
        case list():
            return [local_names(value) for value in tree]
        case _:
            return tree
