"""The command line in processes of its own that start at once: each is forked from one process that has loaded everything.

Nine tenths of what a short command takes is loading. `python -m tests.support.commands DESCRIPTOR` is the process that has loaded.
It runs no command itself, has no threads, and is asked over a socket.
"""

import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from vtnmd import __main__ as program
from vtnmd.assets import YANG_MODELS
from vtnmd.cli import app
from vtnmd.yang.schema import load_schema

_ROOT = Path(__file__).parents[2]
_MOST = 1 << 20  # octets of arguments and environment
_LATER = ("vtnmd.fleet", "vtnmd.usecases.inspection", "vtnmd.usecases.probing", "vtnmd.usecases.sharing", "alembic.command")
"""What is imported inside functions."""


class Command:
    """A command under way; used as one uses subprocess.Popen."""

    def __init__(self, pid: int, end: IO[str], stdout: IO[str], stderr: IO[str]) -> None:
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self._end = end

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        return self.returncode if self.returncode is not None or not self._has_ended(0) else self._read_end()

    def wait(self, timeout: float | None = None) -> int:
        """Raises TimeoutExpired."""
        if self.returncode is not None:
            return self.returncode
        if not self._has_ended(timeout):
            raise subprocess.TimeoutExpired("vtnmd", timeout or 0.0)
        return self._read_end()

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What is left of what it says, once it has ended. Raises TimeoutExpired."""
        said = ["", ""]

        def read(number: int, file: IO[str]) -> None:
            if not file.closed:
                with file:
                    said[number] = file.read()

        readers = [threading.Thread(target=read, args=each, daemon=True) for each in enumerate((self.stdout, self.stderr))]
        for reader in readers:
            reader.start()
        self.wait(timeout)
        for reader in readers:
            reader.join()
        return said[0], said[1]

    def send_signal(self, number: int) -> None:
        """Does nothing once it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, traceback: TracebackType | None) -> None:
        self.wait()
        self.stdout.close()
        self.stderr.close()

    def _has_ended(self, timeout: float | None) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._end, selectors.EVENT_READ)
            return bool(selector.select(timeout))

    def _read_end(self) -> int:
        with self._end:
            self.returncode = int(self._end.readline())
        return self.returncode


class Commands:
    """The process that has loaded, seen from outside."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.commands", str(theirs.fileno())],
                cwd=_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )

    def start(self, arguments: Sequence[str], environment: Mapping[str, str]) -> Command:
        """Run `vtnmd` with arguments, in the folder of this process."""
        request = json.dumps({"arguments": list(arguments), "environment": dict(environment), "folder": str(Path.cwd())})
        reading: list[int] = []
        with ExitStack() as stack:
            writing: list[int] = []
            for _ in range(3):
                mine, theirs = os.pipe()
                reading.append(mine)
                writing.append(theirs)
                stack.callback(os.close, theirs)
            socket.send_fds(self._socket, [request.encode()], writing)
        end, stdout, stderr = (os.fdopen(each, encoding="utf-8") for each in reading)
        return Command(int(end.readline()), end, stdout, stderr)

    def close(self) -> None:
        self._socket.close()
        self._process.wait()


class _Forking:
    """The process that has loaded, seen from inside. It forks, and tells each command's end to whoever wanted the command."""

    def __init__(self, asked: socket.socket) -> None:
        self._asked = asked
        self._selector = selectors.DefaultSelector()

    def serve(self) -> None:
        """Until nobody asks any more. Raises _Forked in each process that is to be a command."""
        self._selector.register(self._asked, selectors.EVENT_READ, self._start)
        while self._selector.get_map():
            for key, _ in self._selector.select():
                key.data()

    def _start(self) -> None:
        message, descriptors, _, _ = socket.recv_fds(self._asked, _MOST, 3)
        if not message:
            self._selector.unregister(self._asked)
            return
        end, stdout, stderr = descriptors
        pid = os.fork()
        if pid == 0:
            os.dup2(stdout, 1)
            os.dup2(stderr, 2)
            raise _Forked(json.loads(message))
        os.close(stdout)
        os.close(stderr)
        os.write(end, f"{pid}\n".encode())
        watched = os.pidfd_open(pid)
        self._selector.register(watched, selectors.EVENT_READ, partial(self._tell_end, pid, watched, end))

    def _tell_end(self, pid: int, watched: int, end: int) -> None:
        self._selector.unregister(watched)
        os.close(watched)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with suppress(BrokenPipeError):  # whoever wanted it may be gone
            os.write(end, f"{code}\n".encode())
        os.close(end)


class _Forked(Exception):
    """This process is to be a command."""

    def __init__(self, asked: Any) -> None:
        super().__init__()
        self.asked = asked


def load() -> None:
    """Import what commands import when they are called, and read what ships with vtnmd by checking a service with it."""
    for folder, package in ((_ROOT / "vtnmd" / "cli", "vtnmd.cli"), (_ROOT / "vtnmd" / "southbound", "vtnmd.southbound")):
        for name in sorted(each.stem for each in folder.glob("[a-z]*.py")):
            import_module(f"{package}.{name}")
    for name in _LATER:
        import_module(name)
    load_schema(("vtnmd-pe",), (YANG_MODELS,))
    shop = str(_ROOT / "examples" / "global-shop")
    assert app.main(["validate", shop, "-I", f"{shop}/inventory.yaml"]) == 0
    gc.collect()
    gc.freeze()  # a collection in a command would copy every page that it looks at


def _become(asked: Mapping[str, Any]) -> int:
    """Be the command from here on, with nothing open but its standard streams."""
    os.closerange(3, max(map(int, os.listdir("/proc/self/fd"))) + 1)  # noqa: PTH208 -- numbers and not paths
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.argv = ["vtnmd", *asked["arguments"]]
    return program.main()


def main(descriptor: str) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C at a terminal is for the tests
    load()
    try:
        _Forking(socket.socket(fileno=int(descriptor))).serve()
    except _Forked as forked:
        asked = forked.asked
    else:
        return 0
    return _become(asked)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
