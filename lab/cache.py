"""A folder with what was put together once, which several programs may use at the same time."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def held(cache: Path, is_prepared: Callable[[], bool], prepare: Callable[[], None]) -> Iterator[None]:
    """Have `cache` prepared, by `prepare` where it is not yet; nobody prepares it anew until the context is left.

    Folders `run-…` in it belong to whoever runs something from it. Those of programs that were killed are removed.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Nobody else is here, so these belong to programs that were killed.
            for left_over in cache.glob("run-*"):
                shutil.rmtree(left_over)
        fcntl.flock(lock, fcntl.LOCK_SH)
        while not is_prepared():
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_prepared():
                prepare()
            fcntl.flock(lock, fcntl.LOCK_SH)
        yield
