"""Procrastinate, which delivers legs to workers on the PostgreSQL that holds the state. Nothing else knows of it.

The journal is the truth, the queue only delivers: a job names a leg, and says nothing of what came of it. A job is finished or
given back only by the worker that has it (Procrastinate itself goes by its number alone, so that a frozen worker that wakes could
end a job that another one carries), and no outage of the database ends a worker.
"""

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import psycopg
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision, SyncPsycopgConnector, sql
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager, NotificationCallback
from psycopg_pool import PoolTimeout

from vtnmd.fleet.timing import Timing
from vtnmd.state.legs import Token
from vtnmd.state.postgres import Postgres

TASK = "vtnmd-leg"
_HELD = (
    "SELECT id FROM procrastinate_jobs WHERE id = %s AND status = 'doing' AND worker_id IS NOT DISTINCT FROM %s AND attempts = %s"
)
_ALIVE = "SELECT id FROM procrastinate_jobs WHERE id = %s AND status IN ('todo', 'doing')"
_PREPARING = 0x76746E6D71  # "vtnmq": the advisory lock under which Procrastinate's tables are made
_MOST_SECONDS = 15.0

OUTAGES = (psycopg.Error, ConnectorException, PoolTimeout)
"""What a database that is away makes of a call."""

Answer = TypeVar("Answer")
_log = logging.getLogger(__name__)
for _name in ("procrastinate", "psycopg.pool"):
    logging.getLogger(_name).addHandler(logging.NullHandler())  # what goes wrong is said by whom it concerns


class GiveBack(Exception):
    """The worker carries the leg no further; it goes back to the queue, for whoever comes next."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(seconds)


class _GivenBack(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        """Everything comes back: what a leg has left to do says the journal, and an error of ours must not lose it."""
        seconds = exception.seconds if isinstance(exception, GiveBack) else min(60, 2 ** min(job.attempts, 6))
        return RetryDecision(retry_in={"seconds": seconds})


class ProcrastinateQueue:
    """`vtnmd.state.legs.Queue`, in the transactions of the state."""

    def __init__(self) -> None:
        self._app = App(connector=SyncPsycopgConnector())  # never opened: every job comes with a connection

    def enqueue(self, connection: Any, run: str, leg: str, region: str) -> int:
        deferrer = self._app.configure_task(TASK, queue=region, lock=None, connection=connection)
        return deferrer.defer(run=run, leg=leg)

    def withdraw(self, connection: Any, job: int) -> bool:
        return self._app.job_manager.cancel_job_by_id(job, connection=connection)

    def is_held(self, connection: Any, token: Token) -> bool:
        return connection.execute(f"{_HELD} FOR UPDATE", (token.job, token.worker, token.attempts)).fetchone() is not None

    def is_alive(self, connection: Any, job: int) -> bool:
        return connection.execute(_ALIVE, (job,)).fetchone() is not None


def prepare(place: Postgres) -> None:
    """Make Procrastinate's tables where there are none. Raises psycopg.Error."""
    with psycopg.connect(**place.conninfo) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_PREPARING,))
        row = connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
        if row is not None and row[0] is None:
            connection.execute(App(connector=SyncPsycopgConnector()).schema_manager.get_schema())


def make_app(place: Postgres, timing: Timing, carry: Callable[[str, str, Token], Awaitable[None]]) -> App:
    """An application, not opened yet, whose workers `carry` a run's leg. What that raises gives the leg back."""
    connector = PsycopgConnector(
        conninfo="", kwargs=place.conninfo, min_size=1, max_size=6, timeout=5.0, reconnect_timeout=timing.outage
    )
    app = App(connector=connector)
    app.job_manager = Fenced(connector)

    @app.task(name=TASK, pass_context=True, retry=_GivenBack())
    async def _leg(context: JobContext, run: str, leg: str) -> None:
        job = context.job
        assert job.id is not None
        assert job.worker_id is not None
        await carry(run, leg, Token(job.id, job.worker_id, job.attempts))

    return app


class Fenced(JobManager):
    """Procrastinate's manager, but only who has a job ends it, and what fails while the database is away is tried again."""

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        await _insist(lambda: self._if_held(job, "finish_job", status=status.value, delete_job=delete_job))

    async def retry_job(
        self,
        job: Job,
        retry_at: dt.datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        when = retry_at or dt.datetime.now(dt.UTC)
        values = {"retry_at": when, "new_priority": priority, "new_queue_name": queue, "new_lock": lock}
        await _insist(lambda: self._if_held(job, "retry_job", **values))

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        try:
            return await super().fetch_job(queues, worker_id)
        except OUTAGES as error:
            _log.debug("no job could be fetched", exc_info=error)
            return None

    async def update_heartbeat(self, worker_id: int) -> None:
        try:
            await super().update_heartbeat(worker_id)
        except OUTAGES as error:
            _log.debug("no heartbeat could be given", exc_info=error)

    async def listen_for_jobs(self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None) -> None:
        while True:  # what it misses meanwhile, or when it falls silent, polling finds
            try:
                await super().listen_for_jobs(on_notification=on_notification, queues=queues)
            except OUTAGES as error:
                _log.debug("nobody listens for jobs", exc_info=error)
                await asyncio.sleep(1.0)

    async def take_from_the_dead(self, seconds: float) -> None:
        """Give back the jobs of workers that have given no heartbeat for that long."""
        for job in await self.get_stalled_jobs(seconds_since_heartbeat=seconds):
            await self.retry_job(job)

    async def _if_held(self, job: Job, query: str, **values: Any) -> None:
        connector = self.connector
        assert isinstance(connector, PsycopgConnector)
        async with connector.pool.connection() as connection, connection.transaction():
            held = await connection.execute(f"{_HELD} FOR UPDATE", (job.id, job.worker_id, job.attempts))
            if await held.fetchone() is not None:
                await connection.execute(sql.queries[query], {"job_id": job.id, **values})


async def _insist(call: Callable[[], Awaitable[Answer]]) -> Answer:
    """Call until the database answers, with growing pauses."""
    pause = 0.5
    while True:
        try:
            return await call()
        except OUTAGES as error:
            _log.debug("the database is away", exc_info=error)
            await asyncio.sleep(pause)
            pause = min(_MOST_SECONDS, pause * 2)
