"""`python -m lab.probe.agent REGION …`: the probe agent of a region, over HTTPS, until standard input ends.

`POST /probe` with the stations `source` and `target` pings the one from the other and answers `passed`, `detail` and, where ways
over the backbone do not work as they were meant, `degraded`. A station that no server stands at gets a host for the length of the
probe.
"""

import argparse
import base64
import fcntl
import hmac
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lab.backbone.control import command
from lab.backbone.namespaces import enter, exists
from lab.commands import LabError, say
from lab.isolation import READY
from lab.probe.ways import arrivals, degraded, read_ways, told
from lab.servers.ports import host_name
from vtnmd.domain.probe import Station, station_from_json

_USER = "probe"
_PACKETS, _APART, _PATIENCE = 3, 0.2, 2
"""How many packets are sent, the seconds between two, and those that an answer may take."""
_MTU = 1400
"""Of a host that is plugged for a probe: its packets are small, and no segment has less."""
_LARGEST_BODY = 65536


class _Agent(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], region: str, network: Path, nodes: dict[str, str], password: str) -> None:
        super().__init__(address, _Exchange)
        self.region, self.network, self.nodes = region, network, nodes
        self.credentials = base64.b64encode(f"{_USER}:{password}".encode()).decode()


class _Exchange(BaseHTTPRequestHandler):
    server: _Agent
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        if self._admitted():
            self._answer(HTTPStatus.OK, {"agent": f"probe agent of {self.server.region}, which sends true packets"})

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LARGEST_BODY))
        if not self._admitted():
            return
        try:
            data = json.loads(body)
            source, target = station_from_json(data["source"]), station_from_json(data["target"])
        except (KeyError, TypeError, ValueError):
            self._answer(HTTPStatus.BAD_REQUEST, {"detail": "expected source and target, each a station"})
            return
        try:
            self._answer(HTTPStatus.OK, probed(self.server, source, target))
        except LabError as error:
            self._answer(HTTPStatus.OK, {"passed": False, "detail": str(error)})

    def log_message(self, *_: object) -> None:
        """Requests are not logged."""

    def _admitted(self) -> bool:
        if self.path != "/probe":
            self._answer(HTTPStatus.NOT_FOUND, {"detail": "there is /probe only"})
            return False
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        if hmac.compare_digest(given.encode(), self.server.credentials.encode()):
            return True
        self._answer(HTTPStatus.UNAUTHORIZED, {"detail": "user name and password are wanted"}, ("WWW-Authenticate", "Basic"))
        return False

    def _answer(self, status: HTTPStatus, body: Any, *headers: tuple[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(content))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def probed(agent: _Agent, source: Station, target: Station) -> dict[str, Any]:
    """The answer to a probe: what arrived, by which way, and what is worse than it was meant. Raises LabError."""
    with _alone(agent.network), _standing(agent.network, source) as near, _standing(agent.network, target):
        words = ("ping", "-n", "-q", "-c", str(_PACKETS), "-i", str(_APART), "-W", str(_PATIENCE), target.ip)
        done = subprocess.run([*enter(near), *words], capture_output=True, text=True, check=False)  # noqa: S603 - addresses, checked
    counted = arrivals(done.stdout)
    ways = read_ways(agent.network, agent.nodes)
    ends = agent.nodes[source.region], agent.nodes[target.region]
    route = told(ways, *ends) or f"{ends[0]} has no way to {ends[1]}"
    about = f"{source.ip} → {source.region} vlan {source.vlan} → {route} → {target.region} vlan {target.vlan} → {target.ip}"
    if counted.get("received", "0") == "0":
        return {"passed": False, "detail": f"{source.ip} does not reach {target.ip}: {done.stderr.strip() or about}"}
    detail = f"{about}: {counted['received']} of {counted['sent']} packets, {counted['rtt']} ms"
    return {"passed": True, "detail": detail, "degraded": degraded(ways, *ends)}


@contextmanager
def _alone(network: Path) -> Iterator[None]:
    """Keep the agents of all regions from probing, since two probes may end at the same station."""
    with (network / "probing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _standing(network: Path, station: Station) -> Iterator[str]:
    """The namespace of the host at a station, which is plugged where none stands there, and unplugged again."""
    name = host_name(station.region, station.vlan, station.ip)
    if exists(name):
        yield name
        return
    gateway = (f"gateway={station.gateway}",) if station.gateway else ()
    address = f"{station.ip}/{station.prefix_length}"
    command(network, "plug", station.region, name, str(station.vlan), address, f"mtu={_MTU}", *gateway)
    try:
        yield name
    finally:
        command(network, "unplug", name)


def main(arguments: list[str]) -> int:
    """Serve until standard input ends; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m lab.probe.agent", description=__doc__)
    parser.add_argument("region")
    parser.add_argument("--listen", required=True, metavar="ADDRESS:PORT")
    parser.add_argument("--tls", type=Path, required=True, help="folder with certificate.pem and key.pem")
    parser.add_argument("--password-file", type=Path, required=True)
    parser.add_argument("--network", type=Path, required=True, help="folder of the running backbone")
    parser.add_argument("--node", action="append", default=[], metavar="REGION=NODE", help="the PE router of a region")
    chosen = parser.parse_args(arguments)
    address, _, port = chosen.listen.rpartition(":")
    nodes = dict(each.split("=", 1) for each in chosen.node)
    password = chosen.password_file.read_text(encoding="utf-8").strip()
    try:
        server = _Agent((address, int(port)), chosen.region, chosen.network, nodes, password)
    except OSError as error:
        say(f"{chosen.listen}: {error.strerror}")
        return 1
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chosen.tls / "certificate.pem", chosen.tls / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(READY)
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
