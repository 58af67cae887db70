"""RESTCONF, NETCONF and the page of `vtnmd serve`, on an event loop in a thread of its own."""

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from vtnmd.cli.web import Page, shown
from vtnmd.domain.commit import Configuration, Held, Origin
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.models import Models
from vtnmd.northbound.access.bootstrap import bootstrap
from vtnmd.northbound.deployment import Deployment, Outside, deploy
from vtnmd.northbound.entering import WatchedState, through_doors_of
from vtnmd.northbound.serving import Listening, Offer, listening
from vtnmd.southbound.secrets import read_secret
from vtnmd.state import DEFAULT_FOLDER, Store, open_store
from vtnmd.usecases.runs import Setting


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is served of which state.

    `setting` gives what a run of a user's command needs, `written` wakes who carries commits out.
    """

    state: str
    offer: Offer
    page: Page | None
    models: Models
    setting: Callable[[str, str], Setting]
    written: Callable[[], None]
    troubled: Callable[[tuple[Diagnostic, ...]], None]


@dataclass(frozen=True, slots=True)
class Served:
    """What is served where; empty where it is not. There is a deployment where RESTCONF or NETCONF is served.

    `password` is that of the administrator where the first start made one.
    """

    deployment: Deployment | None = None
    listening: Listening = field(default_factory=Listening)
    web: str = ""
    password: str = ""


@contextmanager
def northbound(wanted: Wanted) -> Iterator[Served]:
    """Serve until the block ends, if anything is to be served. Raises Invalid or StateError where that cannot begin."""
    if wanted.page is None and not wanted.offer.anything:
        yield Served()
        return
    began: Future[Served] = Future()
    stop: list[Callable[[], object]] = []
    thread = threading.Thread(target=_run, args=(wanted, began, stop), name="northbound")
    thread.start()
    try:
        yield began.result()
    finally:
        for each in stop:
            with contextlib.suppress(RuntimeError):  # the loop ended by itself
                each()
        thread.join()


def _run(wanted: Wanted, began: "Future[Served]", stop: list[Callable[[], object]]) -> None:
    try:
        asyncio.run(_serve(wanted, began, stop))
    except BaseException as problem:  # is raised where the thread was begun
        if began.done():
            raise
        began.set_exception(problem)


async def _serve(wanted: Wanted, began: "Future[Served]", stop: list[Callable[[], object]]) -> None:
    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    stop.append(lambda: loop.call_soon_threadsafe(asked.set))
    async with _configured(wanted) if wanted.offer.anything else _watched(wanted) as served:
        began.set_result(served)
        await asked.wait()


@asynccontextmanager
async def _watched(wanted: Wanted) -> AsyncIterator[Served]:
    """The page alone."""
    with open_store(wanted.state, create=False) as store:
        folder = _folder(store)
    async with shown(wanted.page, WatchedState(wanted.state, folder)) as web:
        yield Served(web=web)


@asynccontextmanager
async def _configured(wanted: Wanted) -> AsyncIterator[Served]:
    """All that is asked for, over one deployment."""
    outside = Outside(wanted.setting, read_secret, time.time, time.monotonic, wanted.written, wanted.troubled)
    with open_store(wanted.state) as store:
        folder = _folder(store)
        deployment = deploy(wanted.state, store, folder, outside, wanted.models)
        try:
            await deployment.start()
            password = await _first_administrator(deployment)
            enter = through_doors_of(deployment)
            async with listening(deployment, wanted.offer, folder) as where, shown(wanted.page, enter) as web:
                yield Served(deployment, where, web, password)
        finally:
            await deployment.aclose()


def _folder(store: Store) -> Path:
    """Where the server's keys are: with the state, or where a local one would be."""
    folder = getattr(store.place, "folder", None)
    return folder if isinstance(folder, Path) else Path(DEFAULT_FOLDER)


async def _first_administrator(deployment: Deployment) -> str:
    """Make one where there are no accounts; gives the password, empty where nothing was made."""
    running, made = deployment.backend.running, secrets.token_urlsafe(18)
    tree = running.current
    configuration = Configuration({part: Held(held.value) for part, held in tree.others.items()}, tree.number)
    changes = await asyncio.to_thread(bootstrap, configuration, made)
    if not changes:
        return ""
    await running.commit(lambda _: changes, Origin("vtnmd", "serve", comment="the first administrator"))
    return made
