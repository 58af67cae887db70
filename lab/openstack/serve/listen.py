"""An HTTPS server for a WSGI application: a thread for each connection."""

import threading
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):  # type: ignore[misc]  # Werkzeug is not installed where types are checked
    """Says nothing of requests, which the services log themselves."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


def listen(application: Any, address: str, port: int, identity: tuple[Path, Path]) -> None:
    """Serve from now on. `identity` are the files of the certificate and of its key."""
    certificate, key = (str(path) for path in identity)
    server = make_server(address, port, application, threaded=True, request_handler=_Quiet, ssl_context=(certificate, key))
    threading.Thread(target=server.serve_forever, daemon=True).start()
