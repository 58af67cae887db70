"""What is refused of a running backbone of lab.backbone, before anything is touched."""

from pathlib import Path

import pytest

from lab.backbone.control import Running, carry_out, command
from lab.backbone.inventory import read_inventory
from lab.commands import LabError

INVENTORY = Path(__file__).parents[2] / "examples/global-shop/inventory.yaml"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("frobnicate", "this is no command: frobnicate"),
        ("link p1 p2 sideways", "this is no command"),
        ("link p1 pe-west down", "no link between p1 and pe-west"),
        ("netconfd north down", "no region north; there are east, west"),
        ("plug north web 101 10.1.0.10/24", "no region north"),
        ("unplug web", "no host web"),
    ],
)
def test_a_command_that_means_nothing_here_is_refused(words: str, reason: str) -> None:
    running = Running(read_inventory(INVENTORY), (), {}, {}, {})
    with pytest.raises(LabError, match=reason):
        carry_out(running, words.split())


def test_a_backbone_that_does_not_run_takes_no_commands(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no backbone runs in"):
        command(tmp_path, "unplug", "web")
