"""Messages between the parts of a service, all of which are threads of one process.

What oslo.messaging has for that (`fake://`) looks for a message every 50 ms, in each of the threads that may get one. With
two regions that takes a sixth of a processor while nothing is done. Here a thread sleeps until there is one.
"""

import threading
import time
from typing import Any

from oslo_messaging._drivers import base, impl_fake

_LONGEST = 0.5
"""Seconds after which a thread that waits looks whether it is to stop."""

_arrived = threading.Condition()
_deliver = impl_fake.FakeExchange.deliver_message


def wake_who_waits() -> None:
    """Have it so in this process, and in those that are forked from it, from now on."""
    impl_fake.FakeExchange.deliver_message = _delivered
    impl_fake.FakeListener.poll = base.batch_poll_helper(_polled)


def _delivered(exchange: Any, *given: Any, **named: Any) -> None:
    _deliver(exchange, *given, **named)
    with _arrived:
        _arrived.notify_all()


def _polled(listener: Any, timeout: float | None = None) -> Any:
    """The next message of a listener, None where none comes in time. What arrives after a look wakes: the look has the lock."""
    end = None if timeout is None else time.monotonic() + timeout
    with _arrived:
        while not listener._stopped.is_set():  # noqa: SLF001 - it is replaced as a whole
            for target in listener._targets:  # noqa: SLF001
                exchange = listener._exchange_manager.get_exchange(target.exchange)  # noqa: SLF001
                found = exchange.poll(target, listener._pool)  # noqa: SLF001
                if found[1] is not None:
                    return impl_fake.FakeIncomingMessage(*found)
            left = _LONGEST if end is None else end - time.monotonic()
            if left < 0:
                break
            _arrived.wait(min(left, _LONGEST))
    return None
