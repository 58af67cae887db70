"""Which parts of a configuration a filter looks at, so that it costs the same among ten services and ten thousand."""

from collections.abc import Collection

import pytest
from lxml import etree

from vtnmd.datastore.faults import Refused
from vtnmd.northbound.netconf.filters import Filter, filter_of
from vtnmd.northbound.schema import northbound_schema

SCHEMA = northbound_schema()
VTN, INVENTORY = "urn:vtnmd:yang:vtnmd-vtn", "urn:vtnmd:yang:vtnmd-inventory"


def parsed(text: str, attributes: str = "") -> Filter:
    return filter_of(SCHEMA, etree.fromstring(f'<filter xmlns:v="{VTN}" {attributes}>{text}</filter>'))


def services(text: str) -> str:
    return f'<services xmlns="{VTN}">{text}</services>'


@pytest.mark.parametrize(
    ("text", "named", "members"),
    [
        ("", [], set()),
        (services(""), None, {"vtnmd-vtn:services"}),
        (services("<service/>"), None, {"vtnmd-vtn:services"}),
        (services("<service><name>a</name></service>"), ["a"], {"vtnmd-vtn:services"}),
        (
            services("<service><name>a</name><vtn/></service><service><name> b </name></service>"),
            ["a", "b"],
            {"vtnmd-vtn:services"},
        ),
        (services("<service><name>a</name></service><service><name/></service>"), None, {"vtnmd-vtn:services"}),
        (services("<service><vtn><name>a</name></vtn></service>"), None, {"vtnmd-vtn:services"}),
        (services("<service><name>a</name></service>") + services(""), None, {"vtnmd-vtn:services"}),
        (f'<inventory xmlns="{INVENTORY}"/>', [], {"vtnmd-inventory:inventory"}),
    ],
)
def test_a_subtree_filter_looks_at_what_it_names(text: str, named: Collection[str] | None, members: set[str]) -> None:
    found = parsed(text)
    assert (found.services, found.members) == (named, members)


def test_an_xpath_filter_looks_at_the_service_that_it_names() -> None:
    found = parsed("", 'type="xpath" select="/v:services/v:service[v:name=\'a\']/v:vtn"')
    assert (found.services, found.members) == (("a",), None)


@pytest.mark.parametrize("attributes", ['type="xpath"', 'type="xpath" select="/v:services["', 'type="regex"'])
def test_what_is_no_filter_is_refused(attributes: str) -> None:
    with pytest.raises(Refused):
        parsed("", attributes)
