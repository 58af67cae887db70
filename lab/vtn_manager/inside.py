"""What runs inside the namespaces: the fabric and the controller, until standard input ends.

Started by `lab.karaf.isolation`. Prints one line, `ready`, on standard output once everything answers. As process 1 of its process
namespace it takes all others with it when it ends.
"""

import sys
from pathlib import Path

from lab.karaf.commands import LabError, run, say
from lab.karaf.process import ask, stay
from lab.vtn_manager.fabric import PORTS, fabric

_OPENFLOW = "tcp:127.0.0.1:6653"
_MEGABYTES = 1536


def main(karaf: Path, java_home: Path, folder: Path) -> int:
    """Run until standard input ends; gives the exit code. `folder` takes everything that is written and is empty before."""
    run("ip", "link", "set", "lo", "up")
    (folder / "ovs").mkdir()
    try:
        with fabric(folder / "ovs", _OPENFLOW):
            stay(karaf, java_home, folder, lambda: _answers() and _sees_fabric(), _MEGABYTES)
    except LabError as error:
        say(str(error))
        return 1
    return 0


def _answers() -> bool:
    version = ask("POST", "/restconf/operations/vtn-version:get-manager-version")
    return version is not None and ask("GET", "/restconf/operational/vtn:vtns") is not None


def _sees_fabric() -> bool:
    answer = ask("GET", "/restconf/operational/vtn-inventory:vtn-nodes") or {}
    nodes = answer.get("vtn-nodes", {}).get("vtn-node", [])
    seen = {node["id"]: {port["name"] for port in node.get("vtn-port", []) if port.get("enabled")} for node in nodes}
    return all(seen.get(node, set()) >= set(ports) for node, ports in PORTS.items())


if __name__ == "__main__":
    sys.exit(main(*(Path(argument) for argument in sys.argv[1:4])))
