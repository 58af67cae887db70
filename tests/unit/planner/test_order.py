"""In which order changes are made."""

from tests.support.fake_driver import delete, resource_of, update
from vtnmd.domain.plan import Change
from vtnmd.planner.order import order_changes


def order(*changes: Change) -> list[str]:
    found, _ = order_changes({change.address: change for change in changes})
    return [str(change.address).rpartition("/")[2] for change in found]


def test_what_changes_waits_until_what_needed_it_has_gone() -> None:
    """A stack may drop a subnet once no server has an address of it."""
    network = update(resource_of("east/a-network", subnets=["web", "db"]), resource_of("east/a-network", subnets=["web"]))
    servers = delete(resource_of("east/b-servers", ["east/a-network"]))
    assert order(network, servers) == ["b-servers", "a-network"]


def test_what_changes_does_not_wait_for_what_waits_for_it() -> None:
    """The guard goes once the servers, which want the new network, need it no more."""
    network = update(resource_of("east/a-network", subnets=["web"]), resource_of("east/a-network", subnets=["web", "db"]))
    guard = delete(resource_of("east/b-guard", ["east/a-network"]))
    servers = update(
        resource_of("east/c-servers", ["east/a-network", "east/b-guard"], count=1),
        resource_of("east/c-servers", ["east/a-network"], count=2),
    )
    assert order(network, guard, servers) == ["a-network", "c-servers", "b-guard"]
