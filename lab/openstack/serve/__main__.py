"""Load a service once, and fork a process for each region: that halves what starting two regions costs."""

import gc
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from oslo_service import backend

from lab.openstack.serve.listen import listen
from lab.openstack.site import PORTS

Applications = Callable[[Path], Mapping[str, Any]]


def main(service: str, certificate: Path, key: Path, places: list[str]) -> int:
    """Serve until one of the processes ends, which is a fault; gives the exit code."""
    sys.argv = [service]
    backend.init_backend(backend.BackendType.THREADING)
    # What it imports has to find the backend chosen.
    importlib.import_module("lab.openstack.serve.messages").wake_who_waits()
    applications: Applications = importlib.import_module(f"lab.openstack.serve.{service}").applications
    _collect_rarely()
    children = {_fork(applications, (certificate, key), *place.rsplit("=", 1)) for place in places}
    gone, status = os.wait()
    for child in children - {gone}:
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(status) or 1


def _collect_rarely() -> None:
    """Have the collector of cycles leave alone what is there to stay, and look at the rest when there is more of it."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 10)


def _fork(applications: Applications, identity: tuple[Path, Path], home: str, address: str) -> int:
    """The id of a process that serves one region. Nothing of it returns, whatever happens in it."""
    child = os.fork()
    if child:
        return child
    try:
        served = applications(Path(home))
        _collect_rarely()
        for api, application in served.items():
            listen(application, address, PORTS[api], identity)
        signal.pause()
    except BaseException:  # noqa: BLE001 - whatever it is, it is told, and ends the process
        traceback.print_exc()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:]))
