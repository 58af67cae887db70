"""Interrupt: how a front end asks a run to stop."""

import asyncio


class Interrupt:
    """Asked once, a run starts nothing new and gives what is in flight its grace; asked twice, it leaves at once.

    To be used on the run's event loop: `loop.add_signal_handler(signal.SIGINT, interrupt.ask)`.
    """

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.urgent = asyncio.Event()

    def ask(self) -> None:
        if self.asked.is_set():
            self.urgent.set()
        self.asked.set()
