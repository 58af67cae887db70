"""The simulated Keystone: Identity API v3 with one user, one project and a catalogue that names both APIs of Heat."""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from vtnmd.domain.tree import Json

PROJECT_ID = "0d5b3f4c7f8e4c1a9b6d2e3f4a5b6c7d"
USER_ID = "5a1f0c9e8d7b4a6f93e2c1d0b9a8f7e6"


@dataclass(frozen=True, slots=True)
class Login:
    """The one user of a simulated cloud, its project and the name of its region. Tokens live for `token_seconds`."""

    username: str = "admin"
    password: str = "secret"  # noqa: S105  a simulator's default, which the lab replaces
    project: str = "admin"
    domain: str = "Default"
    region: str = "RegionOne"
    token_seconds: float = 3600.0


class Keystone:
    """Gives tokens and knows those that are still good."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._tokens: dict[str, datetime] = {}

    def revoke_all(self) -> None:
        """Forget every token, as after a restart of a Keystone without a shared key."""
        self._tokens.clear()

    async def versions(self, request: Request) -> Response:
        return JSONResponse({"versions": {"values": [_version(request)]}}, 300)

    async def version(self, request: Request) -> Response:
        return JSONResponse({"version": _version(request)})

    async def log_in(self, request: Request) -> Response:
        """POST /v3/auth/tokens with method password and a project scope."""
        try:
            given = json.loads(await request.body())["auth"]
            user, project = given["identity"]["password"]["user"], given["scope"]["project"]
            who = (user["name"], user["password"], user["domain"]["name"], project["name"], project["domain"]["name"])
        except (ValueError, KeyError, TypeError):
            return keystone_error(400, "Bad Request", "Expecting to find password and a project scope in auth.")
        login = self._login
        if who != (login.username, login.password, login.domain, login.project, login.domain):
            return keystone_error(401, "Unauthorized", "The request you have made requires authentication.")
        token, expires = secrets.token_urlsafe(24), datetime.now(UTC) + timedelta(seconds=login.token_seconds)
        self._tokens[token] = expires
        return JSONResponse({"token": self._token(request, expires)}, 201, {"X-Subject-Token": token})

    def refusal(self, request: Request) -> Response | None:
        """What a request to Heat without a good token, or to another project, is answered with."""
        if not self.knows_token(request):
            return keystone_error(401, "Unauthorized", "The request you have made requires authentication.")
        if request.path_params["project"] != PROJECT_ID:
            return keystone_error(403, "Forbidden", "You are not authorized to perform the requested action.")
        return None

    def refusal_of_user(self, request: Request) -> Response | None:
        """What a request about a user is answered with that does not come from this user."""
        if not self.knows_token(request):
            return keystone_error(401, "Unauthorized", "The request you have made requires authentication.")
        if request.path_params["user"] != USER_ID:
            return keystone_error(403, "Forbidden", "You are not authorized to perform the requested action.")
        return None

    def knows_token(self, request: Request) -> bool:
        """Whether a request brings a token that is still good."""
        expires = self._tokens.get(request.headers.get("X-Auth-Token", ""))
        return expires is not None and expires >= datetime.now(UTC)

    def _token(self, request: Request, expires: datetime) -> Json:
        login, domain = self._login, {"id": self._login.domain.lower(), "name": self._login.domain}
        root = f"{request.url.scheme}://{request.url.netloc}"
        services = {
            "orchestration": f"{root}/heat-api/v1/{PROJECT_ID}",
            "cloudformation": f"{root}/heat-api-cfn/v1",
        }
        return {
            "methods": ["password"],
            "user": {"id": USER_ID, "name": login.username, "domain": domain, "password_expires_at": None},
            "project": {"id": PROJECT_ID, "name": login.project, "domain": domain},
            "is_domain": False,
            "roles": [{"id": "admin", "name": "admin"}],
            "audit_ids": [secrets.token_urlsafe(12)],
            "issued_at": _time(datetime.now(UTC)),
            "expires_at": _time(expires),
            "catalog": [self._service(kind, url) for kind, url in services.items()],
        }

    def _service(self, kind: str, url: str) -> Json:
        region = self._login.region
        endpoint = {"id": f"heat-{kind}", "interface": "public", "region": region, "region_id": region, "url": url}
        return {"id": kind, "name": "heat", "type": kind, "endpoints": [endpoint]}


def _version(request: Request) -> Json:
    link = {"rel": "self", "href": f"{request.url.scheme}://{request.url.netloc}/identity/v3/"}
    return {"id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z", "links": [link], "media-types": []}


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def keystone_error(code: int, title: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "title": title, "message": message}}, code)
