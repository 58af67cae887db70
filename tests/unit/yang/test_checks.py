from collections.abc import Mapping

import pytest

from vtnmd import assets
from vtnmd.domain.tree import Json
from vtnmd.yang.checks import CHECKS
from vtnmd.yang.instance import validate
from vtnmd.yang.instances import Path
from vtnmd.yang.schema import Schema, load_schema


def found(check: str, entry: Mapping[str, Json]) -> list[Path]:
    return [path for path, _ in CHECKS[check](entry)]


def segment(cidr: str, *regions: list[tuple[str, str]], gateway: str | None = None) -> dict[str, Json]:
    listed = [{"name": f"r{i}", "pool": [{"start": a, "end": b} for a, b in pools]} for i, pools in enumerate(regions)]
    return {"name": "s", "cidr": cidr, "region": listed} | ({"gateway": gateway} if gateway else {})


FIRST: Path = ("region", 0, "pool", 0)


@pytest.mark.parametrize(
    ("cidr", "pool", "paths"),
    [
        ("10.0.0.0/24", ("10.0.0.10", "10.0.0.20"), []),
        ("10.0.0.0/24", ("10.0.0.250", "10.0.1.3"), [FIRST]),
        ("10.0.0.0/24", ("10.0.1.1", "10.0.1.3"), [FIRST]),
        ("10.0.0.0/24", ("10.0.0.20", "10.0.0.10"), [FIRST]),
        ("10.0.0.7/24", ("10.0.0.10", "10.0.0.20"), []),
        ("2001:db8::/64", ("2001:db8::10", "2001:db8::ff"), []),
        ("2001:db8::/64", ("2001:db8:1::10", "2001:db8:1::ff"), [FIRST]),
        ("10.0.0.0/24", ("2001:db8::10", "2001:db8::ff"), [FIRST]),
        ("nonsense", ("10.0.0.20", "10.0.0.30"), []),
        ("10.0.0.0/24", ("nonsense", "10.0.0.30"), []),
    ],
)
def test_pools_inside_prefix(cidr: str, pool: tuple[str, str], paths: list[Path]) -> None:
    assert found("pools-inside-prefix", segment(cidr, [pool])) == paths


def test_pools_of_all_regions_are_disjoint() -> None:
    wide, inside, apart = ("10.0.0.10", "10.0.0.90"), ("10.0.0.20", "10.0.0.30"), ("10.0.0.91", "10.0.0.99")
    assert found("pools-disjoint", segment("10.0.0.0/24", [wide], [apart])) == []
    assert found("pools-disjoint", segment("10.0.0.0/24", [wide], [inside])) == [("region", 1, "pool", 0)]
    assert found("pools-disjoint", segment("10.0.0.0/24", [inside, wide])) == [("region", 0, "pool", 0)]
    both = found("pools-disjoint", segment("10.0.0.0/24", [wide, inside, ("10.0.0.80", "10.0.0.95")]))
    assert both == [("region", 0, "pool", 1), ("region", 0, "pool", 2)]


def test_pools_of_different_families_never_overlap() -> None:
    assert found("pools-disjoint", segment("10.0.0.0/24", [("0.0.0.1", "0.0.0.9")], [("::1", "::9")])) == []


def test_moves_come_from_names_that_are_free_and_from_each_once() -> None:
    def entry(name: str, *former: Json) -> dict[str, Json]:
        return {"name": name, "moved-from": list(former)}

    assert found("moves-unambiguous", {"name": "s", "vtn": [entry("a", "b"), entry("c", "d")]}) == []
    assert found("moves-unambiguous", entry("s", "s")) == [("moved-from",)]
    assert found("moves-unambiguous", {"name": "s", "vtn": [entry("a", "b"), entry("b")]}) == [("vtn", 0, "moved-from")]
    twice = {"name": "s", "vtn": [{"name": "a", "x:link": [entry("a", "b"), entry("c", "z", "b")]}]}
    assert found("moves-unambiguous", twice) == [("vtn", 0, "x:link", 1, "moved-from")]
    assert found("moves-unambiguous", {"name": "s", "vtn": [entry("a", "b"), entry("c")], "other": [entry("b")]}) == []
    assert found("moves-unambiguous", {"name": 1, "moved-from": "a", "vtn": [entry("a", 1, None), {"moved-from": [{}]}]}) == []


