from typing import Any

import pytest

from tests.unit.cli.test_region_view import WEST
from tests.unit.northbound.nacm.conftest import deny, nacm, permit
from vtnmd.cli.serve import _page
from vtnmd.cli.views.region import region_record
from vtnmd.cli.web import regions_in_sight
from vtnmd.domain.diagnostics import Invalid
from vtnmd.northbound.nacm import authority_of
from vtnmd.northbound.schema import northbound_schema
from vtnmd.telemetry.metrics import Metrics

LIST = "/vtnmd-orchestration:orchestration/region"


def seen(rules: Any, **said: Any) -> list[Any]:
    return regions_in_sight((WEST,), authority_of(northbound_schema(), rules, "ann", **said))


def test_who_may_read_all_sees_all() -> None:
    assert seen({}) == seen({}, recovery=True) == [region_record(WEST)]


@pytest.mark.parametrize(
    "rules",
    [
        nacm(deny("/vtnmd-orchestration:orchestration")),
        nacm(deny(LIST)),
        nacm(permit(f"{LIST}[name='east']"), deny(LIST)),
        nacm(read_default="deny"),
        {"groups": {"group": [{"name": "acme", "user-name": ["ann"], "vtnmd-access:tenant": ["acme"]}]}},
    ],
)
def test_what_may_not_be_read_is_not_there(rules: Any) -> None:
    assert seen(rules) == []


def test_parts_of_a_region_are_hidden_one_by_one() -> None:
    hidden = deny(f"{LIST}/reason"), deny(f"{LIST}/queued"), deny(f"{LIST}/endpoint[name='odl']"), deny(f"{LIST}/endpoint/code")
    (record,) = seen(nacm(*hidden))
    assert "reason" not in record
    assert (record["mode"], record["queued"]) == ("paused", 0)
    assert list(record["endpoints"]) == ["west/pe"]
    assert record["endpoints"]["west/pe"]["condition"] == "up"
    assert "code" not in record["endpoints"]["west/pe"]


@pytest.mark.parametrize("address", ["0.0.0.0:80", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "example.org:80", "::1"])
def test_only_loopback_is_listened_on(address: str) -> None:
    with pytest.raises(Invalid, match="VTN-U015"):
        _page(address, "state", Metrics())


def test_an_address_on_loopback_is_taken() -> None:
    pages = [_page(each, "state", Metrics()) for each in ("127.0.0.1:8080", "[::1]:1", "localhost:80", ":9000", "")]
    assert [str(page.address) if page else "" for page in pages] == [
        "127.0.0.1:8080",
        "[::1]:1",
        "localhost:80",
        "127.0.0.1:9000",
        "",
    ]
