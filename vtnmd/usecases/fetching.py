"""Files that a service imports by URL: each fetched once, with TLS verified, bounded in time, size and redirects."""

import os
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx2

from vtnmd.compiler.tosca import Refused, Unreadable, redirected

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Seconds for a connection and for a whole file, and how many redirects are followed."""

    connect: float = 10.0
    whole: float = 30.0
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Pages:
    """What was fetched so far, by URL. A redirect never leads from https to http, and nothing is decompressed."""

    limits: FetchLimits = FetchLimits()
    fetched: dict[str, bytes] = field(default_factory=dict)

    def fetch(self, url: str, limit: int) -> bytes:
        """The content of a URL; not many more than `limit` octets are read. Raises Unreadable."""
        if url not in self.fetched:
            self.fetched[url] = self._fetch(url, limit)
        return self.fetched[url]

    def _fetch(self, url: str, limit: int) -> bytes:
        deadline = time.monotonic() + self.limits.whole
        timeout = httpx2.Timeout(self.limits.whole, connect=self.limits.connect)
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        try:
            with httpx2.Client(timeout=timeout, headers=headers, follow_redirects=False) as client:
                for _ in range(self.limits.redirects + 1):
                    found = _answer(client, url, limit, deadline)
                    if isinstance(found, bytes):
                        return found
                    url = redirected(url, found)
        except Refused as error:
            raise Unreadable(f"it redirects: {error}") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, TimeoutError) as error:
            raise Unreadable(_reason(error)) from None
        raise Unreadable(f"it redirects more than {self.limits.redirects} times")


def _answer(client: httpx2.Client, url: str, limit: int, deadline: float) -> bytes | str:
    """The content of a URL, or where it redirects to."""
    with client.stream("GET", url) as response:
        if response.status_code in _REDIRECTS and "location" in response.headers:
            return str(response.headers["location"])
        if response.status_code != HTTPStatus.OK:
            raise Unreadable(f"the server answers HTTP {response.status_code}")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Unreadable("the server answers in a compressed form that was not asked for")
        content = bytearray()
        for chunk in response.iter_raw():
            content += chunk
            if len(content) > limit:
                break
            if time.monotonic() > deadline:
                raise TimeoutError
        return bytes(content)


def _reason(error: Exception) -> str:
    """What went wrong, in words of the operating system or of TLS where there are any."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"TLS failed: {cause.reason or cause}"
        if isinstance(cause, OSError) and cause.errno is not None:
            return (os.strerror(cause.errno) if cause.errno > 0 else str(cause.strerror)).lower()
    if isinstance(error, httpx2.TimeoutException | TimeoutError):
        return "no whole answer in time"
    return str(error) or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
