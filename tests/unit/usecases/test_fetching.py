"""Files are fetched with bounds: TLS, size, time, redirects."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.certificates import self_signed
from vtnmd.compiler.tosca import Unreadable
from vtnmd.usecases.fetching import FetchLimits, Pages


class Handler(BaseHTTPRequestHandler):
    """Answers that a careful client must be ready for."""

    def do_GET(self) -> None:
        kind, _, rest = self.path.strip("/").partition("/")
        if kind == "redirect":
            self.answer(302, {"Location": "/" + rest})
        elif kind == "away":
            self.answer(302, {"Location": "file:///etc/passwd"})
        elif kind == "packed":
            self.answer(200, {"Content-Encoding": "gzip"}, b"x")
        elif kind == "slow":
            self.answer(200, {"Content-Length": "1000"})
            for _ in range(1000):
                self.wfile.write(b"x")
                time.sleep(0.02)
        elif kind == "large":
            self.answer(200, {}, b"x" * 100_000)
        else:
            self.answer(200 if kind == "page" else 404, {}, self.path.encode())

    def answer(self, status: int, headers: dict[str, str], content: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing is written to the test's output."""


@contextmanager
def server(context: ssl.SSLContext | None = None) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        serving.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients here go away early, on purpose
        if context:
            serving.socket = context.wrap_socket(serving.socket, server_side=True)
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http{'s' if context else ''}://127.0.0.1:{serving.server_port}"
        finally:
            serving.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server() as found:
        yield found


def test_a_page_is_fetched_once(url: str) -> None:
    pages = Pages()
    assert pages.fetch(f"{url}/page/a", 1000) == b"/page/a"
    pages.fetched[f"{url}/page/a"] = b"kept"
    assert pages.fetch(f"{url}/page/a", 1000) == b"kept"


def test_redirects_are_followed_as_far_as_is_reasonable(url: str) -> None:
    assert Pages().fetch(f"{url}/redirect/redirect/redirect/page", 1000) == b"/page"
    with pytest.raises(Unreadable, match="more than 3 times"):
        Pages().fetch(f"{url}/redirect/redirect/redirect/redirect/page", 1000)
    with pytest.raises(Unreadable, match="file"):
        Pages().fetch(f"{url}/away", 1000)


def test_no_more_is_read_than_was_asked_for(url: str) -> None:
    assert 1000 < len(Pages().fetch(f"{url}/large", 1000)) < 100_000


@pytest.mark.parametrize(("path", "reason"), [("none", "HTTP 404"), ("packed/a", "compressed")])
def test_other_answers_are_refused(url: str, path: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        Pages().fetch(f"{url}/{path}", 1000)


def test_a_server_that_trickles_is_left(url: str) -> None:
    with pytest.raises(Unreadable, match="in time"):
        Pages(FetchLimits(whole=0.2)).fetch(f"{url}/slow", 10_000)


def test_nobody_answers() -> None:
    with server() as gone:
        pass
    with pytest.raises(Unreadable, match="refused"):
        Pages().fetch(f"{gone}/page", 1000)


def test_a_certificate_must_be_trusted(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))
    with server(context) as secure, pytest.raises(Unreadable, match="not trusted"):
        Pages().fetch(f"{secure}/page", 1000)
