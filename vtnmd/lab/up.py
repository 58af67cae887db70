"""Starts, looks after and stops a lab: one child process per region, each found again by its pid file."""

import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import yaml

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json
from vtnmd.lab.credentials import make_credentials
from vtnmd.lab.faults import Fault
from vtnmd.lab.inventory import lab_inventory
from vtnmd.lab.layout import HOST, Lab
from vtnmd.lab.links import forget_links
from vtnmd.lab.record import READY, LabError, Process, forget_process, process_of, read_lab, read_process, write_lab, write_process

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_ANSWER_SECONDS = 5.0
_TICK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class RegionState:
    """One region of a lab: `state` is up, failed (a fault is set), or down; `detail` says more."""

    region: str
    state: str
    pid: int | None
    ports: Mapping[str, int]
    detail: str = ""

    def to_json(self) -> Json:
        return {"region": self.region, "state": self.state, "pid": self.pid, "ports": dict(self.ports), "detail": self.detail}


def start(lab: Lab) -> tuple[RegionState, ...]:
    """Start every region that does not run, wait until all answer, and write the lab's inventory.yaml.

    Raises LabError where another lab runs in the folder, a port is taken, or a region does not come up; what was started is then
    stopped again.
    """
    known = read_lab(lab.folder)
    if known and known != lab and any(_running(known, region) for region in known.regions):
        raise LabError(
            Diagnostic(
                "VTN-U010",
                f"another lab runs in {lab.folder}: {', '.join(known.regions)} on ports from {known.base_port}",
                hint="stop it with: vtnmd lab down",
            )
        )
    missing = [region for region in lab.regions if not _running(lab, region)]
    _refuse_taken_ports(lab, missing)
    _prepare(lab)
    pipes: dict[str, int] = {}
    try:
        for region in missing:
            pipes[region] = _spawn(lab, region)
        _wait_until_ready(lab, pipes)
    except BaseException:
        _end(lab, pipes)
        raise
    finally:
        for pipe in pipes.values():
            os.close(pipe)
    return states(lab)


def _prepare(lab: Lab) -> None:
    try:
        lab.folder.mkdir(parents=True, exist_ok=True)
        make_credentials(lab)
        write_lab(lab)
        text = yaml.safe_dump(lab_inventory(lab), sort_keys=False, width=120)
        lab.file("inventory.yaml").write_text("# Written by `vtnmd lab up`.\n" + text, encoding="utf-8")
    except OSError as error:
        raise LabError(
            Diagnostic("VTN-F008", f"cannot write {error.filename or lab.folder}: {error.strerror}", hint="choose another --folder")
        ) from None


def _refuse_taken_ports(lab: Lab, regions: list[str]) -> None:
    taken = [f"{port} ({region} {name})" for region in regions for name, port in lab.all_ports(region).items() if _is_taken(port)]
    if taken:
        raise LabError(
            Diagnostic(
                "VTN-U011",
                f"ports are in use: {', '.join(taken)}",
                hint="stop what uses them (another lab: vtnmd lab down --folder …), or choose others with --base-port",
            )
        )


def _is_taken(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
        return False


def _spawn(lab: Lab, region: str) -> int:
    """Start the region's process in a session of its own; gives the pipe on which it says `ready`. The rest goes to its log.

    `-P` keeps the working folder off the module path.
    """
    command = [sys.executable, "-P", "-m", "vtnmd.lab.region", str(lab.folder.resolve()), region]
    ready, said = os.pipe()
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, said, 1),
        (os.POSIX_SPAWN_OPEN, 2, str(lab.file(f"{region}.log")), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
    ]
    try:
        pid = os.posix_spawn(sys.executable, command, os.environ, file_actions=files, setsid=True)
        write_process(lab, region, process_of(pid))
    except ProcessLookupError:
        os.close(ready)
        raise _not_started(lab, region) from None
    except BaseException:
        os.close(ready)
        raise
    finally:
        os.close(said)
    return ready


def _wait_until_ready(lab: Lab, pipes: dict[str, int]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    for region, pipe in pipes.items():
        readable, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        if not readable or os.read(pipe, len(READY)) != READY:
            raise _not_started(lab, region)


def _not_started(lab: Lab, region: str) -> LabError:
    log = lab.file(f"{region}.log")
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return LabError(
        Diagnostic(
            "VTN-U012",
            f"region {region} of the lab did not start" + (f": {lines[-1]}" if lines else ""),
            hint=f"its log is {log}",
        )
    )


def stop(folder: Path) -> tuple[str, ...]:
    """End the regions of the folder's lab that run, and tell which. A process that is not the lab's own is left alone."""
    lab = read_lab(folder)
    if lab is None:
        return ()
    running = tuple(region for region in lab.regions if _running(lab, region))
    _end(lab, lab.regions)
    forget_links(lab)
    return running


def _end(lab: Lab, regions: Iterable[str]) -> None:
    """End processes of regions. All are told before the first is waited for, so that they end in the time that one takes."""
    ending = {region: read_process(lab, region) for region in regions}
    for number in (signal.SIGTERM, signal.SIGKILL):
        running = [process for process in ending.values() if process and process.runs]
        for process in running:
            os.kill(process.pid, number)
        for process in running:
            _await_end(process)
    for region in ending:
        forget_process(lab, region)


def _await_end(process: Process) -> None:
    deadline = time.monotonic() + _STOP_SECONDS
    while process.runs and time.monotonic() < deadline:
        time.sleep(_TICK_SECONDS)
    with suppress(ChildProcessError):  # it is another command's child, unless this one started it
        os.waitpid(process.pid, os.WNOHANG)


def _running(lab: Lab, region: str) -> bool:
    process = read_process(lab, region)
    return process is not None and process.runs


def states(lab: Lab) -> tuple[RegionState, ...]:
    """How each region of the lab is."""
    return tuple(_states(lab))


def _states(lab: Lab) -> Iterator[RegionState]:
    for region in lab.regions:
        ports = lab.ports(region)
        process: Process | None = read_process(lab, region)
        if process is None or not process.runs:
            detail = f"its process has ended, see {lab.file(f'{region}.log')}" if process else ""
            yield RegionState(region, "down", None, ports, detail)
            continue
        try:
            answer = httpx2.get(f"http://{HOST}:{lab.control_port(region)}/state", timeout=_ANSWER_SECONDS, trust_env=False).json()
            yield RegionState(region, answer["state"], process.pid, ports, answer["detail"])
        except (httpx2.HTTPError, ValueError, KeyError) as problem:
            yield RegionState(region, "failed", process.pid, ports, f"its control port does not answer: {problem}")


def set_fault(lab: Lab, region: str, fault: Fault) -> None:
    """Put all endpoints of a region under a fault, or heal them. Raises LabError for a region that is not there or not up."""
    if region not in lab.regions:
        raise LabError(
            Diagnostic("VTN-U013", f"the lab has no region {region}", hint=f"regions of this lab: {', '.join(lab.regions)}")
        )
    try:
        url = f"http://{HOST}:{lab.control_port(region)}/fault"
        httpx2.post(url, json=fault.to_json(), timeout=_ANSWER_SECONDS, trust_env=False).raise_for_status()
    except httpx2.HTTPError as problem:
        raise LabError(
            Diagnostic("VTN-U014", f"region {region} of the lab does not answer: {problem}", hint="start it with: vtnmd lab up")
        ) from None
