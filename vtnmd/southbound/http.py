"""One HTTP server of the inventory: verified, authenticated, bounded in time and size, with every failure sorted.

What a failure means depends on whether the request had left and on whether it could have changed anything:

    not left                          Unreachable
    left, only reads                  Unreachable, for nothing can have changed
    left, could change something      InDoubt
    whole answer 429                  Busy
    whole answer 5xx                  Failing
    whole answer 401, 403 or 3xx      Rejected
    any other whole answer            given to the caller
"""

import asyncio
import contextlib
import json
import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

import httpx2

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json
from vtnmd.southbound.ports import Busy, EndpointError, Failing, InDoubt, Rejected, Unreachable

_CONNECT_TIMEOUT = 10.0
"""Seconds for TCP and TLS, unless the whole request has less."""

_KEEP_IDLE = 2.0
"""Seconds that an idle connection is used again; common servers close it after five, and a request sent then is in doubt."""

_LARGEST_ANSWER = 64 * 1024 * 1024

NO_HEADERS: Mapping[str, str] = {}

_LEFT = "http11.send_request_headers.started"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer that the caller decides about: status, JSON body or None where there is none, and entity tag or nothing."""

    status: int
    body: Json
    etag: str = ""


class HttpServer:
    """Sends JSON requests to the server of one inventory entry, with at most `concurrency` under way.

    `kind` names the container of the entry that holds url, ca-file, username and password; `secrets` resolves the password's
    reference. Nothing is read or opened before the first request. Proxies of the environment are not used.
    """

    def __init__(self, endpoint: Mapping[str, Json], kind: str, secrets: Callable[[str], str]) -> None:
        settings = endpoint[kind]
        self.name = str(endpoint["name"])
        self.url = str(settings["url"]).rstrip("/")
        self._settings: Mapping[str, Json] = settings
        self._secrets = secrets
        self._timeout = float(endpoint.get("timeout", 30))
        self._slots = asyncio.Semaphore(int(endpoint.get("concurrency", 4)))
        self._client: httpx2.AsyncClient | None = None

    async def send(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        reads: bool = False,
        headers: Mapping[str, str] = NO_HEADERS,
        parse: Callable[[bytes], Json] = json.loads,
    ) -> Answer:
        """Send one request to `path` below the URL. `reads` says that it changes nothing there.

        `headers` take the place of the usual ones; `parse` reads the content of the answer and raises ValueError where it cannot.
        Raises Unreachable, InDoubt, Busy or Rejected as the module's table says.
        """
        what = f"{self.name}: {method} {path.partition('?')[0]}"
        async with self._slots:
            if self._client is None:
                self._client = self._open()
            exchange = _Exchange(self._client, self._timeout)
            try:
                response, content = await exchange.run(method, f"{self.url}/{path.lstrip('/')}", body, headers)
            except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, TimeoutError, _TooLarge) as error:
                raise self._broken(what, error, doubtful=exchange.left and not reads) from None
        found = self._sorted(what, response.status_code, _parsed(content, parse), reads=reads)
        return replace(found, etag=response.headers.get("etag", ""))

    async def aclose(self) -> None:
        """Close every connection; never raises. The server may be used again afterwards."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(httpx2.HTTPError, OSError):
                await client.aclose()

    def _open(self) -> httpx2.AsyncClient:
        username = self._settings.get("username")
        password = self._settings.get("password")
        return httpx2.AsyncClient(
            auth=httpx2.BasicAuth(username, self._secrets(password) if password else "") if username else None,
            verify=self._trust(),
            headers={"Accept": "application/json"},
            timeout=httpx2.Timeout(self._timeout, connect=min(_CONNECT_TIMEOUT, self._timeout), pool=None),
            limits=httpx2.Limits(keepalive_expiry=_KEEP_IDLE),
            follow_redirects=False,
            trust_env=False,
        )

    def _trust(self) -> ssl.SSLContext:
        ca_file = self._settings.get("ca-file")
        try:
            context = ssl.create_default_context(cafile=ca_file)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it holds no PEM certificate"
            raise Rejected(
                Diagnostic(
                    "VTN-E017",
                    f"{self.name}: the ca-file {ca_file} cannot be used: {reason}",
                    hint="name a PEM file with the certificate authorities to trust",
                )
            ) from None
        if ca_file:
            # A server's own certificate in that file is trusted too, as Python does by itself from 3.13 on.
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return context

    def _broken(self, what: str, error: Exception, *, doubtful: bool) -> EndpointError:
        """The failure of an exchange that brought no whole answer."""
        untrusted = next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLCertVerificationError)), None)
        if untrusted is not None:
            return Unreachable(
                Diagnostic(
                    "VTN-E011",
                    f"{what}: the certificate of {self.url} is not trusted: {untrusted.verify_message}",
                    hint="name the authority that signed it in ca-file of the inventory, or mend the certificate",
                )
            )
        reason = self._reason(error)
        if doubtful:
            return InDoubt(
                Diagnostic(
                    "VTN-E013",
                    f"{what}: no whole answer from {self.url}: {reason}",
                    hint="it is not known whether the request took effect; vtnmd reads before it goes on",
                )
            )
        return Unreachable(
            Diagnostic(
                "VTN-E010", f"{what}: {self.url}: {reason}", hint="check that it runs and that url in the inventory is right"
            )
        )

    def _sorted(self, what: str, status: int, parsed: tuple[bool, Json], *, reads: bool) -> Answer:
        """The answer for the caller, or the error that a whole answer stands for whoever sent the request."""
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise Rejected(
                Diagnostic(
                    "VTN-E012",
                    f"{what}: {self.url} refuses the credentials of user {self._settings.get('username')} (HTTP {status})",
                    hint="check username and password of this endpoint in the inventory",
                )
            )
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise Rejected(
                Diagnostic(
                    "VTN-E015",
                    f"{what}: {self.url} redirects (HTTP {status}), which is not followed",
                    hint="put the URL that it leads to into the inventory if you trust it",
                )
            )
        readable, body = parsed
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            summary = f"{what}: {self.url} answers HTTP {status}"
            error = Busy if status == HTTPStatus.TOO_MANY_REQUESTS else Failing
            raise error(
                Diagnostic("VTN-E014", summary, detail=_excerpt(body), hint="it will be tried again; see the endpoint's own log")
            )
        if not readable and status < HTTPStatus.MULTIPLE_CHOICES:
            raise self._broken(what, _NotJson(), doubtful=not reads)
        return Answer(status, body)

    def _reason(self, error: Exception) -> str:
        """What went wrong, in words of the operating system or of TLS where there are any."""
        if isinstance(error, _TooLarge | _NotJson):
            return str(error)
        if isinstance(error, httpx2.TimeoutException | TimeoutError):
            connecting = isinstance(error, httpx2.ConnectTimeout)
            return f"timed out after {min(_CONNECT_TIMEOUT, self._timeout) if connecting else self._timeout:g} s"
        for cause in _causes(error):
            if isinstance(cause, ssl.SSLError):
                return f"TLS failed: {cause.reason or cause}"
            if isinstance(cause, OSError) and cause.errno is not None:
                return (os.strerror(cause.errno) if cause.errno > 0 else str(cause.strerror)).lower()
        return str(error) or type(error).__name__


