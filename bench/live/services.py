"""Whole services per minute: `python -m bench.live.services [--services 10]`, in the real lab.

Each has one segment over two regions, stretched by an interconnect, and four attachments. All of them are committed over RESTCONF
to `vtnmd serve`, one after the other, which applies them; the clock runs from the first commit until the last is applied.
"""

import argparse
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2

from bench.live.room import PROGRAM, Site, site, when

_ADDRESS = "127.0.0.1:8480"
_DATA = f"http://{_ADDRESS}/restconf/data"
_SERVICES = f"{_DATA}/vtnmd-vtn:services"
_STANDING = f"{_DATA}/vtnmd-orchestration:orchestration/service"
_JSON = {"Content-Type": "application/yang-data+json"}
_POOLS = {"east": (10, 99), "west": (110, 199)}


def service(number: int) -> Any:
    """The entry of a service, RFC 7951; each has a prefix and VLANs of its own."""
    regions = [
        {"name": region, "pool": [{"start": f"10.{number}.0.{first}", "end": f"10.{number}.0.{last}"}]}
        for region, (first, last) in _POOLS.items()
    ]
    attachments = [
        {
            "name": f"host-{region}-{switch}",
            "segment": "lan",
            "region": region,
            "node": f"openflow:{switch}",
            "port": port,
            "vlan": 1000 + number,
        }
        for region in _POOLS
        for switch, port in ((1, "s1-hv"), (2, "s2-pe"))
    ]
    interconnect = {"name": "wan", "kind": "mpls-l2vpn", "segment": ["lan"], "bandwidth": {"min": "1000", "max": "2000"}}
    vtn = {
        "name": f"net{number}",
        "tenant": "acme",
        "segment": [{"name": "lan", "cidr": f"10.{number}.0.0/24", "region": regions}],
        "attachment": attachments,
        "vtnmd-interconnect:interconnect": [interconnect],
    }
    return {"name": f"bench-{number}", "vtn": [vtn]}


def measured(made: Site, services: int) -> float:
    """The seconds from the first commit until all services are applied; they are removed again."""
    password = secrets.token_urlsafe(18)
    words = [str(PROGRAM), "user", "add", "bench", "--group=admin", "--password-stdin"]
    subprocess.run(words, env=made.environment, input=password, text=True, stdout=subprocess.DEVNULL, check=True)
    serve = [str(PROGRAM), "serve", "--restconf", _ADDRESS, "--clear-text", "--probe-every", "0"]
    with (
        subprocess.Popen(serve, env=made.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as serving,
        httpx2.Client(auth=("bench", password), headers=_JSON, trust_env=False, timeout=60) as client,
    ):
        try:
            when(lambda: _answers(client))
            began = time.perf_counter()
            for number in range(1, services + 1):
                entry = service(number)
                answer = client.put(f"{_SERVICES}/service={entry['name']}", json={"vtnmd-vtn:service": [entry]})
                if answer.is_error:
                    raise RuntimeError(answer.text)
            seconds = when(lambda: _applied(client) == services) - began
            for number in range(1, services + 1):
                client.delete(f"{_SERVICES}/service=bench-{number}").raise_for_status()
            when(lambda: not _standing(client))
            return seconds
        finally:
            serving.terminate()


def _answers(client: httpx2.Client) -> bool:
    try:
        return client.get(_STANDING).status_code < httpx2.codes.INTERNAL_SERVER_ERROR
    except httpx2.TransportError:
        return False


def _applied(client: httpx2.Client) -> int:
    """How many services are applied as they are committed. Raises RuntimeError where one failed."""
    entries = [entry for entry in _standing(client) if entry.get("committed") == entry.get("begun")]
    if failed := [entry["name"] for entry in entries if entry.get("result") == "failed"]:
        raise RuntimeError(f"not applied: {', '.join(failed)}")
    return sum(1 for entry in entries if entry.get("result") == "applied")


def _standing(client: httpx2.Client) -> list[Any]:
    """How far each service is."""
    answer = client.get(_STANDING)
    return list(answer.json().get("vtnmd-orchestration:service", [])) if answer.status_code == httpx2.codes.OK else []


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.live.services", description=__doc__)
    parser.add_argument("--services", type=int, default=10)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds = measured(site(Path(folder)), chosen.services)
    print(f"{chosen.services} services in {seconds:.1f} s: {60 * chosen.services / seconds:.1f} a minute")
    return 0


if __name__ == "__main__":
    sys.exit(main())
