"""Where clients prove who they are by a password. What it has seen is kept in memory, within bounds.

To be used on one event loop; scrypt runs in a thread.
"""

import asyncio
import hmac
import secrets
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field

from vtnmd.northbound.access.accounts import Accounts
from vtnmd.northbound.access.limiting import Guesses, Recent, network_of
from vtnmd.northbound.access.passwords import UNKNOWN, encoded, is_password
from vtnmd.northbound.backend import User

_MOST_WAITING = 64


Guess = tuple[bytes, str]
"""A MAC of user and password, and what was stored of the user's password when it was made."""


@dataclass(frozen=True, slots=True)
class Unproven:
    """Nobody is let in. `retry_after` is in seconds; 0 where trying again at once is as good as later.

    `outage` says why nobody can tell who it is at the moment; empty where that is known.
    """

    retry_after: float = 0.0
    outage: str = ""


@dataclass(slots=True, eq=False)
class Gate:
    """Passwords that proved right are remembered as a MAC with a key of this process, so that each is put to scrypt once.

    What is remembered of an account is of no use once its stored password is another, or the account is gone or disabled.
    """

    clock: Callable[[], float]
    """Seconds that never go back."""
    guesses: Guesses = field(default_factory=Guesses)
    workers: Executor = field(default_factory=lambda: ThreadPoolExecutor(1, "passwords"))
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _right: Recent[bool] = field(default_factory=lambda: Recent[bool](1_000))
    """Guesses that proved right."""
    _asked: "dict[Guess, asyncio.Future[bool | float]]" = field(default_factory=dict)

    async def authenticate(self, accounts: Accounts, user: str, password: str, client: str) -> User | Unproven:
        """See `authenticate_password`."""
        account = accounts.active(user)
        stored = account.password if account is not None else ""
        guess = (hmac.digest(self._key, encoded(f"{user}\0{password}"), "sha256"), stored)
        whom = (user, network_of(client))
        pause = self.guesses.pause(*whom, self.clock())
        if pause > 0:  # also where the password is remembered: who guesses must not learn that it is right
            return Unproven(pause)
        if account is not None and stored and self._right.get(guess):
            self.guesses.shown(*whom)
            return account.user
        asked = self._asked.get(guess) or self._ask(guess, whom, password, accounts.limits.failures)
        proved = await asyncio.shield(asked)
        if isinstance(proved, float):
            return Unproven(proved)
        return account.user if proved and account is not None and stored else Unproven()

    def _ask(self, guess: Guess, whom: tuple[str, str], password: str, allowed: int) -> "asyncio.Future[bool | float]":
        """Put a password to scrypt, once for all who give it at the same time. A number: in how many seconds to try again."""
        asked = asyncio.ensure_future(self._prove(guess, whom, password, allowed))
        self._asked[guess] = asked
        asked.add_done_callback(lambda _: self._asked.pop(guess))
        return asked

    async def _prove(self, guess: Guess, whom: tuple[str, str], password: str, allowed: int) -> bool | float:
        now, stored = self.clock(), guess[1]
        pause = self.guesses.pause(*whom, now)
        if pause > 0:
            return pause
        if len(self._asked) > _MOST_WAITING:
            return 1.0
        self.guesses.failed(*whom, now, allowed)
        proved = await asyncio.get_running_loop().run_in_executor(self.workers, is_password, stored or UNKNOWN, password)
        if proved and stored:
            self.guesses.succeeded(*whom)
            self._right.put(guess, value=True)
        return proved


async def authenticate_password(gate: Gate, accounts: Accounts, user: str, password: str, client: str) -> User | Unproven:
    """Who logs in by a password, from an address.

    It takes as long for users that are not there, are disabled or have no password. After some wrong passwords, from an address or
    for a user, there are pauses, in which nothing is looked at.
    """
    return await gate.authenticate(accounts, user, password, client)
