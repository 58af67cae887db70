"""Edits: XML as NETCONF sends it, JSON and XML as RESTCONF does."""

from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from tests.fuzz.ground import (
    OFFICE,
    QUEUE,
    YARD,
    depot_schema,
    depot_tree,
    elements,
    orchard,
    seeds,
    told,
    told_by_restconf,
)
from vtnmd.compiler.models import service_schema
from vtnmd.compiler.tosca import bind, read_topology
from vtnmd.datastore.edits import ResourceEdit, edit_resources
from vtnmd.datastore.edits import edit_config as edited
from vtnmd.datastore.faults import Refused
from vtnmd.datastore.judging import Judge
from vtnmd.datastore.tree import Changes, Tree, document_of
from vtnmd.domain.tree import Json
from vtnmd.northbound.restconf.answers import json_octets
from vtnmd.northbound.restconf.bodies import members_of
from vtnmd.northbound.restconf.media import Encoding
from vtnmd.northbound.restconf.refusals import Refusal
from vtnmd.yang.convert import from_xml, to_xml
from vtnmd.yang.edit import Operation
from vtnmd.yang.identifiers import Identifier
from vtnmd.yang.schema import Schema

_GOLDEN = Path(__file__).parents[1] / "golden" / "services" / "shared" / "service.yaml"
_OPERATIONS = tuple(Operation)

DEPOT_SEEDS = (*(each.encode() for each in (YARD, OFFICE, QUEUE)), *seeds("depot"))
JSON_SEEDS, XML_SEEDS = seeds("json"), seeds("xml")


def _service() -> bytes:
    intent = bind(read_topology(_GOLDEN), service_schema()).intent
    return b"".join(etree.tostring(each) for each in to_xml(depot_schema(), intent.document))


SERVICE_SEEDS = (_service(),)


def edit_config(octets: bytes) -> None:
    """An edit of the depot; its first octet says by which default operation."""
    default = _OPERATIONS[octets[0] % len(_OPERATIONS)] if octets[:1] < b"\x08" and octets else Operation.MERGE
    _edit(depot_schema(), depot_tree(), octets.lstrip(b"\0\1\2\3\4\5\6\7"), default)


def edit_services(octets: bytes) -> None:
    """An edit of services where there are none yet."""
    _edit(depot_schema(), Tree(), octets, Operation.MERGE)


def _edit(schema: Schema, tree: Tree, octets: bytes, default: Operation) -> None:
    config = elements(octets)
    if config is None:
        return
    try:
        changes = edited(schema, tree, config, default)
        _written(schema, changes)
        _judged(schema, tree, changes)
    except Refused as refused:
        told(schema, refused)


def _written(schema: Schema, changes: Changes) -> None:
    """What an edit makes can be written, and is the same when it is read again, but for the content of anydata."""
    document = document_of(changes)
    again = from_xml(schema, to_xml(schema, document))
    free = ("depot:office",)
    assert {name: value for name, value in again.items() if name not in free} == {
        name: value for name, value in document.items() if name not in free
    }


def _judged(schema: Schema, tree: Tree, changes: Changes) -> None:
    """Raises Refused where the whole would not be right."""
    judge = Judge(schema)
    judge.learn(tree)
    judge.judge(tree, changes)


def json_members(octets: bytes) -> None:
    _members(octets, Encoding.JSON)


def xml_members(octets: bytes) -> None:
    _members(octets, Encoding.XML)


def _members(octets: bytes, encoding: Encoding) -> None:
    """A body that is right can be merged twice, which is as good as once, and can be sent."""
    schema = orchard()
    try:
        members = members_of(schema, octets, encoding, schema.root, Identifier())
        changes = edit_resources(schema, Tree(), _merges(members))
        _judged(schema, Tree(), changes)
        once = Tree().after(changes, 1, 1.0)
        json_octets(once.document()).decode("utf-8")
        assert not edit_resources(schema, once, _merges(members)), "merging once more changes something"
    except Refused as refused:
        told_by_restconf(schema, refused)
    except Refusal:
        return


def _merges(members: dict[str, Json]) -> Sequence[ResourceEdit]:
    return [ResourceEdit("merge", (), members)]
