"""EC2 credentials of the simulated Keystone: made, listed and deleted by their user, and signatures checked against them.

The paths are those of `OS-EC2` below a user. A signature is one of AWS version 2, over method, host, path and all parameters; it is
good for fifteen minutes.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from vtnmd.domain.tree import Json
from vtnmd.lab.keystone import PROJECT_ID, USER_ID, Keystone, keystone_error

_LIFE = timedelta(minutes=15)


class Ec2Credentials:
    """The access keys of the one user, by what they sign with."""

    def __init__(self, keystone: Keystone) -> None:
        self._keystone = keystone
        self._secrets: dict[str, str] = {}

    async def collection(self, request: Request) -> Response:
        """GET and POST `/v3/users/{user}/credentials/OS-EC2`."""
        refusal = self._keystone.refusal_of_user(request)
        if refusal is not None:
            return refusal
        if request.method == "GET":
            return JSONResponse({"credentials": [_shown(access, secret) for access, secret in self._secrets.items()]})
        access, secret = secrets.token_hex(16), secrets.token_hex(16)
        self._secrets[access] = secret
        return JSONResponse({"credential": _shown(access, secret)}, 201)

    async def one(self, request: Request) -> Response:
        """DELETE `/v3/users/{user}/credentials/OS-EC2/{access}`."""
        refusal = self._keystone.refusal_of_user(request)
        if refusal is not None:
            return refusal
        if self._secrets.pop(request.path_params["access"], None) is None:
            return keystone_error(404, "Not Found", "EC2 access key not found.")
        return Response(status_code=204)

    def proves(self, request: Request, parameters: Mapping[str, str]) -> bool | None:
        """Whether the parameters of a request are signed by a credential. None where there is no such access key."""
        secret = self._secrets.get(parameters.get("AWSAccessKeyId", ""))
        if secret is None:
            return None
        signed = {name: value for name, value in parameters.items() if name != "Signature"}
        text = "&".join(f"{quote(name, safe='-_~')}={quote(signed[name], safe='-_~')}" for name in sorted(signed))
        whole = "\n".join([request.method, request.headers["Host"].lower(), request.url.path, text])
        wanted = base64.b64encode(hmac.new(secret.encode(), whole.encode(), hashlib.sha256).digest()).decode()
        return hmac.compare_digest(wanted, parameters.get("Signature", "")) and _is_recent(parameters.get("Timestamp", ""))


def _is_recent(timestamp: str) -> bool:
    try:
        return datetime.now(UTC) <= datetime.fromisoformat(timestamp).astimezone(UTC) + _LIFE
    except ValueError:
        return False


def _shown(access: str, secret: str) -> Json:
    return {"access": access, "secret": secret, "user_id": USER_ID, "tenant_id": PROJECT_ID, "trust_id": None}
