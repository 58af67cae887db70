"""What a service comes to, and what its author is told on the way."""

from pathlib import Path

from vtnmd.usecases import plans
from vtnmd.usecases.services import Source, compile_source, validate

HELLO = Path(__file__).parents[3] / "examples" / "hello-vtn"
INVENTORY = HELLO / "inventory.yaml"
TOLD = ["VTN-T081", "VTN-T082"]


def with_what_nothing_deploys(folder: Path) -> Path:
    """hello-vtn, with a node and a policy that nothing deploys."""
    lines = (HELLO / "service.yaml").read_text(encoding="utf-8").rstrip()
    node = "    ornament: { type: tosca.nodes.Root }"
    policy = "  policies:\n    - near: { type: tosca.policies.Placement, targets: [ lan ] }"
    path = folder / "service.yaml"
    path.write_text(f"{lines}\n{node}\n{policy}\n", encoding="utf-8")
    return path


def test_warnings_of_the_topology_are_given_with_and_without_an_inventory(tmp_path: Path) -> None:
    service, state = with_what_nothing_deploys(tmp_path), str(tmp_path / "state")
    assert [found.code for found in validate(Source(service), state).warnings] == TOLD
    source = Source(service, inventory=INVENTORY)
    assert [found.code for found in validate(source, state).warnings] == TOLD
    assert [found.code for found in compile_source(source, state).warnings] == TOLD
    assert [found.code for found in plans.plan_service(source, state, "somebody").warnings] == TOLD


def test_a_service_without_an_inventory_says_what_was_not_checked(tmp_path: Path) -> None:
    found = validate(Source(HELLO / "service.yaml"), str(tmp_path / "state"))
    assert found.unchecked
    assert not validate(Source(HELLO / "service.yaml", inventory=INVENTORY), str(tmp_path / "state")).unchecked
    assert not (tmp_path / "state").exists()
