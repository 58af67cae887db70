"""A Keystone on loopback that knows a few tokens, over TLS."""

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
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
    """`tokens` are those that are good; `status`, where it is not 0, is what everything is answered with.

    The user of `login` gets a token by name and password, and may validate every one. Tokens of `trusts` may not ask about
    themselves.
    """

    url: str
    authority: Path
    tokens: dict[str, Any] = field(default_factory=dict)
    status: int = 0
    asked: list[str] = field(default_factory=list)
    login: tuple[str, str] = ("", "")
    trusts: set[str] = field(default_factory=set)
    logged_in: set[str] = field(default_factory=set)

    def answer(self, path: str, asking: str, subject: str) -> tuple[int, Any]:
        self.asked.append(path)
        if self.status:
            return self.status, {"error": {"code": self.status}}
        if asking not in self.tokens and asking not in self.logged_in:
            return 401, {"error": {"code": 401}}
        if asking in self.trusts:
            return 403, {"error": {"code": 403}}
        found = self.tokens.get(subject)
        return (404, {"error": {"code": 404}}) if found is None else (200, {"token": found})

    def log_in(self, user: Mapping[str, Any]) -> str:
        """A token for who has the right password; empty for others."""
        if (user["name"], user["password"]) != self.login:
            return ""
        self.logged_in.add(f"own-{len(self.logged_in)}")
        return f"own-{len(self.logged_in) - 1}"

    def forget_logins(self) -> None:
        """As if those tokens were out of date."""
        self.logged_in = {f"gone-{number}" for number in range(len(self.logged_in))}


@contextmanager
def fake_keystone(folder: Path) -> Iterator[FakeKeystone]:
    certificate, key = self_signed(folder)
    keystone = FakeKeystone("", certificate)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = keystone.answer(self.path, self.headers.get("X-Auth-Token", ""), self.headers.get("X-Subject-Token", ""))
            self.reply(status, body)

        def do_POST(self) -> None:
            given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            own = keystone.log_in(given["auth"]["identity"]["password"]["user"])
            self.reply(201 if own else 401, {}, {"X-Subject-Token": own})

        def reply(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
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
