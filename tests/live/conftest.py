"""Tests of genuine systems run where one is given, and are skipped elsewhere."""

import os
from pathlib import Path

import pytest

from lab.room.room import found
from tests.support.commands import Commands
from tests.support.program import Vtnmd

_GIVEN_BY = {
    "live_vtn": ("VTNMD_LIVE_VTN", "a genuine VTN Manager: make live-vtn"),
    "live_odl": ("VTNMD_LIVE_ODL", "a genuine OpenDaylight: make live-odl-mount"),
    "live_openstack": ("VTNMD_LIVE_OPENSTACK", "a genuine OpenStack: make live-openstack"),
    "live_clouds": ("VTNMD_LIVE_OPENSTACK", "a genuine OpenStack: make live-openstack"),
    "live_backbone": ("VTNMD_LIVE_BACKBONE", "a running backbone: make live-backbone"),
}
"""For each marker the variable that says where the system is, and what gives it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    lacking = {marker: f"needs {given}" for marker, (variable, given) in _GIVEN_BY.items() if not os.environ.get(variable)}
    room = found()
    if room is None or room.enter != ():
        lacking["live_room"] = "needs the real lab: make test-live"
    for item in items:
        for marker, reason in lacking.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def vtnmd(tmp_path: Path, commands: Commands) -> Vtnmd:
    """A process that has loaded becomes each command. Real systems take their time."""
    return Vtnmd(tmp_path / "state", commands, patience=900.0)
