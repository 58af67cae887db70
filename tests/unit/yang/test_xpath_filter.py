"""XPath expressions of clients: what they select, what is no expression, and which entries they look at."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conformance.test_netconf import DEPOT, MODULE
from tests.unit.yang.test_select import BAYS, DOCUMENT
from vtnmd.northbound.schema import northbound_schema
from vtnmd.yang.xpath_filter import Selection, XPathProblem

SCHEMA = northbound_schema(MODULE)
PREFIXES: dict[str | None, str] = {"d": DEPOT, "v": "urn:vtnmd:yang:vtnmd-vtn", None: DEPOT}


def selection(text: str) -> Selection:
    return Selection(SCHEMA, text, PREFIXES)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("/", DOCUMENT),
        ("/d:office", {"depot:office": DOCUMENT["depot:office"]}),
        ("/d:office/d:title", {"depot:office": {"title": "hq"}}),
        ("/d:office/d:badge[2]", {"depot:office": {"badge": ["b"]}}),
        ("/d:yard/d:bay[d:number = 1]/d:remark", {"depot:yard": {"bay": [{"number": 1, "remark": "a"}]}}),
        ("/d:yard/d:bay[d:remark]", {"depot:yard": {"bay": [BAYS[0]]}}),
        (
            "//d:depth[. > 3] | /d:office/d:staff",
            {"depot:yard": {"bay": [{"number": 1, "slot": [{"label": "y", "depth": 4}]}]}, "depot:office": {"staff": 9}},
        ),
        ("//d:bay/..", {"depot:yard": DOCUMENT["depot:yard"]}),
        ("/d:yard/d:bay[d:size = 'd:small']/d:remark", {"depot:yard": {"bay": [{"number": 1, "remark": "a"}]}}),
        ("/d:yard/d:bay[derived-from-or-self(d:size, 'd:size')][2]", {"depot:yard": {"bay": [BAYS[1]]}}),
        ("/d:*/d:title", {"depot:office": {"title": "hq"}}),
        ("/d:office/d:*[2]", {"depot:office": {"staff": 9}}),
        ("/d:yard/d:bay[d:* = 'a']/descendant::d:*[. = 'a']", {"depot:yard": {"bay": [{"number": 1, "remark": "a"}]}}),
        ("/v:*", {}),
        ("/d:office/d:mood", {}),
        ("/office", {}),
        ("/d:nothing", {}),
    ],
)
def test_an_expression_selects(text: str, result: Any) -> None:
    assert selection(text).select(DOCUMENT, SCHEMA.root) == result


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "/d:office[",
        "1 + 1",
        "count(/d:office)",
        "'text'",
        "/x:office",
        "id('a')",
        "frob()",
        "(" * 9000,
        "/" * 20000,
        "a b",
        "/x:*",
        "/d: *",
        "/d:**",
    ],
)
def test_what_is_no_expression_of_nodes_is_told(text: str) -> None:
    with pytest.raises(XPathProblem):
        selection(text).select(DOCUMENT, SCHEMA.root)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("/v:services/v:service[v:name = 'a']", ("a",)),
        ("/v:services/v:service[v:name='a']/v:vtn[v:name='b']", ("a",)),
        ("/d:office", ()),
        ("/v:services/v:service", None),
        ("/v:services", None),
        ("/v:services/v:service[v:name != 'a']", None),
        ("/v:services/v:service[v:name = 'a']/../v:service", None),
        ("/v:services/v:service[v:name = 'a'][../v:service]", None),
        ("//v:service[v:name = 'a']", None),
        ("/v:*/v:service[v:name = 'a']", None),
        ("/v:services/v:*[v:name = 'a']", None),
        ("/v:services/v:service[v:* = 'a']", None),
        ("/v:services/v:service[v:name = 'a'] | /v:services", None),
    ],
)
def test_only_the_services_that_an_expression_names_are_looked_at(text: str, names: tuple[str, ...] | None) -> None:
    assert selection(text).entries(("vtnmd-vtn:services", "service")) == names


PIECES = (
    "/",
    "//",
    "d:yard",
    "d:bay",
    "d:*",
    "[",
    "]",
    "(",
    ")",
    "=",
    "'a'",
    "1",
    "|",
    "..",
    ".",
    "*",
    "@",
    "count",
    "not(",
    "and",
    "::",
    "child::",
)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_no_text_breaks_it(text: str) -> None:
    with contextlib.suppress(XPathProblem):
        selection(text).select(DOCUMENT, SCHEMA.root)
