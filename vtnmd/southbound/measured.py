"""A driver whose calls are measured: how long each took at which endpoint, and what came of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from vtnmd.domain.address import Address
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Request
from vtnmd.domain.tree import Tree
from vtnmd.southbound.ports import (
    Attributes,
    Busy,
    Driver,
    InDoubt,
    Observed,
    Rejected,
    Resolve,
    Transactional,
    Unreachable,
    is_transactional,
)

T = TypeVar("T")

_RESULTS: Mapping[type[BaseException], str] = {
    Unreachable: "unreachable",
    InDoubt: "in-doubt",
    Busy: "busy",
    Rejected: "rejected",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a driver. `result` is ok, unreachable, in-doubt, busy, rejected, or broken-off."""

    endpoint: str
    verb: str
    seconds: float
    result: str


Observe = Callable[[Call], None]


def measured(driver: Driver, endpoint: str, observe: Observe, elapsed: Callable[[], float]) -> Driver:
    """The same driver; `observe` is told every call once it has ended. `elapsed` is a clock in seconds that never goes back."""
    if is_transactional(driver):
        return _MeasuredTransactional(driver, endpoint, observe, elapsed)
    return _Measured(driver, endpoint, observe, elapsed)


class _Measured:
    def __init__(self, driver: Driver, endpoint: str, observe: Observe, elapsed: Callable[[], float]) -> None:
        self._driver = driver
        self._endpoint = endpoint
        self._observe = observe
        self._elapsed = elapsed

    async def apply(self, request: Request, resolve: Resolve) -> Mapping[Address, Attributes]:
        return await self._timed("apply", self._driver.apply(request, resolve))

    async def recover(self, request: Request, resolve: Resolve) -> None:
        await self._timed("recover", self._driver.recover(request, resolve))

    async def read(self, reads: Mapping[Address, Tree], resolve: Resolve) -> Mapping[Address, Observed]:
        return await self._timed("read", self._driver.read(reads, resolve))

    async def strangers(self, reads: Sequence[Tree], known: Sequence[Tree], resolve: Resolve) -> tuple[Stranger, ...]:
        return await self._timed("strangers", self._driver.strangers(reads, known, resolve))

    async def hello(self) -> str:
        return await self._timed("hello", self._driver.hello())

    async def aclose(self) -> None:
        await self._driver.aclose()

    async def _timed(self, verb: str, call: Awaitable[T]) -> T:
        started, result = self._elapsed(), "broken-off"
        try:
            answer = await call
        except tuple(_RESULTS) as error:
            result = _RESULTS[type(error)]
            raise
        else:
            result = "ok"
            return answer
        finally:
            self._observe(Call(self._endpoint, verb, self._elapsed() - started, result))


class _MeasuredTransactional(_Measured):
    _driver: Transactional

    async def prepare(self, request: Request, resolve: Resolve) -> None:
        await self._timed("prepare", self._driver.prepare(request, resolve))

    async def commit(self, request: Request, resolve: Resolve, confirm_timeout: int | None = None) -> None:
        await self._timed("commit", self._driver.commit(request, resolve, confirm_timeout))

    async def confirm(self, request: Request, resolve: Resolve) -> None:
        await self._timed("confirm", self._driver.confirm(request, resolve))

    async def cancel(self, request: Request, resolve: Resolve) -> None:
        await self._timed("cancel", self._driver.cancel(request, resolve))

    async def offers(self) -> str:
        return await self._timed("offers", self._driver.offers())
