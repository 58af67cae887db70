"""NETCONF: get-config of one service among many on one pipelined session, and what idle sessions cost in memory.

    python -m bench.netconf [--services 10000] [--requests 5000] [--sessions 500]

Server and client are processes of their own. The floor is an SSH server of the same library that answers each message with octets
made beforehand. Fails where a request takes more CPU than a 1,500th of a second, and where 500 sessions take more than 60 MB.
"""

import argparse
import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import asyncssh

from tests.memory_log import MemoryLog
from tests.support.northbound import Doors, new_backend
from vtnmd.domain.commit import service_part
from vtnmd.netconf.framing import Deframer, frame
from vtnmd.netconf.messages import BASE_1_0, BASE_1_1, Hello, to_octets
from vtnmd.netconf.ssh_server import ServerSettings
from vtnmd.northbound.netconf.serving import serve_netconf

HOST, USER, PASSWORD = "127.0.0.1", "bench", "bench"
END = b"\n##\n"
WANTED_RATE, WANTED_MEGABYTES = 1500, 60
VTN = "urn:vtnmd:yang:vtnmd-vtn"


def service(number: int) -> Any:
    """A service with two segments in three regions."""
    regions = [{"name": name} for name in ("east", "west", "north")]
    segments = [{"name": f"net{index}", "cidr": f"10.{index}.0.0/24", "region": regions} for index in range(2)]
    return {"name": f"s{number}", "vtn": [{"name": "shop", "tenant": f"t{number % 100}", "segment": segments}]}


def host_key(folder: Path) -> Path:
    """A new private key in a file."""
    path = folder / "host-key"
    path.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    path.chmod(0o600)
    return path


def resident() -> float:
    """Megabytes of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 1e6


def served(pipe: Connection, services: int) -> None:
    """The process of the server: tells its port, then its memory whenever it is asked."""

    async def main() -> None:
        log = MemoryLog()
        log.put("vtnmd-inventory:inventory", {"region": [{"name": name} for name in ("east", "west", "north")]}, 0, 0.0)
        for number in range(services):
            log.put(service_part(f"s{number}"), service(number), 0, 0.0)
        backend = new_backend(log=log)
        with tempfile.TemporaryDirectory() as folder:
            settings = ServerSettings(HOST, 0, host_key(Path(folder)), Doors({USER: PASSWORD}))
            server = await serve_netconf(backend, settings)
            pipe.send(server.port)
            while await asyncio.to_thread(pipe.recv):
                pipe.send((resident(), time.process_time()))

    asyncio.run(main())


def floor(pipe: Connection, reply: bytes) -> None:
    """The process of the floor."""

    async def answer(process: Any) -> None:
        process.stdout.write(frame(to_octets(Hello((BASE_1_0, BASE_1_1), 1)), chunked=False))
        deframer = Deframer()
        while octets := await process.stdin.read(65536):
            deframer.feed(octets)
            while deframer.next_message() is not None:
                if not deframer.chunked:
                    deframer.chunked = True
                else:
                    process.stdout.write(frame(reply, chunked=True))

    class Open(asyncssh.SSHServer):
        def begin_auth(self, _: str) -> bool:
            return False

    async def main() -> None:
        with tempfile.TemporaryDirectory() as folder:
            key = str(host_key(Path(folder)))
            acceptor = await asyncssh.listen(
                HOST, 0, server_factory=Open, server_host_keys=[key], process_factory=answer, encoding=None
            )
            pipe.send(acceptor.get_addresses()[0][1])
            while await asyncio.to_thread(pipe.recv):
                pipe.send((resident(), time.process_time()))

    asyncio.run(main())


async def connected(port: int) -> tuple[Any, Any, Any]:
    """(connection, writer, reader) after the hellos."""
    connection = await asyncssh.connect(
        HOST, port, username=USER, password=PASSWORD, known_hosts=None, client_keys=None, config=None
    )
    writer, reader, _ = await connection.open_session(subsystem="netconf", encoding=None)
    await reader.readuntil(b"]]>]]>")
    writer.write(frame(to_octets(Hello((BASE_1_0, BASE_1_1))), chunked=False))
    return connection, writer, reader


def request(number: int, services: int) -> bytes:
    """A get-config of one service."""
    name = f"s{number * 7919 % services}"
    selection = f'<services xmlns="{VTN}"><service><name>{name}</name></service></services>'
    body = f"<get-config><source><running/></source><filter>{selection}</filter></get-config>"
    return frame(f'<rpc xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="{number}">{body}</rpc>'.encode(), chunked=True)


async def asked(port: int, requests: int, services: int) -> tuple[float, bytes]:
    """(requests a second, the last reply)."""
    connection, writer, reader = await connected(port)
    started = time.perf_counter()
    sent = received = 0
    octets = b""
    while received < requests:
        while sent < requests and sent - received < 64:
            writer.write(request(sent, services))
            sent += 1
        octets = octets.rpartition(END)[2] + await reader.read(1 << 20)
        received += octets.count(END)
    spent = time.perf_counter() - started
    connection.abort()
    return requests / spent, octets


async def idle(port: int, sessions: int, memory: Callable[[], float]) -> float:
    """Megabytes that idle sessions take."""
    before = memory()
    connections = [await connected(port) for _ in range(sessions)]
    await asyncio.sleep(1)
    taken = memory() - before
    for connection, _, _ in connections:
        connection.abort()
    return taken


def started(target: Callable[..., None], *arguments: Any) -> tuple[Any, Connection, int]:
    """A process, the pipe to it, and its port."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=target, args=(there, *arguments), daemon=True)
    process.start()
    return process, here, here.recv()


def figures(pipe: Connection) -> tuple[float, float]:
    pipe.send(True)
    found: tuple[float, float] = pipe.recv()
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--services", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=5_000)
    parser.add_argument("--sessions", type=int, default=500)
    chosen = parser.parse_args()
    process, pipe, port = started(served, chosen.services)
    rates = []
    for _ in range(3):
        before = figures(pipe)[1]
        rate, _ = asyncio.run(asked(port, chosen.requests, chosen.services))
        rates.append(rate)
        each = (figures(pipe)[1] - before) / chosen.requests * 1e6
    print(f"get-config of one of {chosen.services} services: {statistics.median(rates):.0f}/s, {each:.0f} µs of CPU each")
    megabytes = asyncio.run(idle(port, chosen.sessions, lambda: figures(pipe)[0]))
    print(f"{chosen.sessions} idle sessions: {megabytes:.1f} MB")
    process.terminate()
    process, pipe, port = started(floor, b"<rpc-reply>" + b"x" * 1000 + b"</rpc-reply>")
    floors = [asyncio.run(asked(port, chosen.requests, chosen.services))[0] for _ in range(3)]
    print(f"floor, a server that answers with octets: {statistics.median(floors):.0f}/s")
    process.terminate()
    sys.exit(each > 1e6 / WANTED_RATE or megabytes > WANTED_MEGABYTES)


if __name__ == "__main__":
    main()
