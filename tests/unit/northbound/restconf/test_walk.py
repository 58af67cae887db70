"""A plain HTTP client walks over every node of the models, over sockets and TLS."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import uvicorn

from tests.support.certificates import self_signed
from tests.support.restconf import JSON, XML, by_name, orchard_backend
from tests.support.services import guarded, inventory, shop
from vtnmd.domain.tree import Json
from vtnmd.northbound.backend import User
from vtnmd.northbound.restconf.app import Restconf
from vtnmd.northbound.restconf.context import Authenticate, Context
from vtnmd.northbound.restconf.transport import options
from vtnmd.yang.nodes import Kind, SchemaNode
from vtnmd.yang.ordering import key_of

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def served(context: Context, **more: Any) -> AsyncIterator[int]:
    """The application on a port of its own."""
    server = uvicorn.Server(uvicorn.Config(Restconf(context), port=0, log_level="critical", **options(), **more))
    task = asyncio.ensure_future(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task
        await context.backend.running.aclose()


def resources(members: Json, node: SchemaNode, base: str) -> Iterator[tuple[str, SchemaNode, Json]]:
    """The path, node and value of every resource below an object, keys of entries among them."""
    for member, value in members.items():
        child = node.children[member]
        name = child.name if child.module == node.module else f"{child.module}:{child.name}"
        for entry in value if child.repeated else (value,):
            keys = ",".join(quote(text, safe="") for text in key_of(child, entry)) if child.repeated else ""
            path = f"{base}/{name}={keys}" if child.repeated else f"{base}/{name}"
            yield path, child, entry
            if child.kind in {Kind.LIST, Kind.CONTAINER}:
                yield from resources(entry, child, path)


async def test_every_resource_of_services_in_both_encodings() -> None:
    backend = orchard_backend(with_state=False)
    async with (
        served(Context(backend, by_name)) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}/restconf/data", headers={"user": "ann"}) as client,
    ):
        documents = [inventory().document, shop().document, guarded().document]
        for document in documents:
            patched = await client.patch(
                "/", content=json.dumps({"ietf-restconf:data": document}), headers={"content-type": JSON, "accept": JSON}
            )
            assert patched.status_code == 204, patched.text
        seen: set[str] = set()
        for path, node, value in resources(backend.running.current.document(), backend.schema.root, ""):
            seen.add("/".join(node.path))
            told = await client.get(path, headers={"accept": JSON})
            assert told.status_code == 200, (path, told.text)
            assert told.json() == {f"{node.module}:{node.name}": [value] if node.repeated else value}
            in_xml = await client.get(path, headers={"accept": XML})
            assert in_xml.status_code == 200, (path, in_xml.text)
            if any(each.kind is Kind.ANYDATA for each in node.walk()):
                continue  # XML does not keep the types of what has no schema
            again = await client.put(path, content=in_xml.content, headers={"content-type": XML})
            assert again.status_code == 204, (path, again.text)
        assert len(seen) > 100
        assert backend.running.current.number == len(documents)


async def test_every_node_of_the_schema_is_answered() -> None:
    backend = orchard_backend()
    async with (
        served(Context(backend, by_name)) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}/restconf/data", headers={"user": "ann"}) as client,
    ):
        for node in backend.schema.walk():
            steps = [backend.schema.node(node.path[:length]) for length in range(1, len(node.path) + 1)]
            path = "/".join(
                f"{step.module}:{step.name}={','.join('1' for _ in step.keys or ('',))}"
                if step.repeated
                else f"{step.module}:{step.name}"
                for step in steps
                if step is not None
            )
            for accept in (JSON, XML):
                told = await client.get(f"/{path}", headers={"accept": accept})
                assert told.status_code in {200, 400, 404}, (path, told.text)
                assert told.headers["content-type"] == accept


async def test_a_stream_over_a_socket() -> None:
    backend = orchard_backend()
    async with (
        served(Context(backend, by_name)) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        client.stream("GET", "/restconf/streams/NETCONF/json", headers={"accept": "text/event-stream"}) as stream,
    ):
        assert stream.headers["content-type"] == "text/event-stream"
        backend.streams.publish("orchard:frost", {"degrees": -1})
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                assert json.loads(line[6:])["ietf-restconf:notification"]["orchard:frost"] == {"degrees": -1}
                break


@pytest.mark.parametrize(
    "octets",
    [
        b"GET /restconf/data/" + b"x" * 70_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET /restconf/data HTTP/1.1\r\n" + b"".join(b"h%d: %s\r\n" % (n, b"x" * 1000) for n in range(80)) + b"\r\n",
        b"GET /restconf/data/\xff\xfe HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET /restconf/data/%00 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        b"\x16\x03\x01 no HTTP at all\r\n\r\n",
        b"PUT /restconf/data HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    ],
)
async def test_heads_that_are_too_large_or_no_heads(octets: bytes) -> None:
    async with served(Context(orchard_backend(), by_name)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(octets)
        line = await asyncio.wait_for(reader.readline(), 10)
        assert line.split()[1].startswith(b"4"), line
        writer.close()


async def test_the_certificate_of_a_client_is_told(tmp_path: Path) -> None:
    shown: list[bytes] = []

    def remembering(found: list[bytes]) -> Authenticate:
        async def authenticate(_headers: Any, _client: str, certificate: bytes) -> User:
            found.append(certificate)
            return User("ann")

        return authenticate

    for name in ("server", "client"):
        (tmp_path / name).mkdir()
    server, client = self_signed(tmp_path / "server"), self_signed(tmp_path / "client")
    tls = {
        "ssl_certfile": str(server[0]),
        "ssl_keyfile": str(server[1]),
        "ssl_ca_certs": str(client[0]),
        "ssl_cert_reqs": ssl.CERT_OPTIONAL,
    }
    async with served(Context(orchard_backend(), remembering(shown)), **tls) as port:
        for given in (None, client):
            trust = ssl.create_default_context(cafile=str(server[0]))
            if given is not None:
                trust.load_cert_chain(*given)
            async with httpx2.AsyncClient(verify=trust) as asking:
                assert (await asking.get(f"https://127.0.0.1:{port}/restconf")).status_code == 200
    assert shown[0] == b""
    assert shown[1] == ssl.PEM_cert_to_DER_cert(client[0].read_text(encoding="ascii"))
