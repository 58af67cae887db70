"""A Keystone on loopback that knows a few tokens, over TLS."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.certificates import self_signed


def token(user: str = "ann", project: str = "acme", roles: tuple[str, ...] = ("member",), **said: Any) -> dict[str, Any]:
    """What Keystone says of a token; without a project it is of no scope."""
    domain = {"id": "default", "name": said.pop("domain", "Default")}
    scope = {"project": {"id": f"id-of-{project}", "name": project, "domain": domain}} if project else {}
    return {
        "methods": ["password"],
        "user": {"id": f"id-of-{user}", "name": user, "domain": domain, "password_expires_at": None},
        "roles": [{"id": f"id-of-{role}", "name": role} for role in roles],
        "issued_at": "2026-11-27T12:00:00.000000Z",
        "expires_at": "2099-01-01T00:00:00.000000Z",
        "audit_ids": ["x"],
        **scope,
        **said,
    }


@dataclass
class FakeKeystone:
    """`tokens` are those that are good; `status`, where it is not 0, is what everything is answered with."""

    url: str
    authority: Path
    tokens: dict[str, Any] = field(default_factory=dict)
    status: int = 0
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, asking: str, subject: str) -> tuple[int, Any]:
        self.asked.append(path)
        if self.status:
            return self.status, {"error": {"code": self.status}}
        if asking not in self.tokens:
            return 401, {"error": {"code": 401}}
        found = self.tokens.get(subject)
        return (404, {"error": {"code": 404}}) if found is None else (200, {"token": found})


@contextmanager
def fake_keystone(folder: Path) -> Iterator[FakeKeystone]:
    certificate, key = self_signed(folder)
    keystone = FakeKeystone("", certificate)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = keystone.answer(self.path, self.headers.get("X-Auth-Token", ""), self.headers.get("X-Subject-Token", ""))
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name is http.server's
            """Nothing is told on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    keystone.url = f"https://127.0.0.1:{server.server_address[1]}/v3"
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield keystone
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
