"""Which driver an inventory entry gets."""

import subprocess
import sys

import pytest

from vtnmd.southbound.catalogue import KINDS, connect
from vtnmd.southbound.odl_vtn import VtnManager


def test_an_entry_gets_the_driver_of_its_kind() -> None:
    assert isinstance(connect({"name": "ctl", "odl": {"url": "http://127.0.0.1:1"}}, str), VtnManager)


@pytest.mark.parametrize("entry", [{"name": "agent", "probe": {"url": "http://127.0.0.1:1"}}, {"name": "nothing"}])
def test_an_entry_without_resources_gets_none(entry: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=str(entry["name"])):
        connect(entry, str)


def test_the_kinds_are_those_of_the_inventory_that_hold_resources() -> None:
    assert {"odl", "netconf", "heat", "restconf"} == KINDS


def test_drivers_are_not_imported_before_they_are_needed() -> None:
    script = "import sys, vtnmd.southbound.catalogue; print({'httpx2', 'asyncssh', 'openstack'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
