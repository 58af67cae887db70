"""Interrupt: how a front end asks a run to stop."""

import asyncio


class Interrupt:
    """Asked once, a run starts nothing new and gives what is in flight its grace; asked twice, it leaves at once.

    To be used on the run's event loop: `loop.add_signal_handler(signal.SIGINT, interrupt.ask)`. `cancelled` is the user who ends
    the run for good.
    """

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.urgent = asyncio.Event()
        self.cancelled = ""

    def ask(self) -> None:
        if self.asked.is_set():
            self.urgent.set()
        self.asked.set()

    def cancel(self, user: str) -> None:
        """The run ends as cancelled by `user`; what is in flight has its grace."""
        self.cancelled = user
        self.asked.set()
