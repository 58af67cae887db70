"""RESTCONF's paths and query parameters, and the paths of access rules."""

from contextlib import suppress

from tests.fuzz.ground import depot_schema, depot_tree, orchard
from vtnmd.northbound.nacm.paths import resolve
from vtnmd.northbound.restconf import queries
from vtnmd.northbound.restconf.refusals import Refusal
from vtnmd.yang.api_path import PathProblem, identifier_of, parse_path, path_text, resource_at

PATHS = (
    b"orchard:rows/row=a/tree=1,-2/age",
    b"depot:yard/truck=de,x%201/seat",
    b"depot:yard/bay=1/slot=a/depth",
    b"depot:office/phone=1",
    b"depot:office/badge=b",
    b"depot:yard/bay=1/sweep",
    b"depot:office/notes",
    b"vtnmd-vtn:services/service=shop/vtn=a/segment=b",
)
QUERIES = (
    b"depth=3&fields=orchard:farm(owner;shop/till);orchard:rows/row(name;tree(x;y))&content=config&with-defaults=report-all",
    b"insert=before&point=%2Forchard:tasks%2Ftask%3Da&dry-run=native",
    b"filter=%2F*&start-time=2026-01-01T00:00:00Z&stop-time=2026-01-02T00:00:00%2B01:00",
)
RULES = (
    b"/d:yard/d:bay[d:number='1']/d:slot[d:label=$USER]",
    b"/depot:office/phone[.='1']",
    b"/",
    b'/depot:yard/bay[number="1"]/sweep',
)


def resource(octets: bytes) -> None:
    """A path that is understood is written and understood again, and can be followed."""
    for schema in (depot_schema(), orchard()):
        try:
            steps = parse_path(schema, octets.decode("latin-1"))
        except PathProblem:
            continue
        again = parse_path(schema, path_text(steps))
        assert [(step.node, step.key) for step in again] == [(step.node, step.key) for step in steps]
        _ = identifier_of(schema, steps).text
        resource_at(depot_tree().document(), steps)


def query(octets: bytes) -> None:
    """A query is understood or refused, whatever it is for."""
    schema, text = orchard(), octets.decode("latin-1")
    rows = schema.root.children["orchard:rows"]
    task = schema.root.children["orchard:tasks"].children["task"]
    for node in (schema.root, rows, task):
        with suppress(Refusal):
            queries.reading(text, node)
    for allowed in (queries.CREATE, queries.FOLLOW):
        with suppress(Refusal):
            queries.place(schema, queries.parameters(text, allowed), "", task)


def rule(octets: bytes) -> None:
    """A path of a rule leads somewhere or nowhere."""
    schema = depot_schema()
    found = resolve(schema, octets.decode("utf-8", "replace"), "ann")
    if found is not None:
        found.covers(schema.root)
