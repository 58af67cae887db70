"""What a failure of HTTP means for the request that met it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.support.certificates import self_signed
from vtnmd.lab.http_server import Certificate, LabServer
from vtnmd.southbound import http
from vtnmd.southbound.http import HttpServer
from vtnmd.southbound.ports import Busy, EndpointError, InDoubt, Rejected, Unreachable

pytestmark = pytest.mark.anyio

Handler = Callable[[Request], Response]


@contextlib.asynccontextmanager
async def answering(answer: Handler, certificate: Certificate | None = None, **settings: Any) -> AsyncIterator[HttpServer]:
    """A client of a server that answers everything by `answer`."""

    async def handler(request: Request) -> Response:
        return answer(request)

    application = Starlette(routes=[Route("/{path:path}", handler, methods=["GET", "POST"])])
    server = LabServer(application, dict, certificate)
    await server.start("127.0.0.1", 0)
    client = HttpServer(entry(f"{server.url}/api", **settings), "odl", lambda _: "pass word")
    try:
        yield client
    finally:
        await client.aclose()
        await server.aclose()


def entry(url: str, /, timeout: Any = 5, **settings: Any) -> dict[str, Any]:
    return {"name": "ctl", "timeout": timeout, "odl": {"url": url, "username": "admin", "password": "env:PASSWORD", **settings}}


async def failure(client: HttpServer, *, reads: bool = False) -> EndpointError:
    with pytest.raises(EndpointError) as raised:
        await client.send("POST", "thing", {"a": 1}, reads=reads)
    diagnostic = raised.value.diagnostic
    assert diagnostic.summary.startswith("ctl: POST thing")
    assert "pass word" not in str(diagnostic.to_json())
    return raised.value


async def test_an_answer_is_given_as_it_is() -> None:
    async with answering(lambda request: JSONResponse({"path": request.url.path}, 404)) as client:
        answer = await client.send("GET", "a/b?c=1", reads=True)
    assert (answer.status, answer.body) == (404, {"path": "/api/a/b"})


async def test_an_empty_answer_has_no_body() -> None:
    async with answering(lambda _: Response(status_code=200)) as client:
        assert (await client.send("POST", "thing", {})).body is None


async def test_the_password_goes_along() -> None:
    async with answering(lambda request: JSONResponse(request.headers["authorization"])) as client:
        assert (await client.send("GET", "", reads=True)).body == "Basic YWRtaW46cGFzcyB3b3Jk"


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_credentials_are_final(status: int) -> None:
    async with answering(lambda _: Response(status_code=status)) as client:
        error = await failure(client)
    assert isinstance(error, Rejected)
    assert error.diagnostic.code == "VTN-E012"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_whole_answer_of_trouble_is_busy(status: int) -> None:
    async with answering(lambda _: JSONResponse({"why": "tired"}, status)) as client:
        error = await failure(client)
    assert isinstance(error, Busy)
    assert "tired" in error.diagnostic.detail


async def test_redirects_are_not_followed() -> None:
    seen: list[str] = []

    def answer(request: Request) -> Response:
        seen.append(request.url.path)
        return RedirectResponse("/elsewhere")

    async with answering(answer) as client:
        error = await failure(client)
    assert isinstance(error, Rejected)
    assert seen == ["/api/thing"]


async def test_an_answer_above_the_limit_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_LARGEST_ANSWER", 1000)
    async with answering(lambda _: JSONResponse("x" * 2000)) as client:
        assert isinstance(await failure(client), InDoubt)
        assert isinstance(await failure(client, reads=True), Unreachable)


async def test_an_answer_that_is_no_json_leaves_doubt_unless_it_was_a_read() -> None:
    async with answering(lambda _: Response("<html>", 200)) as client:
        assert isinstance(await failure(client), InDoubt)
        assert isinstance(await failure(client, reads=True), Unreachable)


async def test_nobody_listening_is_said_plainly() -> None:
    async with answering(lambda _: Response()) as client:
        url = client.url
    closed = HttpServer(entry(url), "odl", lambda _: "pass word")
    error = await failure(closed)
    assert isinstance(error, Unreachable)
    assert "connection refused" in error.diagnostic.summary
    assert url in error.diagnostic.summary


async def test_a_name_that_nobody_has_is_unreachable() -> None:
    error = await failure(HttpServer(entry("http://controller.invalid/restconf"), "odl", lambda _: "pass word"))
    assert isinstance(error, Unreachable)


async def test_a_server_that_drips_is_given_up() -> None:
    """Each byte comes in time, the whole does not."""

    done = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.transport.abort()
        done.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = HttpServer(entry(f"http://127.0.0.1:{port}", timeout=0.2), "odl", lambda _: "pass word")
    assert isinstance(await failure(client), InDoubt)
    await client.aclose()
    await done.wait()
    server.close()
    await server.wait_closed()


async def test_a_certificate_is_trusted_by_its_authority_alone(tmp_path: Path) -> None:
    certificate = Certificate(*self_signed(tmp_path))
    async with answering(lambda _: JSONResponse("fine"), certificate, **{"ca-file": str(certificate.certificate)}) as client:
        assert (await client.send("GET", "", reads=True)).body == "fine"
    async with answering(lambda _: JSONResponse("fine"), certificate) as client:
        error = await failure(client)
    assert isinstance(error, Unreachable)
    assert error.diagnostic.code == "VTN-E011"
    assert "ca-file" in error.diagnostic.hint


async def test_a_certificate_for_another_host_is_not_trusted(tmp_path: Path) -> None:
    certificate = Certificate(*self_signed(tmp_path, "127.0.0.2"))
    async with answering(lambda _: JSONResponse("fine"), certificate, **{"ca-file": str(certificate.certificate)}) as client:
        error = await failure(client)
    assert isinstance(error, Unreachable)
    assert error.diagnostic.code == "VTN-E011"


async def test_https_to_a_server_without_it_is_unreachable() -> None:
    async with answering(lambda _: Response()) as client:
        misled = HttpServer(entry(client.url.replace("http:", "https:")), "odl", lambda _: "pass word")
        error = await failure(misled)
        await misled.aclose()
    assert isinstance(error, Unreachable)
    assert "TLS" in error.diagnostic.summary


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_bad_ca_file_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    client = HttpServer(entry("https://127.0.0.1:1", **{"ca-file": str(file)}), "odl", lambda _: "pass word")
    with pytest.raises(Rejected) as raised:
        await client.send("GET", "", reads=True)
    assert raised.value.diagnostic.code == "VTN-E017"
    assert str(file) in raised.value.diagnostic.summary


async def test_no_more_than_its_concurrency_is_under_way() -> None:
    under_way, most = 0, 0

    async def handler(_: Request) -> Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return JSONResponse(None)

    server = LabServer(Starlette(routes=[Route("/", handler)]), dict, None)
    await server.start("127.0.0.1", 0)
    client = HttpServer({**entry(server.url), "concurrency": 2}, "odl", lambda _: "pass word")
    await asyncio.gather(*(client.send("GET", "", reads=True) for _ in range(8)))
    await client.aclose()
    await server.aclose()
    assert most == 2
