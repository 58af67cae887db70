"""What was drawn from pools is found out from what the network holds."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from vtnmd.assets import YANG_MODELS
from vtnmd.domain.address import Address
from vtnmd.domain.allocations import Allocations
from vtnmd.domain.drift import Differences
from vtnmd.domain.graph import ResourceGraph
from vtnmd.planner.changes import Renderer
from vtnmd.southbound.netconf_compare import Held, compare
from vtnmd.southbound.stack import differences
from vtnmd.state import open_store
from vtnmd.usecases.discovering import discover
from vtnmd.usecases.services import Source, catalogue, compile_for
from vtnmd.yang.schema import load_schema

SHOP = Path(__file__).parents[3] / "examples" / "global-shop"
SOURCE = Source(SHOP, inventory=SHOP / "inventory.yaml")


class World:
    """The shop as it would be compiled today, and the network as it was compiled with other numbers."""

    def __init__(self, folder: Path) -> None:
        self.store = open_store(folder, create=False)
        ready = compile_for(SOURCE, self.store)
        self.graph, self.drawn = ready.compiled.graph, ready.compiled.allocations
        self.renderer = Renderer(catalogue(), {endpoint.id: endpoint for endpoint in ready.inventory.endpoints()})

    def compiled_with(self, held: Allocations) -> ResourceGraph:
        return compile_for(SOURCE, self.store, held).compiled.graph

    def differences(self, network: ResourceGraph) -> Mapping[Address, Differences]:
        """As the drivers of routers and clouds would tell them."""
        schema = load_schema(("vtnmd-pe",), (YANG_MODELS,))
        found: dict[Address, Differences] = {}
        for address, resource in self.graph.resources.items():
            wanted, held = self.renderer.render(resource).present, self.renderer.render(network.resources[address]).present
            if "config" in wanted:
                found[address] = compare(wanted["config"], Held(held["config"]), schema).differences
            elif "stack" in wanted:
                template = wanted["stack"]["template"]
                found[address] = differences(template, template, held["stack"]["template"])
        return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "state")


def shifted(drawn: Allocations, by: int) -> Allocations:
    """Other numbers from the same pools; addresses of servers stay."""
    return Allocations(
        {
            pool: {owner: value + by if isinstance(value, int) and _is_shared(pool) else value for owner, value in values.items()}
            for pool, values in drawn.values.items()
        }
    )


def _is_shared(pool: str) -> bool:
    return pool.partition("/")[0] in {"vlan", "label", "route-distinguisher", "route-target", "gateway-mac"}


def test_every_number_that_the_network_shows_is_found_out(world: World) -> None:
    real = shifted(world.drawn, 7)
    network = world.compiled_with(real)
    found = discover(world.graph, world.drawn, world.compiled_with, world.differences(network), world.renderer)
    expected = {
        (pool, owner): value
        for pool, values in real.values.items()
        for owner, value in values.items()
        if isinstance(value, int) and _is_shared(pool)
    }
    assert found == expected


def test_nothing_is_found_out_where_nothing_differs(world: World) -> None:
    assert discover(world.graph, world.drawn, world.compiled_with, world.differences(world.graph), world.renderer) == {}


def test_what_is_no_drawn_number_is_left_alone(world: World) -> None:
    mtu = {address: {"pe/bridge-domain[name=x]/mtu": ("1450", "1500")} for address in world.graph.resources}
    assert discover(world.graph, world.drawn, world.compiled_with, mtu, world.renderer) == {}


def test_a_network_that_contradicts_itself_tells_nothing(world: World) -> None:
    networks = [world.differences(world.compiled_with(shifted(world.drawn, by))) for by in (3, 5)]
    mixed = {address: networks[position % 2][address] for position, address in enumerate(networks[0])}
    (sure, unsure) = (
        discover(world.graph, world.drawn, world.compiled_with, each, world.renderer) for each in (networks[0], mixed)
    )
    assert unsure.keys() < sure.keys()
