"""How errors are written."""

import pytest
from lxml import etree

from tests.support.restconf import orchard_schema
from vtnmd.datastore.faults import Fault
from vtnmd.northbound.restconf.answers import NETCONF, RESTCONF, json_path, printable, refused
from vtnmd.northbound.restconf.media import Encoding
from vtnmd.northbound.restconf.refusals import Refusal
from vtnmd.yang.identifiers import Identifier

SPACES = {"o": "urn:vtnmd:test:orchard", "v": "urn:vtnmd:yang:vtnmd-vtn"}
FAULT = Fault(
    "bad-element",
    "no\x00 \ud800good",
    "protocol",
    "odd",
    Identifier("/o:rows/o:row[o:name='a:b']", SPACES),
    (("bad-element", "x"),),
)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/o:rows/o:row[o:name='o:x']/o:tree[o:x='1'][o:y=\"2\"]/o:age", "/orchard:rows/row[name='o:x']/tree[x='1'][y=\"2\"]/age"),
        ("/o:farm/o:gate[.='a']", "/orchard:farm/gate[.='a']"),
        ("/o:rows/o:row[3]", "/orchard:rows/row[3]"),
    ],
)
def test_paths_in_json_name_modules(path: str, told: str) -> None:
    assert json_path(orchard_schema(), Identifier(path, SPACES)) == told


def test_an_error_in_json_and_in_xml() -> None:
    schema = orchard_schema()
    answer = refused(schema, Refusal(400, (FAULT,)), Encoding.XML)
    [error] = etree.fromstring(answer.body)
    assert [etree.QName(child).localname for child in error] == [
        "error-type",
        "error-tag",
        "error-app-tag",
        "error-path",
        "error-message",
        "error-info",
    ]
    assert error.findtext(f"{{{RESTCONF}}}error-path") == FAULT.path.text
    assert error.find(f"{{{RESTCONF}}}error-path").nsmap["o"] == SPACES["o"]  # type: ignore[union-attr]  # it is there
    assert error.find(f"{{{RESTCONF}}}error-info/{{{NETCONF}}}bad-element") is not None
    assert refused(schema, Refusal(400, (FAULT,)), Encoding.JSON).body.decode()
    assert refused(schema, Refusal(404), Encoding.JSON).body == b""


def test_what_cannot_be_written_is_replaced() -> None:
    assert printable("a\x00\ud800b") == "a��b"
