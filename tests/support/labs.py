"""Labs of simulated regions for tests: on ports that are free, in processes of their own."""

import json
import random
import socket
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from vtnmd.lab import up
from vtnmd.lab.layout import HOST, Lab, region_names

_ANSWER_SECONDS = 60


def started_lab(folder: Path, regions: int = 2) -> Lab:
    """A lab that is up. Somebody else may take a port between the look and the start; then others are tried."""
    for _ in range(3):
        found = Lab(folder, region_names(regions), free_base_port(regions))
        try:
            up.start(found)
        except up.LabError as error:
            if error.diagnostics[0].code != "VTN-U011":
                raise
        else:
            return found
    raise RuntimeError("others take every port")


def held(lab: Lab, region: str) -> dict[str, Any]:
    """What the region's simulators hold, by endpoint."""
    found: dict[str, Any] = json.loads(_ask(lab, region, "GET", "held"))
    return found


def keep(lab: Lab) -> None:
    """Have every region remember what it holds."""
    for region in lab.regions:
        _ask(lab, region, "POST", "keep")


def reset(lab: Lab) -> None:
    """Have every region hold what it remembers."""
    for region in lab.regions:
        _ask(lab, region, "POST", "reset")


def _ask(lab: Lab, region: str, method: str, verb: str) -> bytes:
    """One exchange with the region's control port."""
    with closing(HTTPConnection(HOST, lab.control_port(region), timeout=_ANSWER_SECONDS)) as connection:
        connection.request(method, f"/{verb}")
        answer = connection.getresponse()
        content = answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"the control port of {region} answers {verb} with {answer.status}: {content!r}")
    return content


def free_base_port(regions: int) -> int:
    """A base from which a lab finds its ports free."""
    for base in random.sample(range(20000, 31000, 10), 200):
        if all(_is_free(base + 100 * region + offset) for region in range(regions) for offset in range(1, 6)):
            return base
    raise RuntimeError("no free ports for a lab")


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex((HOST, port)) != 0