@pytest.mark.parametrize(
    ("cidr", "gateway", "wrong"),
    [
        ("10.0.0.0/24", "10.0.0.1", False),
        ("10.0.0.0/24", "10.0.0.0", True),
        ("10.0.0.0/24", "10.0.0.255", True),
        ("10.0.0.0/24", "10.0.1.1", True),
        ("10.0.0.0/24", "10.0.0.15", True),
        ("10.0.0.0/31", "10.0.0.0", False),
        ("2001:db8::/64", "2001:db8::1", False),
        ("2001:db8::/64", "2001:db8::", True),
        ("2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff", False),
        ("2001:db8::/64", "10.0.0.1", True),
    ],
)
def test_gateway_outside_pools(cidr: str, gateway: str, wrong: bool) -> None:
    paths = found("gateway-outside-pools", segment(cidr, [("10.0.0.10", "10.0.0.20")], gateway=gateway))
    assert paths == ([("gateway",)] if wrong else [])


def test_a_segment_without_gateway_needs_none() -> None:
    assert found("gateway-outside-pools", segment("10.0.0.0/24", [("10.0.0.10", "10.0.0.20")])) == []


def test_prefixes_of_one_vtn_do_not_overlap() -> None:
    prefixes = ["10.0.0.0/16", "10.1.0.0/24", "10.0.7.0/24", "2001:db8::/32", "2001:db8:1::/48", "10.0.9.0/24", "bad"]
    vtn = {"segment": [{"name": f"s{i}", "cidr": cidr} for i, cidr in enumerate(prefixes)]}
    assert sorted(found("prefixes-disjoint", vtn)) == [("segment", 2, "cidr"), ("segment", 4, "cidr"), ("segment", 5, "cidr")]


def test_range_ascending() -> None:
    assert found("range-ascending", {"start": 5, "end": 5}) == []
    assert found("range-ascending", {"start": 6, "end": 5}) == [("end",)]
    assert found("range-ascending", {"start": 6}) == []


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("https://odl.example:8443", False),
        ("http://127.0.0.1:8181", False),
        ("http://[::1]:8181", False),
        ("http://localhost:8181", False),
        ("http://odl.example:8181", True),
        ("http://127.0.0.1.example", True),
        ("HTTP://10.0.0.1", True),
        ("http://[broken", True),
    ],
)
def test_loopback_or_tls(url: str, wrong: bool) -> None:
    assert found("loopback-or-tls", {"name": "odl", "odl": {"url": url}}) == ([("odl", "url")] if wrong else [])


def test_every_check_that_the_modules_name_exists() -> None:
    names = tuple(sorted(path.stem for path in assets.YANG_MODELS.glob("vtnmd-*.yang")))
    schema = load_schema(names, (assets.YANG_MODELS,))
    assert {check.name for node in schema.walk() for check in node.checks} <= set(CHECKS)


def test_a_failed_check_carries_the_module_s_message_and_tag(services: Schema) -> None:
    region = {"name": "east", "pool": [{"start": "10.9.0.1", "end": "10.9.0.2"}]}
    vtn = {"name": "v", "tenant": "t", "segment": [{"name": "s", "cidr": "10.1.0.0/24", "region": [region]}]}
    document = {"vtnmd-vtn:services": {"service": [{"name": "x", "vtn": [vtn]}]}}
    (violation,) = validate(services, document, unknown={"vtnmd-inventory:inventory"})
    assert violation.path[-4:] == FIRST
    assert (violation.code, violation.app_tag) == ("VTN-Y307", "pool-outside-prefix")
    assert violation.message == "an address pool lies outside the segment's prefix"
    assert violation.summary == "the pool 10.9.0.1–10.9.0.2 lies outside 10.1.0.0/24"
