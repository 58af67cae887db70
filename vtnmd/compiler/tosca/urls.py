"""URL imports: a library around another one, in which `http` and `https` URLs name files too.

Relative imports of a fetched file are relative to its URL, so it can never name a file of this machine.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from vtnmd.compiler.tosca.library import Library, Refused, within

Fetch = Callable[[str, int], bytes]
"""The content of a URL, of which not many more octets than the given limit are read. Raises Unreadable."""

_SCHEMES = ("http", "https")
_LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class WithUrls:
    """The files of `library`, and those that `fetch` brings."""

    library: Library
    fetch: Fetch

    def locate(self, reference: str, base: str) -> str:
        if is_url(base):
            return _checked(_joined(base, reference))
        return _checked(reference) if "://" in reference else self.library.locate(reference, base)

    def identity(self, name: str) -> str:
        return name if is_url(name) else self.library.identity(name)

    def read(self, name: str, limit: int) -> bytes:
        return within(self.fetch(name, limit), name, limit) if is_url(name) else self.library.read(name, limit)


def is_url(name: str) -> bool:
    """Whether a file of that name is fetched."""
    return name.startswith(tuple(f"{scheme}://" for scheme in _SCHEMES))


def redirected(url: str, target: str) -> str:
    """Where a redirect leads. Raises Refused, also for one that gives up TLS."""
    found = _checked(_joined(url, target))
    if url.startswith("https://") and not found.startswith("https://"):
        raise Refused(f"{found[:200]!r} is not encrypted", "ask for a server that redirects to https only")
    return found


def _joined(base: str, reference: str) -> str:
    try:
        return urljoin(base, reference)
    except ValueError:
        return reference


def _checked(url: str) -> str:
    """The URL in normal form, without its fragment. Raises Refused for what is not fetched from anywhere."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused(f"{url[:200]!r} is no URL: {error}") from None
    if parts.username is not None or parts.password is not None:
        shown = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        hint = "let a server give the file to whoever may reach it, or import a copy by its path"
        raise Refused(f"{shown[:200]!r} is not fetched: it comes with a user or a password", hint, "VTN-T015")
    problem = _problem(url, parts)
    if problem:
        raise Refused(f"{url[:200]!r} is not fetched: {problem}", "an import is a path, or an http or https URL")
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return urlunsplit((parts.scheme, f"{host}:{port}" if port else f"{host}", parts.path, parts.query, ""))


def _problem(url: str, parts: SplitResult) -> str:
    if parts.scheme not in _SCHEMES:
        return f"{parts.scheme or 'no scheme'} is neither http nor https"
    if not parts.hostname:
        return "it names no host"
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return "it is too long, or has characters that a URL encodes"
    return ""
