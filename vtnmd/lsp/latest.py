"""Runs only the newest of what is asked for, once nothing newer has come for a moment, so that keystrokes do not queue up."""

import asyncio
from collections.abc import Awaitable, Callable

PAUSE = 0.15


class Latest:
    """`run` is awaited with a key; while that goes on, being asked for the key again leads to one more run after it."""

    def __init__(self, run: Callable[[str], Awaitable[None]], pause: float = PAUSE) -> None:
        self._run = run
        self._pause = pause
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()

    def ask(self, key: str, *, soon: bool = False) -> None:
        """Run for the key after the pause, which begins anew, or at once if `soon`."""
        self._forget_timer(key)
        pause = 0.0 if soon else self._pause
        self._timers[key] = asyncio.get_running_loop().call_later(pause, self._begin, key)

    def forget(self, key: str) -> None:
        """Begin nothing more for the key."""
        self._forget_timer(key)
        self._again.discard(key)

    def _forget_timer(self, key: str) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def _begin(self, key: str) -> None:
        self._timers.pop(key, None)
        if key in self._running:
            self._again.add(key)
            return
        task = asyncio.get_running_loop().create_task(self._carry(key))
        self._running[key] = task
        task.add_done_callback(lambda _: self._ended(key))

    async def _carry(self, key: str) -> None:
        await self._run(key)

    def _ended(self, key: str) -> None:
        del self._running[key]
        if key in self._again:
            self._again.discard(key)
            self._begin(key)
