"""A small RESTCONF client (RFC 8040): a service is fetched, and put in the place of what a server holds."""

import ipaddress
import json
import ssl
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import httpx2

from vtnmd.domain.diagnostics import Diagnostic, Invalid, Stale, VtnmdError
from vtnmd.domain.tree import Json
from vtnmd.southbound.restconf_errors import refusals
from vtnmd.southbound.restconf_paths import DEFAULT_ROOT, HOST_META, RFC_8040, has_path, read_host_meta

_SERVICES, _SERVICE = "vtnmd-vtn:services", "vtnmd-vtn:service"


class Refused(VtnmdError):
    """The server answered with errors; nothing was written."""


class Unusable(VtnmdError):
    """There was no answer that could be understood. Whether a `submit` took effect is not known then; it may be sent again."""


@dataclass(frozen=True, slots=True)
class Server:
    """A RESTCONF server and who speaks to it: a user with password, a bearer token, or a certificate with its key (PEM files).

    `url` is that of the server, or of the root of its API where it has a path. `verify` is False, or a PEM file with the
    authorities to trust in place of the system's. `timeout` counts seconds.
    """

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    certificate: tuple[Path, Path] | None = None
    verify: bool | Path = True
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Submitted:
    """`created` says whether there was no such service before; `etag` names what is there now, where the server says so."""

    created: bool
    etag: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document for `bound_of`, and what names this state of it for `submit`."""

    document: dict[str, Json]
    etag: str


def submit(document: Json, server: Server, *, if_match: str = "") -> Submitted:
    """Put the one service of a document in the place of what the server holds under its name (RFC 8040 section 4.5).

    With `if_match`, an entity tag from `fetch` or an earlier `submit`, only where that is still what is there. Raises Invalid (not
    one service), Stale (VTN-U026), Refused (VTN-U025, one diagnostic for each error of the answer), Unusable (VTN-U024).
    """
    entry = _only_service(document)
    headers = {"Content-Type": RFC_8040.media_type, **({"If-Match": if_match} if if_match else {})}
    with _opened(server) as client:
        url = _url(client, server, str(entry["name"]))
        answer = _sent(client, "PUT", url, headers, json.dumps({_SERVICE: [entry]}).encode())
    return Submitted(answer.status_code == HTTPStatus.CREATED, answer.headers.get("etag", ""))


def fetch(service: str, server: Server) -> Fetched:
    """The configuration of a service that the server holds. Raises Refused and Unusable like `submit`."""
    with _opened(server) as client:
        answer = _sent(client, "GET", f"{_url(client, server, service)}{RFC_8040.content}", {}, None)
    try:
        entries = json.loads(answer.content)[_SERVICE]
    except (ValueError, LookupError, TypeError):
        raise Unusable(Diagnostic("VTN-U024", f"{server.url} answers with something else than the service {service}")) from None
    return Fetched({_SERVICES: {"service": entries}}, answer.headers.get("etag", ""))


def _only_service(document: Json) -> dict[str, Json]:
    services = document.get(_SERVICES, {}) if isinstance(document, dict) else {}
    entries = services.get("service", []) if isinstance(services, dict) else []
    if len(entries) != 1 or len(document) != 1 or len(services) != 1:
        hint = "submit one document for each service"
        raise Invalid(Diagnostic("VTN-U023", "the document must hold one service, and nothing else", hint=hint))
    found: dict[str, Json] = entries[0]
    return found


def _opened(server: Server) -> httpx2.Client:
    parts = urlsplit(server.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Invalid(Diagnostic("VTN-U024", f"{server.url} is no URL of a server", hint="write it https://HOST:PORT"))
    if parts.scheme == "http" and (server.user or server.token) and not _loopback(parts.hostname):
        raise Invalid(Diagnostic("VTN-U024", f"{server.url} would send credentials in clear to another machine", hint="use https"))
    headers = {"Accept": RFC_8040.media_type, **({"Authorization": f"Bearer {server.token}"} if server.token else {})}
    auth = httpx2.BasicAuth(server.user, server.password) if server.user else None
    return httpx2.Client(
        auth=auth, headers=headers, verify=_trust(server), timeout=server.timeout, follow_redirects=False, trust_env=False
    )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _trust(server: Server) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=server.verify if isinstance(server.verify, Path) else None)
        if isinstance(server.verify, Path):
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a server's own certificate may stand there
        elif not server.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if server.certificate:
            context.load_cert_chain(*server.certificate)
    except (OSError, ValueError) as error:
        raise Invalid(Diagnostic("VTN-U024", f"a certificate for {server.url} cannot be used: {error}")) from None
    return context


def _url(client: httpx2.Client, server: Server, service: str) -> str:
    """Where the service stands, below the root that the server names (RFC 8040 section 3.1) where the URL does not."""
    root = server.url
    if not has_path(root):
        answer = _exchange(client, "GET", urljoin(root, HOST_META), {"Accept": "application/xrd+xml"}, None)
        try:
            found = read_host_meta(answer.content) if answer.status_code == HTTPStatus.OK else None
        except ValueError:
            found = None
        root = urljoin(root, found or f"/{DEFAULT_ROOT}")
    return f"{root.rstrip('/')}/{RFC_8040.data}/{_SERVICES}/service={quote(service, safe='')}"


def _sent(client: httpx2.Client, method: str, url: str, headers: dict[str, str], body: bytes | None) -> httpx2.Response:
    answer = _exchange(client, method, url, headers, body)
    if answer.status_code == HTTPStatus.PRECONDITION_FAILED:
        raise Stale(
            Diagnostic("VTN-U026", f"{url} was changed by somebody else", hint="fetch it again and submit the change to that")
        )
    if not answer.is_success:
        raise _refused(answer, method, url)
    return answer


def _exchange(client: httpx2.Client, method: str, url: str, headers: dict[str, str], body: bytes | None) -> httpx2.Response:
    try:
        return client.request(method, url, headers=headers, content=body)
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError) as error:
        reason = str(error) or type(error).__name__
        raise Unusable(Diagnostic("VTN-U024", f"{method} {url}: {reason}", hint="check that the server runs there")) from None


def _refused(answer: httpx2.Response, method: str, url: str) -> VtnmdError:
    """One diagnostic for each error of the answer (RFC 8040 section 7.1)."""
    status = f"HTTP {answer.status_code}"
    try:
        found = refusals(json.loads(answer.content))
    except (ValueError, RecursionError):
        found = ()
    if not found:
        return Unusable(Diagnostic("VTN-U024", f"{method} {url}: {status}, and no RESTCONF error", detail=answer.text[:500]))
    return Refused(
        *(
            Diagnostic("VTN-U025", f"{error.message or error.tag}", detail=f"{status} {error}", address=error.path)
            for error in found
        )
    )
