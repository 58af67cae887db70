"""Parameters that several commands share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.run import Drift
from vtnmd.domain.secrecy import without_secrets

DEFAULT_STATE = ".vtnmd"


@Parameter(name="*", group="Common")
@dataclass(frozen=True)
class Common:
    """What every command takes.

    Parameters
    ----------
    state
        Folder of the state, sqlite:///PATH, or postgresql://USER@HOST/DATABASE.
    json
        Print JSON Lines on standard output, and nothing for people.
    """

    state: Annotated[str, Parameter(env_var="VTNMD_STATE")] = DEFAULT_STATE
    json: bool = False


@Parameter(name="*", group="Service")
@dataclass(frozen=True)
class Sourced:
    """How a service is read.

    Parameters
    ----------
    inputs
        YAML file with values for the topology's inputs.
    inventory
        Inventory file; without it the one in the state is used.
    name
        Name of the service, in place of the template_name in its metadata.
    allow_url_imports
        Fetch what the service imports by http or https URL.
    models
        Folder with types, YANG modules and templates of a designer's own; without it those that the service was last applied with.
    """

    inputs: Annotated[Path | None, Parameter(name=["--inputs", "-i"])] = None
    inventory: Annotated[Path | None, Parameter(name=["--inventory", "-I"])] = None
    name: str = ""
    allow_url_imports: bool = False
    models: Path | None = None


@Parameter(name="*", group="Run")
@dataclass(frozen=True)
class Running:
    """How a run behaves.

    Parameters
    ----------
    on_failure
        What follows a refused request: stop, take back all that was done, or go on with what does not need it.
    wait
        Wait while another command owns the state.
    label
        What to call the run, for `vtnmd history`: a ticket, a reason.
    worker_wait
        Seconds to wait for a worker of a region that has none, with a state on PostgreSQL.
    """

    on_failure: Literal["stop", "rollback", "continue"] = "stop"
    wait: bool = False
    label: str = ""
    worker_wait: float = 30.0


@Parameter(name="*", group="Drift")
@dataclass(frozen=True)
class Drifted:
    """What becomes of what somebody else did at endpoints. Without either it is left alone, and a change of it is refused.

    Parameters
    ----------
    repair
        Put right what drifted or is missing.
    adopt
        Take what drifted, or is there already, as it is.
    """

    repair: bool = False
    adopt: bool = False

    @property
    def drift(self) -> Drift:
        """Raises Invalid (VTN-U001) where both are given."""
        if self.repair and self.adopt:
            raise Invalid(Diagnostic("VTN-U001", "--repair and --adopt exclude each other", hint="give one of them"))
        return Drift.REPAIR if self.repair else Drift.ADOPT if self.adopt else Drift.REFUSE

    @property
    def given(self) -> str:
        """The option as it is typed, after a space; empty where there is none."""
        return "" if self.drift is Drift.REFUSE else f" --{self.drift}"


COMMON = Common()
DRIFTED = Drifted()
RUNNING = Running()
SOURCED = Sourced()


def state_to_name(state: str) -> str:
    """The state as a message names it in what to type next, without secrets; empty where it is the one that is meant anyway."""
    return "" if state == COMMON.state else without_secrets(state)


Service = Annotated[Path, Parameter(help="TOSCA file, folder with a service.yaml, or CSAR.")]
Yes = Annotated[bool, Parameter(name=["--yes", "-y"], help="Do not ask.")]
PlanOutput = Annotated[
    Path | None, Parameter(name=["--output", "-o"], help="Write the plan to a file, for `vtnmd apply FILE`, and do nothing else.")
]
Wait = Annotated[bool, Parameter(help="Wait while another command owns the state.")]
