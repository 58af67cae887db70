"""What the contract suite needs to know of an endpoint: a rig is one endpoint, its driver, and steps to take it through.

A rig module has `async with open_rig(folder) as rig`, gives a fresh endpoint that holds nothing, and is named in RIGS.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.support.openstack import LIVE
from vtnmd.domain.address import Address
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Request
from vtnmd.domain.tree import Ref, Secret, Tree
from vtnmd.lab import faults
from vtnmd.southbound.ports import Attributes, Driver, Observed

LIVE_VTN = "VTNMD_LIVE_VTN"
"""The environment variable with the RESTCONF root of a genuine VTN Manager; without it the rig `odl-live` is left out."""

RIGS = [
    pytest.param("tests.contract.rig_odl", id="odl"),
    pytest.param("tests.contract.rig_heat", id="heat"),
    pytest.param("tests.contract.rig_heat_query", id="heat-query"),
    pytest.param("tests.contract.rig_heat_signed", id="heat-signed"),
    pytest.param("tests.contract.rig_restconf", id="restconf"),
    pytest.param("tests.contract.rig_restconf_draft", id="restconf-draft"),
    pytest.param("tests.contract.rig_restconf_plain", id="restconf-plain"),
    pytest.param("tests.contract.rig_netconf", id="netconf"),
    pytest.param("tests.contract.rig_ncclient", id="ncclient"),
    pytest.param("tests.contract.rig_netconfd", id="netconfd", marks=pytest.mark.netconfd),
    *(
        pytest.param(f"tests.contract.rig_{name}_live", id=f"{name.replace('_', '-')}-live", marks=pytest.mark.live_openstack)
        for name in ("heat", "heat_query", "heat_signed")
        if LIVE in os.environ
    ),
    *([pytest.param("tests.contract.rig_odl_live", id="odl-live", marks=pytest.mark.live_vtn)] if LIVE_VTN in os.environ else []),
]
"""One line for each driver and endpoint that the suite runs against."""


class Trouble(StrEnum):
    """What a rig can do to the next exchanges of its endpoint; names say what the driver sees."""

    DOWN = "down"  # nobody listens
    SILENT = "silent"  # connected, never an answer
    LATE = "late"  # the request takes effect, the answer does not come in time
    BROKEN = "broken"  # the endpoint says that it cannot now
    GARBAGE = "garbage"  # the request takes effect, the answer is not of the protocol
    HALF = "half"  # the request takes effect, the answer breaks off
    DROPPED = "dropped"  # the request takes effect, the connection closes in place of an answer
    LYING = "lying"  # the request is answered as if it had taken effect


FAULTS = {
    Trouble.DOWN: faults.REFUSE,
    Trouble.SILENT: faults.BLACKHOLE,
    Trouble.LATE: faults.slow(60),
    Trouble.BROKEN: faults.status(503),
    Trouble.GARBAGE: faults.GARBAGE,
    Trouble.HALF: faults.HALF,
    Trouble.DROPPED: faults.DROP_AFTER,
    Trouble.LYING: faults.IGNORE,
}
"""What puts a simulator into each trouble."""


def fault_of(trouble: Trouble | None) -> faults.Fault:
    """The fault of a simulator that is in this trouble, or in none."""
    return FAULTS[trouble] if trouble else faults.NO_FAULT


@dataclass(frozen=True, slots=True)
class Step:
    """One request, and what is to be read once it has been applied."""

    request: Request
    reads: Mapping[Address, Tree]


class Rig(Protocol):
    """An endpoint, its driver and things to do to it. `child` depends on `parent`; both may be applied in this order only.

    `rival` excludes what `child` holds, so that it is refused with the diagnostic code `rival_code` while `child` is there.
    """

    driver: Driver
    parent: Step
    parent_changed: Step
    parent_gone: Step
    child: Step
    child_gone: Step
    rival: Step
    rival_code: str
    troubles: frozenset[Trouble]
    """Those that the rig can cause; a genuine endpoint can cause fewer."""

    def stranger(self) -> Driver:
        """A driver with a wrong password."""
        ...

    def doubter(self) -> Driver | None:
        """A driver that does not trust the endpoint's certificate or host key; None where there is none."""
        ...

    def named(self, text: str) -> Step:
        """As `parent`, with free text of the user's in it."""
        ...

    def several(self, count: int) -> list[Step]:
        """Independent steps, each applied at any time and in any order."""
        ...

    async def tamper(self) -> str:
        """Change one field of what `parent` made, behind the driver's back; gives its path in `Observed.differences`."""
        ...

    async def intrude(self) -> Stranger:
        """Put something beside what `parent` made, behind the driver's back; gives what the driver shall say of it."""
        ...

    async def cause(self, trouble: Trouble | None) -> None:
        """Put trouble in force, None ends it."""
        ...


class Known:
    """Answers holes by attributes of what was applied, as an engine does."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self._attributes: dict[Address, Attributes] = {}
        self._secrets = secrets or {}

    def learn(self, attributes: Mapping[Address, Attributes]) -> None:
        self._attributes |= attributes

    def __call__(self, hole: Ref | Secret) -> Any:
        if isinstance(hole, Secret):
            return self._secrets[hole.reference]
        return self._attributes[hole.address][hole.attribute]


async def apply(driver: Driver, step: Step, known: Known) -> Mapping[Address, Attributes]:
    """Apply a step and remember its attributes, those that only a read gives included."""
    attributes = await driver.apply(step.request, known)
    known.learn(attributes)
    known.learn({address: seen.attributes for address, seen in (await look(driver, step, known)).items() if seen.attributes})
    return attributes


async def look(driver: Driver, step: Step, known: Known) -> Mapping[Address, Observed]:
    return await driver.read(step.reads, known)


def open_rig(module: str, folder: Path) -> Any:
    """The rig's context manager. Skips, saying why, where the rig's module does."""
    return import_module(module).open_rig(folder)
