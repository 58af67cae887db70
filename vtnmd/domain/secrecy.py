"""What may be shown of a text that may hold a secret."""

import re
from urllib.parse import urlsplit

_URL = re.compile(r"[a-z][a-z0-9+]*://\S+")
_SECRET = re.compile(r"(?:^|&)(?:ssl)?password=[^&]*")


def without_secrets(text: str) -> str:
    """The text, in which no URL holds a password: neither behind its user nor among its parameters."""
    return _URL.sub(lambda found: _plain(found.group()), text)


def _plain(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("://")[0] + "://…"
    user, at, host = parts.netloc.rpartition("@")
    query = _SECRET.sub("", parts.query).removeprefix("&")
    rest = "".join(f"{sign}{part}" for sign, part in (("?", query), ("#", parts.fragment)) if part)
    return f"{parts.scheme}://{user.partition(':')[0]}{at}{host}{parts.path}{rest}"
