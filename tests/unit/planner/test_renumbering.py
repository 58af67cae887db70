"""A prefix changes only while no server holds an address of it."""

from typing import Any

from vtnmd.domain.intent import Intent
from vtnmd.planner import check_prefixes


def _intent(cidr: str, *, inhabited: bool = True) -> Intent:
    vtn: dict[str, Any] = {"name": "shop", "segment": [{"name": "web", "cidr": cidr}]}
    if inhabited:
        vtn["vtnmd-workload:workload"] = [{"name": "servers", "segment": ["web"]}]
    return Intent("shop", {"vtnmd-vtn:services": {"service": [{"name": "shop", "vtn": [vtn]}]}})


def test_a_prefix_with_servers_stays() -> None:
    (refused,) = check_prefixes(_intent("10.1.0.0/24"), _intent("10.5.0.0/24"), {})
    assert refused.code == "VTN-P012"
    assert "web" in refused.summary
    assert check_prefixes(_intent("10.1.0.0/24"), _intent("10.5.0.0/24", inhabited=False), {})


def test_a_prefix_without_servers_may_change() -> None:
    assert not check_prefixes(_intent("10.1.0.0/24", inhabited=False), _intent("10.5.0.0/24"), {})
    assert not check_prefixes(None, _intent("10.5.0.0/24"), {})


def test_a_prefix_with_servers_stays_under_another_name() -> None:
    vtn = ("vtnmd-vtn:services", "service", 0, "vtn", 0)
    after = _intent("10.5.0.0/24")
    after.service["vtn"][0] |= {"name": "store", "segment": [{"name": "www", "cidr": "10.5.0.0/24"}]}
    (refused,) = check_prefixes(_intent("10.1.0.0/24"), after, {vtn: "shop", (*vtn, "segment", 0): "web"})
    assert "prefix of segment www" in refused.summary
    assert not check_prefixes(_intent("10.1.0.0/24"), after, {})


def test_another_spelling_is_the_same_prefix() -> None:
    assert not check_prefixes(_intent("10.1.0.0/24"), _intent("10.1.0.7/24"), {})
