"""yuma123 `netconfd` devices on loopback behind private OpenSSH servers.

Each device is one `netconfd` process with its own folder, its own UNIX socket and its own port on 127.0.0.1. OpenSSH carries the
NETCONF subsystem (RFC 6242) and picks the device by the port that the client came in on. Nothing runs as a system service, nothing
listens anywhere else, and leaving the context stops what entering it started and removes its folder.

Needs the Debian packages `netconfd` and `openssh-server`, and a user with a login shell, root or not; `missing_packages` names the
packages that are not installed.
"""

import contextlib
import os
import pwd
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

NETCONFD = Path("/usr/sbin/netconfd")
_SUBSYSTEM = Path("/usr/sbin/netconf-subsystem")
SSHD = Path("/usr/sbin/sshd")
_PACKAGES = {"netconfd": (NETCONFD, _SUBSYSTEM), "openssh-server": (SSHD,)}
_OWN_MODULES = Path("/usr/share/yuma/modules")

_LISTENERS_PER_SSHD = 16
"""OpenSSH is built with MAX_LISTEN_SOCKS 16."""
_LONGEST_SOCKET_PATH = 107
"""Linux, unix(7): sun_path holds 108 bytes, the last of them zero."""
_PORT_ATTEMPTS = 5
_LISTENS, _REFUSED = "Server listening on", "Bind to port"
"""What sshd logs for each port."""

EMPTY_CONFIG = '<?xml version="1.0"?>\n<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"/>\n'


class FleetError(RuntimeError):
    """A device or its SSH server did not start; says which and shows the end of its log."""


@dataclass(frozen=True, slots=True)
class DeviceAddress:
    """How a NETCONF client reaches one device: public-key login as `username`, the host key pinned in `known_hosts`.

    `pid` is that of its process, which may be stopped for a while.
    """

    host: str
    port: int
    username: str
    key_file: Path
    known_hosts: Path
    pid: int


def missing_packages() -> tuple[str, ...]:
    """Debian packages that `netconfd_fleet` needs and this machine lacks."""
    return tuple(package for package, programs in _PACKAGES.items() if not all(program.exists() for program in programs))


@contextlib.contextmanager
def netconfd_fleet(
    count: int,
    module_dirs: Sequence[Path],
    modules: Sequence[str],
    *,
    startup: str = EMPTY_CONFIG,
    patience: float = 30.0,
) -> Iterator[list[DeviceAddress]]:
    """Run `count` devices, all with the same YANG modules and the same start-up configuration, until the context is left.

    `module_dirs` are searched before the modules that come with netconfd; `modules` are names of modules to load. `startup` is an
    XML `config` document. Devices offer the candidate datastore, validate, confirmed-commit 1.1 and no start-up datastore; the
    login user is exempt from access control. Raises FleetError when a process ends or is not ready after `patience` seconds.
    """
    username = pwd.getpwuid(os.getuid()).pw_name
    with tempfile.TemporaryDirectory(prefix="netconfd-") as name, contextlib.ExitStack() as running:
        folder = Path(name)
        host_key = new_key(folder / "host")
        key_file = folder / "client"
        new_key(key_file)
        sockets = [folder / f"{index}.sock" for index in range(count)]
        refuse_long_paths(sockets)
        ports: list[int] = []
        for first in range(0, count, _LISTENERS_PER_SSHD):
            ports += _start_sshd(running, folder, sockets[first : first + _LISTENERS_PER_SSHD], patience)
        devices = []
        for port, path in zip(ports, sockets, strict=True):
            home = folder / f"device-{port}"
            home.mkdir()
            (home / "startup.xml").write_text(startup)
            devices.append(start(running, netconfd_command(home, path, port, username, module_dirs, modules), home))
        for device, path in zip(devices, sockets, strict=True):
            device.wait_until(path.exists, patience)
        # netconfd takes a second to end: first ask them all, then wait for each.
        for device in devices:
            running.callback(device.popen.terminate)
        known_hosts = folder / "known_hosts"
        known_hosts.write_text("".join(f"[127.0.0.1]:{port} {host_key}\n" for port in ports))
        yield [
            DeviceAddress("127.0.0.1", port, username, key_file, known_hosts, device.popen.pid)
            for port, device in zip(ports, devices, strict=True)
        ]


