"""How soon packets flow: `python -m bench.live.traffic [--rounds 3]`, in the real lab.

*After apply*: from the start of `vtnmd apply` of one stretched segment to the first answer from a host of one region to one of the
other. *After a return*: the segment is applied while the VTN Manager of west is killed; from when that answers again to the first
packet, with `vtnmd serve` tending what waits. *When a way fails*: for how long nothing comes through while traffic moves from the
primary way to the backup, a link of which goes down. Figures are medians.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench.live.room import PROGRAM, Site, first_answer, plugged, site
from lab.backbone.control import command as control
from lab.backbone.namespaces import enter
from lab.room.room import killed

_SERVICE = Path(__file__).parents[2] / "tests/live/services/stretch.yaml"
_VLAN, _NEAR, _FAR = 100, "10.9.0.90", "10.9.0.190"
_CONTROLLER = "odl-west"
_LINK = ("p2", "pe-west")
_APART, _REQUESTS = 0.005, 800


def after_apply(made: Site) -> tuple[float, float]:
    """The seconds to the first packet, and to the end of the command."""
    with plugged(made.room, "east", _VLAN, _NEAR) as near, plugged(made.room, "west", _VLAN, _FAR):
        answered: list[float] = []
        asking = threading.Thread(target=lambda: answered.append(first_answer(near, _FAR)))
        began = time.perf_counter()
        asking.start()
        made.vtnmd("apply", _SERVICE, "--yes")
        ended = time.perf_counter()
        asking.join()
    made.vtnmd("destroy", "stretch", "--yes")
    return answered[0] - began, ended - began


def after_return(made: Site) -> float:
    """The seconds from the VTN Manager's answering again to the first packet."""
    killed(made.room, _CONTROLLER)
    made.vtnmd("apply", _SERVICE, "--yes", fails=True)
    with subprocess.Popen(
        [PROGRAM, "serve"], env=made.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as serving:
        try:
            subprocess.run([sys.executable, "-m", "lab.room", "up", _CONTROLLER], stderr=subprocess.DEVNULL, check=True)
            returned = time.perf_counter()
            with plugged(made.room, "east", _VLAN, _NEAR) as near, plugged(made.room, "west", _VLAN, _FAR):
                seconds = first_answer(near, _FAR) - returned
        finally:
            serving.terminate()
    made.vtnmd("destroy", "stretch", "--yes")
    return seconds


def when_a_way_fails(made: Site) -> float:
    """The seconds for which nothing came through."""
    network = made.room.folder / "backbone"
    made.vtnmd("apply", _SERVICE, "--yes")
    try:
        with plugged(made.room, "east", _VLAN, _NEAR) as near, plugged(made.room, "west", _VLAN, _FAR):
            first_answer(near, _FAR)
            words = [*enter(near), "ping", "-n", "-q", "-i", str(_APART), "-c", str(_REQUESTS), "-W", "1", _FAR]
            with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as asking:
                time.sleep(_APART * _REQUESTS / 2)
                control(network, "link", *_LINK, "down")
                said, _ = asking.communicate()
            received = re.search(r"(\d+) received", said)
            return _APART * (_REQUESTS - int(received[1] if received else 0))
    finally:
        control(network, "link", *_LINK, "up")
        made.vtnmd("destroy", "stretch", "--yes")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.live.traffic", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = site(Path(folder))
        applies = [after_apply(made) for _ in range(chosen.rounds)]
        failures = [when_a_way_fails(made) for _ in range(chosen.rounds)]
        returns = [after_return(made) for _ in range(chosen.rounds)]
    packets, commands = zip(*applies, strict=True)
    packet, command = statistics.median(packets), statistics.median(commands)
    print(f"first packet {packet:.1f} s after the start of apply, which ends after {command:.1f} s")
    print(f"nothing for {statistics.median(failures) * 1000:.0f} ms when a link of the primary way goes down")
    print(f"first packet {statistics.median(returns):.1f} s after the return of a region's controller")
    return 0


if __name__ == "__main__":
    sys.exit(main())
