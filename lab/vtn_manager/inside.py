"""What runs inside the namespaces: the fabric and the controller, until standard input ends.

Started by `lab.isolation`. Prints one line, `ready`, on standard output once everything answers. As process 1 of its process
namespace it takes all others with it when it ends.
"""

import sys
from pathlib import Path

from lab.commands import LabError, say
from lab.karaf.process import stay
from lab.vtn_manager.fabric import PORTS, fabric
from lab.vtn_manager.readiness import MEGABYTES, answers, sees

_OPENFLOW = "tcp:127.0.0.1:6653"


def main(karaf: Path, java_home: Path, folder: Path) -> int:
    """Run until standard input ends; gives the exit code. `folder` takes everything that is written and is empty before."""
    (folder / "ovs").mkdir()
    try:
        with fabric(folder / "ovs", _OPENFLOW):
            stay(karaf, java_home, folder, lambda: answers() and sees(PORTS), MEGABYTES)
    except LabError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*(Path(argument) for argument in sys.argv[1:4])))