class _TooLarge(Exception):
    """The answer is above the limit."""

    def __str__(self) -> str:
        return f"the answer is larger than {_LARGEST_ANSWER // 1024 // 1024} MiB"


class _NotJson(Exception):
    """The answer says that all went well in a form that cannot be read."""

    def __str__(self) -> str:
        return "the answer is not JSON"


class _Exchange:
    """One request and its answer. `left` tells whether anything of the request has been written."""

    def __init__(self, client: httpx2.AsyncClient, timeout: float) -> None:
        self.left = False
        self._client = client
        self._timeout = timeout

    async def run(self, method: str, url: str, body: Json, headers: Mapping[str, str]) -> tuple[httpx2.Response, bytes]:
        content = None if body is None else json.dumps(body).encode()
        sent = {**({} if content is None else {"Content-Type": "application/json"}), **headers}
        request = self._client.build_request(method, url, content=content, headers=sent, extensions={"trace": self._trace})
        async with asyncio.timeout(self._timeout):
            response = await self._client.send(request, stream=True)
            try:
                return response, await _bounded(response)
            finally:
                await response.aclose()

    async def _trace(self, event: str, _: Mapping[str, object]) -> None:
        self.left = self.left or event == _LEFT


async def _bounded(response: httpx2.Response) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > _LARGEST_ANSWER:
            raise _TooLarge
    return bytes(content)


def _parsed(content: bytes, parse: Callable[[bytes], Json]) -> tuple[bool, Json]:
    """Whether the content can be read, and what it holds; nothing is read as None."""
    try:
        return True, parse(content) if content.strip() else None
    except (ValueError, RecursionError):
        return False, None


def _excerpt(body: Json) -> str:
    return json.dumps(body)[:2000] if body is not None else ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and everything that led to it, members of groups included."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _causes(member)
        error = error.__cause__ or error.__context__
