"""What runs inside the namespaces: the controller, until standard input ends.

Started by `lab.isolation`. Prints one line, `ready`, on standard output once the NETCONF topology can be read.
"""

import sys
from pathlib import Path

from lab.commands import LabError, say
from lab.karaf.process import ask, stay

_TOPOLOGY = "/rests/data/network-topology:network-topology/topology=topology-netconf?content=nonconfig"
_MEGABYTES = 1024


def main(karaf: Path, java_home: Path, folder: Path) -> int:
    """Run until standard input ends; gives the exit code. `folder` takes everything that is written and is empty before."""
    try:
        stay(karaf, java_home, folder, lambda: ask("GET", _TOPOLOGY) is not None, _MEGABYTES)
    except LabError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*(Path(argument) for argument in sys.argv[1:4])))
