"""A VTN Manager over switches that are there already, in the network namespace of a region, until standard input ends.

Started again with the same folder it goes on with what it held, as a controller does whose server was switched off and on.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from lab.karaf.commands import LabError, say
from lab.karaf.process import stay
from lab.vtn_manager.readiness import MEGABYTES, answers, sees


def main(arguments: list[str]) -> int:
    """Run until standard input ends, and print `ready` once it sees every port; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m lab.vtn_manager.region", description=__doc__)
    parser.add_argument("karaf", type=Path)
    parser.add_argument("java_home", type=Path)
    parser.add_argument("folder", type=Path, help="takes everything that is written")
    parser.add_argument("port", nargs="+", help="a port that must be seen, such as openflow:1/s1-trunk")
    chosen = parser.parse_args(arguments)
    switches: dict[str, set[str]] = defaultdict(set)
    for node, _, port in (each.partition("/") for each in chosen.port):
        switches[node].add(port)
    try:
        chosen.folder.mkdir(parents=True, exist_ok=True)
        stay(chosen.karaf, chosen.java_home, chosen.folder, lambda: answers() and sees(switches), MEGABYTES)
    except LabError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
