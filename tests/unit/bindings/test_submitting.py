"""The RESTCONF client against a small server on loopback that follows RFC 8040."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.bindings import bindings
from tests.support.certificates import self_signed
from tests.support.services import shop
from vtnmd.bindings import Server, Submitted, bound_of, fetch, intent_of, submit
from vtnmd.bindings.submitting import Refused, Unusable
from vtnmd.domain.diagnostics import Invalid, Stale

SHOP = shop().document
YANG_JSON = "application/yang-data+json"


def errors(status: int, *listed: dict[str, str]) -> Response:
    return JSONResponse({"ietf-restconf:errors": {"error": list(listed)}}, status, media_type=YANG_JSON)


@dataclass
class Stub:
    """One list of services below /api, which its host-meta names; each entry with the number of its version as entity tag."""

    held: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    answer: Response | None = None
    authorization: str = ""

    def app(self) -> Starlette:
        path = "/api/data/vtnmd-vtn:services/service={name}"
        return Starlette(
            routes=[Route("/.well-known/host-meta", self.host_meta), Route(path, self.put, methods=["PUT"]), Route(path, self.get)]
        )

    async def host_meta(self, _: Request) -> Response:
        link = '<Link rel="restconf" href="/api"/>'
        return Response(f"<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>{link}</XRD>", media_type="application/xrd+xml")

    async def put(self, request: Request) -> Response:
        self.authorization = request.headers.get("authorization", "")
        if self.answer:
            return self.answer
        name, body = unquote(request.path_params["name"]), await request.json()
        (entry,) = body["vtnmd-vtn:service"]
        if entry["name"] != name or request.headers["content-type"] != YANG_JSON:
            return errors(400, {"error-type": "application", "error-tag": "invalid-value"})
        if request.headers.get("if-match", f'"{self.version}"') != f'"{self.version}"':
            return errors(412, {"error-type": "protocol", "error-tag": "operation-failed"})
        created = name not in self.held
        self.held[name] = entry
        self.version += 1
        return Response(status_code=201 if created else 204, headers={"etag": f'"{self.version}"'})

    async def get(self, request: Request) -> Response:
        entry = self.held.get(request.path_params["name"])
        if entry is None:
            return errors(404, {"error-type": "application", "error-tag": "invalid-value", "error-message": "no such service"})
        return JSONResponse({"vtnmd-vtn:service": [entry]}, headers={"etag": f'"{self.version}"'}, media_type=YANG_JSON)


@dataclass
class Running:
    stub: Stub
    url: str


def running(**tls: Any) -> Iterator[Running]:
    stub = Stub()
    server = uvicorn.Server(uvicorn.Config(stub.app(), host="127.0.0.1", port=0, log_level="error", ws="none", **tls))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Running(stub, f"{'https' if tls else 'http'}://127.0.0.1:{port}")
    server.should_exit = True
    thread.join()


@pytest.fixture
def plain() -> Iterator[Running]:
    yield from running()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    return self_signed(tmp_path)


@pytest.fixture
def secure(certificate: tuple[Path, Path]) -> Iterator[Running]:
    yield from running(
        ssl_certfile=str(certificate[0]), ssl_keyfile=str(certificate[1]), ssl_ca_certs=str(certificate[0]), ssl_cert_reqs=2
    )


def test_a_service_is_created_then_replaced_and_read_again(plain: Running) -> None:
    server = Server(plain.url, user="ann", password="secret")
    assert submit(SHOP, server) == Submitted(created=True, etag='"1"')
    assert plain.stub.authorization.startswith("Basic ")
    found = fetch("global-shop", server)
    assert (found.document, found.etag) == (SHOP, '"1"')
    bound = bound_of(found.document, bindings().vtnmd_vtn)
    bound.services.service["global-shop"].description = "changed"
    assert submit(intent_of(bound), server, if_match=found.etag) == Submitted(created=False, etag='"2"')
    assert plain.stub.held["global-shop"]["description"] == "changed"


def test_the_root_of_the_api_may_be_given(plain: Running) -> None:
    assert submit(SHOP, Server(f"{plain.url}/api", token="t")).created
    assert plain.stub.authorization == "Bearer t"


def test_what_somebody_else_changed_is_not_overwritten(plain: Running) -> None:
    server = Server(plain.url)
    etag = submit(SHOP, server).etag
    submit(SHOP, server)
    with pytest.raises(Stale, match="VTN-U026"):
        submit(SHOP, server, if_match=etag)


def test_every_error_of_the_server_is_told(plain: Running) -> None:
    plain.stub.answer = errors(
        409,
        {"error-type": "application", "error-tag": "in-use", "error-message": "it is in use", "error-path": "/vtnmd-vtn:services"},
        {"error-type": "application", "error-tag": "data-missing", "error-app-tag": "instance-required"},
    )
    with pytest.raises(Refused) as refused:
        submit(SHOP, Server(plain.url))
    told = {(problem.code, problem.summary, problem.address) for problem in refused.value.diagnostics}
    assert told == {("VTN-U025", "it is in use", "/vtnmd-vtn:services"), ("VTN-U025", "data-missing", "")}
    with pytest.raises(Refused, match="no such service"):
        fetch("nothing", Server(plain.url))


@pytest.mark.parametrize("body", [b"", b"<html/>", b"[]", json.dumps({"vtnmd-vtn:other": 1}).encode()])
def test_an_answer_that_is_no_restconf_is_told(plain: Running, body: bytes) -> None:
    plain.stub.answer = Response(body, 502)
    with pytest.raises(Unusable, match="VTN-U024"):
        submit(SHOP, Server(plain.url))


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(Unusable, match="VTN-U024"):
        submit(SHOP, Server("http://127.0.0.1:9/restconf"))


def test_certificates_are_verified_both_ways(secure: Running, certificate: tuple[Path, Path]) -> None:
    with pytest.raises(Unusable, match="certificate"):
        submit(SHOP, Server(secure.url, certificate=certificate))
    with pytest.raises(Unusable, match="VTN-U024"):
        submit(SHOP, Server(secure.url, verify=certificate[0]))
    assert submit(SHOP, Server(secure.url, certificate=certificate, verify=certificate[0])).created
    assert not submit(SHOP, Server(secure.url, certificate=certificate, verify=False)).created


@pytest.mark.parametrize(
    "server",
    [
        Server("http://192.0.2.1", user="ann"),
        Server("http://example.test", token="t"),
        Server("ftp://127.0.0.1"),
        Server("127.0.0.1"),
    ],
)
def test_nothing_is_sent_where_it_could_be_read_on_the_way(server: Server) -> None:
    with pytest.raises(Invalid, match="VTN-U024"):
        submit(SHOP, server)


@pytest.mark.parametrize("document", [{}, {"vtnmd-vtn:services": {}}, {**SHOP, "vtnmd-inventory:inventory": {}}, []])
def test_only_one_service_is_submitted(document: Any) -> None:
    with pytest.raises(Invalid, match="VTN-U023"):
        submit(document, Server("http://127.0.0.1:9"))


def test_passwords_are_not_shown() -> None:
    assert "secret" not in repr(Server("https://127.0.0.1", user="ann", password="secret", token="secret"))