def new_key(path: Path) -> str:
    """Make a key pair; gives the public half as `type base64`."""
    subprocess.run(["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)  # noqa: S603 - fixed program
    return path.with_suffix(".pub").read_text().strip()


def refuse_long_paths(sockets: Sequence[Path]) -> None:
    """Raises FleetError where a path is too long for a UNIX socket."""
    longest = max(sockets, key=lambda path: len(os.fsencode(path)), default=Path())
    if len(os.fsencode(longest)) > _LONGEST_SOCKET_PATH:
        raise FleetError(f"{longest} is too long for a UNIX socket; set TMPDIR to a shorter folder")


def netconfd_command(
    home: Path, path: Path, port: int, username: str, module_dirs: Sequence[Path], modules: Sequence[str]
) -> list[str]:
    """How a device is started: with its files in `home`, and `path` as its socket."""
    return [
        str(NETCONFD),
        f"--ncxserver-sockname={path}",
        f"--port={port}",
        f"--superuser={username}",
        f"--modpath={':'.join(str(directory) for directory in (*module_dirs, _OWN_MODULES))}",
        *(f"--module={module}" for module in modules),
        "--target=candidate",
        "--with-startup=false",
        f"--startup={home / 'startup.xml'}",
        f"--audit-log={home / 'audit'}",
        "--log-level=warn",
        "--max-sessions=1024",
    ]


def _start_sshd(running: contextlib.ExitStack, folder: Path, sockets: Sequence[Path], patience: float) -> list[int]:
    """Listen for a group of devices; gives one port for each, in order.

    A port that is free now may be taken before sshd binds it, and sshd goes on without: it is asked again with other ports.
    """
    make_room_for_sshd()
    for _ in range(_PORT_ATTEMPTS):
        ports = _free_ports(len(sockets))
        home = folder / f"sshd-{ports[0]}"
        home.mkdir()
        config = home / "sshd_config"
        config.write_text(sshd_config(folder, dict(zip(ports, sockets, strict=True))))
        with contextlib.ExitStack() as attempt:
            server = start(attempt, [str(SSHD), "-D", "-e", "-f", str(config)], home)
            server.wait_until(lambda log=server.log: _ports_reported(log) >= len(sockets), patience)  # type: ignore[misc]
            if _REFUSED not in server.log.read_text():
                running.push(attempt.pop_all())
                return ports
    raise FleetError(f"sshd found no {len(sockets)} free ports in {_PORT_ATTEMPTS} attempts")


def make_room_for_sshd() -> None:
    """As root, sshd wants the folder in which its unprivileged half is confined, which a system service would have made."""
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)


def _ports_reported(log: Path) -> int:
    """On how many ports sshd has said that it listens, or that it cannot."""
    text = log.read_text()
    return text.count(_LISTENS) + text.count(_REFUSED)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        listeners = [held.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]


def sshd_config(folder: Path, sockets: Mapping[int, Path], address: str = "127.0.0.1") -> str:
    """The configuration of an OpenSSH server that leads each port of `address` to the device with that socket.

    `folder` holds the host key `host` and the public key `client.pub` of who may come in.
    """
    devices = " ".join(f"--ncxserver-sockname={port}@{path}" for port, path in sockets.items())
    return "\n".join(
        [
            *(f"Port {port}" for port in sockets),
            f"ListenAddress {address}",
            f"HostKey {folder / 'host'}",
            f"AuthorizedKeysFile {folder / 'client.pub'}",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "UsePAM no",
            "StrictModes no",
            "PermitRootLogin prohibit-password",
            "UseDNS no",
            "MaxStartups 2000:30:4000",
            "MaxSessions 2000",
            "PidFile none",
            "PrintMotd no",
            "LogLevel INFO",
            # sshd starts the subsystem through the login shell. With a shell level above 1, bash takes itself for nested and leaves
            # the user's start-up files alone, which may print, be slow or fail.
            "SetEnv SHLVL=2",
            f'Subsystem netconf "{_SUBSYSTEM} {devices}"',
            "",
        ]
    )


@dataclass(frozen=True, slots=True)
class Process:
    """A program that runs, and the file that it writes to."""

    popen: "subprocess.Popen[bytes]"
    log: Path

    def wait_until(self, ready: Callable[[], bool], patience: float) -> None:
        """Raises FleetError if the process ends first, or takes more than `patience` seconds."""
        deadline = time.monotonic() + patience
        while not ready():
            if self.popen.poll() is not None:
                raise self._error(f"ended with exit code {self.popen.returncode}")
            if time.monotonic() > deadline:
                raise self._error(f"is not ready after {patience:g} s")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ask to end, unless that was done already, wait, and then insist."""
        self.popen.terminate()
        try:
            self.popen.wait(5)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()

    def _error(self, what: str) -> FleetError:
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
        return FleetError(f"{Path(str(self.popen.args[0])).name} {what}. Its log ends with:\n{tail}")  # type: ignore[index]


def start(running: contextlib.ExitStack, command: list[str], home: Path) -> Process:
    """Start a process in its own folder `home`. It is stopped when `running` is closed."""
    log = home / "log"
    with log.open("wb") as output:
        popen = subprocess.Popen(  # noqa: S603 - fixed programs
            command,
            cwd=home,
            env={**os.environ, "HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process = Process(popen, log)
    running.callback(process.stop)
    return process
