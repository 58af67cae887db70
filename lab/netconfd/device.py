"""One yuma123 `netconfd` behind an OpenSSH server of its own at a chosen address, which can be killed and started again."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.netconfd.fleet import (
    EMPTY_CONFIG,
    SSHD,
    FleetError,
    Process,
    make_room_for_sshd,
    netconfd_command,
    new_key,
    refuse_long_paths,
    sshd_config,
    start,
)

_PATIENCE = 30.0
_LISTENS = "Server listening on"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a device listens. `within` are the words that start a program where that address is."""

    address: str
    port: int
    within: tuple[str, ...] = ()


@dataclass(slots=True)
class Device:
    """A `netconfd` with its files in `home`. What it has committed is kept there while it is down."""

    home: Path
    command: list[str]
    socket: Path
    host_key: str
    _running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _process: Process | None = None

    def up(self) -> None:
        """Start it, unless it runs; return once clients can come. Raises FleetError when it ends first or takes too long."""
        if self._process is not None:
            return
        self.socket.unlink(missing_ok=True)
        self._process = start(self._running, self.command, self.home)
        self._process.wait_until(self.socket.exists, _PATIENCE)

    def down(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.popen.kill()
            self._running.close()
            self._process = None

    def check(self) -> None:
        """Raises FleetError when it has ended by itself."""
        if self._process is not None and self._process.popen.poll() is not None:
            raise FleetError(f"netconfd ended with exit code {self._process.popen.returncode}; its log is {self._process.log}")


@contextlib.contextmanager
def running_device(
    home: Path, client_key: Path, where: Listening, module_dirs: Sequence[Path], modules: Sequence[str]
) -> Iterator[Device]:
    """Run a device, with its files in the new folder `home`, until the context is left.

    Whoever has the private key to the public one in `client_key` may come in as root. Raises FleetError when it does not start.
    """
    home.mkdir()
    socket = home / "sock"
    refuse_long_paths([socket])
    host_key = new_key(home / "host")
    (home / "client.pub").write_bytes(client_key.read_bytes())
    (home / "startup.xml").write_text(EMPTY_CONFIG)
    server_home = home / "sshd"
    server_home.mkdir()
    config = server_home / "config"
    config.write_text(sshd_config(home, {where.port: socket}, where.address))
    device = Device(
        home, [*where.within, *netconfd_command(home, socket, where.port, "root", module_dirs, modules)], socket, host_key
    )
    make_room_for_sshd()
    with contextlib.ExitStack() as running:
        server = start(running, [*where.within, str(SSHD), "-D", "-e", "-f", str(config)], server_home)
        server.wait_until(lambda: _LISTENS in server.log.read_text(), _PATIENCE)
        running.callback(device.down)
        device.up()
        yield device
