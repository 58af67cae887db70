"""Labs of simulated regions for tests: on ports that are free, in processes of their own."""

import base64
import json
import random
import socket
import ssl
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

from vtnmd.domain.tree import Json
from vtnmd.lab import up
from vtnmd.lab.faults import NO_FAULT
from vtnmd.lab.layout import HOST, USER, Lab, region_names
from vtnmd.lab.links import forget_links
from vtnmd.lab.record import LabError

_ANSWER_SECONDS = 60
_MARK = 9
"""A port of a region's ten that no lab uses."""


def started_lab(folder: Path, regions: int = 2, families: tuple[tuple[str, str], ...] = ()) -> Lab:
    """A lab that is up, with PE routers of other `families` in some regions.

    Somebody else may take a port between the look and the start; then others are tried.
    """
    for _ in range(3):
        found = Lab(folder, region_names(regions), free_base_port(regions), families)
        try:
            up.start(found)
        except LabError as error:
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


def reset(lab: Lab, *, to_start: bool = False) -> None:
    """Have every region hold what it remembers, or what it held when it started."""
    for region in lab.regions:
        _ask(lab, region, "POST", "reset?to=start" if to_start else "reset")


def make_as_new(lab: Lab) -> None:
    """Have a lab be as it was when it started: every region up and without a fault, every link up, and nothing done yet."""
    up.start(lab)
    forget_links(lab)
    for region in lab.regions:
        up.set_fault(lab, region, NO_FAULT)
    reset(lab, to_start=True)


def call_odl(lab: Lab, region: str, rpc: str, given: Json) -> None:
    """Change something at a VTN Manager behind vtnmd's back."""
    password = lab.secret(region, "odl").read_text(encoding="ascii").strip()
    headers = {
        "Authorization": f"Basic {base64.b64encode(f'{USER}:{password}'.encode()).decode()}",
        "Content-Type": "application/json",
    }
    context = ssl.create_default_context(cafile=lab.file("ca.pem"))
    with closing(HTTPSConnection(HOST, lab.port(region, "odl"), timeout=_ANSWER_SECONDS, context=context)) as connection:
        connection.request("POST", f"/restconf/operations/{rpc}", json.dumps({"input": given}), headers)
        answer = connection.getresponse()
        content = answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"the VTN Manager of {region} answers {rpc} with {answer.status}: {content!r}")


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
    """A base from which a lab finds its ports free, as long as this process lives, even while some of its regions are down."""
    for base in random.sample(range(20000, 31000, 10), 200):
        firsts = [base + 100 * region for region in range(regions)]
        if all(_is_free(first + offset) for first in firsts for offset in range(1, 6)) and _are_taken(firsts):
            return base
    raise RuntimeError("no free ports for a lab")


def _are_taken(firsts: list[int]) -> bool:
    """Have this process listen behind the ports of each region, which says that they are its own; False where another one does."""
    with ExitStack() as stack:
        marks = [stack.enter_context(closing(socket.socket())) for _ in firsts]
        try:
            for mark, first in zip(marks, firsts, strict=True):
                mark.bind((HOST, first + _MARK))
        except OSError:
            return False
        for mark in marks:
            mark.detach()
    return True


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex((HOST, port)) != 0
