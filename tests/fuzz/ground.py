"""What targets stand on: schemas, and documents to look at, made once in a process."""

from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from tests.support.restconf import orchard_schema
from vtnmd.datastore.edits import edit_config
from vtnmd.datastore.faults import Refused
from vtnmd.datastore.tree import Tree
from vtnmd.domain.models import Models
from vtnmd.netconf.messages import MessageError, Reply, parse_xml, to_octets
from vtnmd.northbound.netconf.faults import rpc_error
from vtnmd.northbound.restconf.answers import errors_element, errors_json, json_octets, xml_octets
from vtnmd.northbound.schema import northbound_schema
from vtnmd.yang.schema import Schema

DEPOT = "urn:vtnmd:test:depot"
_MODULE = Path(__file__).parents[1] / "conformance" / "netconf" / "depot.yang"

YARD = (
    f'<yard xmlns="{DEPOT}" xmlns:d="{DEPOT}"><bay><number>1</number><size>d:large</size><crane>3</crane>'
    "<slot><label>a</label><depth>2</depth></slot></bay><bay><number>2</number><paved>false</paved></bay>"
    "<truck><country>de</country><plate>x 1</plate><bay>2</bay><seat>4</seat></truck>"
    "<gang><name>g</name><works-at>1</works-at><works-at>2</works-at></gang></yard>"
)
OFFICE = (
    f'<office xmlns="{DEPOT}"><title>hq</title><staff>7</staff><limit>none</limit><weight>1.5</weight><closed/><stamp>YWI=</stamp>'
    "<doors>north</doors><badge>a</badge><badge>b</badge><phone>1</phone><phone>2</phone><meter>5</meter><alarm><code>3</code></alarm>"
    "<notes><line>one</line><line>two</line></notes></office>"
)
QUEUE = f'<queue xmlns="{DEPOT}"><job><id>a</id></job><job><id>b</id><task>unload</task></job><job><id>c</id></job></queue>'


def seeds(kind: str) -> tuple[bytes, ...]:
    """The seeds that are kept as files."""
    return tuple(path.read_bytes() for path in sorted((Path(__file__).parent / "seeds" / kind).iterdir()))


@cache
def depot_schema() -> Schema:
    return northbound_schema(Models({"yang/depot.yang": _MODULE.read_text(encoding="utf-8")}))


@cache
def orchard() -> Schema:
    return orchard_schema()


def elements(octets: bytes) -> list[Any] | None:
    """The children of a config element around the octets; None where that is no XML."""
    try:
        return list(parse_xml(b"<config>" + octets + b"</config>"))
    except MessageError:
        return None


@cache
def depot_tree() -> Tree:
    """A depot with something of everything in it."""
    held = elements((YARD + OFFICE + QUEUE).encode())
    assert held is not None
    return Tree().after(edit_config(depot_schema(), Tree(), held), 1, 1.0)


def told(schema: Schema, refused: Refused) -> None:
    """What is refused can be told in every form."""
    to_octets(Reply("1", (), tuple(map(rpc_error, refused.faults))))
    told_by_restconf(schema, refused)


def told_by_restconf(schema: Schema, refused: Refused) -> None:
    """What is refused can be told in JSON and XML, also what only JSON can carry."""
    json_octets({"error": errors_json(schema, refused.faults)}).decode("utf-8")
    xml_octets(errors_element(refused.faults, etree.Element("{urn:ietf:params:xml:ns:yang:ietf-restconf}errors")))
