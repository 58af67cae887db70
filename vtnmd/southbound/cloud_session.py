"""Logs in to Keystone and exchanges one request with Heat, blocking.

What those raise is turned into the driver port's errors here:

    the login got no whole answer             Unreachable
    Heat was never connected to               Unreachable
    a GET got no whole answer                 Unreachable, for nothing can have changed
    another request got no whole answer       InDoubt
    408 or 429                                Busy
    5xx, from Keystone or Heat                Failing
    any other refusal                         Rejected
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests
import urllib3.exceptions
from keystoneauth1 import exceptions as keystone_errors
from keystoneauth1.identity.base import BaseIdentityPlugin
from requests.adapters import HTTPAdapter

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json
from vtnmd.southbound.cloud_login import Unusable, way_in
from vtnmd.southbound.ports import Busy, EndpointError, Failing, InDoubt, Rejected, Unreachable

for _noisy in ("openstack", "keystoneauth", "urllib3"):
    logging.getLogger(_noisy).setLevel(logging.CRITICAL)

_SERVICES = {"native": "orchestration", "cloudformation": "cloudformation"}
"""What the catalogue of Keystone calls the APIs of Heat."""
_JSON = {"Accept": "application/json"}

CREDENTIALS_HINT = "check username, password, project and domain of the endpoint, or its entry in clouds.yaml"
ROLES_HINT = "vtnmd needs a role that may manage stacks, and provider networks in Neutron"


class CloudSession:
    """A login to one cloud and the connections to one API of its Heat. Safe to use from several threads."""

    def __init__(self, endpoint: Mapping[str, Json], secrets: Callable[[str], str]) -> None:
        """Reads clouds.yaml or the inventory's settings and sends nothing. Raises Rejected (VTN-E307, VTN-E001)."""
        self.name = str(endpoint["name"])
        settings, timeout = endpoint["heat"], float(endpoint.get("timeout", 30))
        service = _SERVICES[settings.get("api", "native")]
        try:
            self._adapter = way_in(settings, timeout, service, secrets)
        except (Unusable, keystone_errors.ClientException) as error:
            hint = "check the endpoint in the inventory, or its entry in clouds.yaml"
            raise Rejected(Diagnostic("VTN-E307", f"{self.name}: {_first_line(error)}", hint=hint)) from None
        keys = settings.get("ec2-credentials")
        self.keys = (str(keys["access-key"]), secrets(keys["secret-key"])) if keys else None
        """Access key and secret key to sign with, where the inventory names some."""
        self.project = ""
        """The id of the project that is logged in to, once one is."""

    def log_in(self) -> None:
        """Get a token where there is none or it is about to expire. Raises Unreachable, Busy or Rejected."""
        try:
            self._adapter.get_token()
            endpoint = self._adapter.get_endpoint()
            self.project = str(self._adapter.get_project_id() or "")
        except keystone_errors.ClientException as error:
            raise _login_error(self.name, error) from None
        if not endpoint:
            service = self._adapter.service_type
            raise Rejected(no_heat(self.name, f"the catalogue of Keystone holds no {service} service for this region"))

    @property
    def url(self) -> str:
        """The root of the API, as the catalogue has it."""
        return str(self._adapter.get_endpoint()).rstrip("/")

    @property
    def user(self) -> str:
        """The name of who is logged in, empty where the login has none."""
        login = self._adapter.session.auth
        return login.get_access(self._adapter.session).username or "" if isinstance(login, BaseIdentityPlugin) else ""

    def ask(self, what: str, method: str, path: str, *, reads: bool, **options: Any) -> requests.Response:
        """Send one request and give the answer, whatever its status. Raises what its loss means; `what` names it there."""
        try:
            # Redirects are not followed: behind a misconfigured proxy they lead from https to http, and the token with them.
            return self._adapter.request(path, method, raise_exc=False, redirect=False, **options)
        except keystone_errors.ClientException as error:
            raise _exchange_error(what, error, reads=reads) from None

    def exchange(self, method: str, path: str, body: Json) -> Json:
        """Send one request and give the JSON body of the answer, None where it has none. Raises any EndpointError."""
        what = f"{self.name}: {method} {path.partition('?')[0]}"
        # Heat answers an update in HTML to whoever does not ask for JSON.
        answer = self.ask(what, method, path, reads=method == "GET", json=body, headers=_JSON)
        if answer.status_code >= 300:
            raise _refusal(what, answer)
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError:
            raise lost(what, "the answer is not JSON", reads=method == "GET") from None

    def close(self) -> None:
        """Close idle connections; one in use closes when its exchange ends. Never raises."""
        session = self._adapter.session.session
        pools = [adapter.poolmanager.pools for adapter in session.adapters.values() if isinstance(adapter, HTTPAdapter)]
        for pool in [held.get(key) for held in pools for key in held.keys()]:  # noqa: SIM118  these pools cannot be iterated over
            # requests would leave it to the garbage collector, which errors that refer to their pool delay.
            if pool is not None:
                pool.close()
        session.close()


def _login_error(name: str, error: Exception) -> EndpointError:
    """Nothing has been sent to Heat yet."""
    match error:
        case keystone_errors.SSLError():
            return Unreachable(_untrusted(f"{name}: Keystone", error))
        case keystone_errors.Unauthorized() | keystone_errors.BadRequest() | keystone_errors.NotFound():
            summary = f"{name}: Keystone refused the login ({error.http_status} {_first_line(error)})"
            return Rejected(Diagnostic("VTN-E012", summary, hint=CREDENTIALS_HINT))
        case keystone_errors.Forbidden():
            return Rejected(Diagnostic("VTN-E301", f"{name}: Keystone: {_first_line(error)}", hint=ROLES_HINT))
        case keystone_errors.CatalogException():
            return Rejected(no_heat(name, _first_line(error)))
        case keystone_errors.AuthPluginException() | keystone_errors.MissingAuthMethods():
            return Rejected(Diagnostic("VTN-E307", f"{name}: {_first_line(error)}", hint=CREDENTIALS_HINT))
        case keystone_errors.HttpError():
            summary = f"{name}: Keystone answers {error.http_status}"
            kind = Failing if error.http_status >= 500 else Busy
            return kind(Diagnostic("VTN-E014", summary, hint="look at the log of Keystone", detail=_first_line(error)))
        case _:
            return Unreachable(_unreachable(f"{name}: Keystone", error))


def _exchange_error(what: str, error: Exception, *, reads: bool) -> EndpointError:
    match error:
        case keystone_errors.SSLError():
            return Unreachable(_untrusted(what, error))
        case keystone_errors.HttpError():  # Heat refused the token as expired and Keystone the new login
            return _login_error(what, error)
    if _never_connected(error):
        return Unreachable(_unreachable(what, error))
    return lost(what, _root(error), reads=reads)


def lost(what: str, why: str, *, reads: bool) -> EndpointError:
    """The error of a request that left and of which no whole answer came."""
    if reads:
        return Unreachable(
            Diagnostic("VTN-E010", f"{what}: no whole answer: {why}", hint="check the cloud and what stands before it")
        )
    hint = "it is not known whether the request took effect; vtnmd reads before it goes on"
    return InDoubt(Diagnostic("VTN-E013", f"{what}: no whole answer: {why}", hint=hint))


def _never_connected(error: BaseException) -> bool:
    """Whether an error proves that no connection was made, so that nothing can have been sent."""
    proof = (requests.ConnectTimeout, urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
    return any(isinstance(cause, proof) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was made from: contexts, and the reasons that urllib3 and requests pass as arguments."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop()
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting += [current.__context__, current.__cause__, getattr(current, "reason", None), *current.args]


def _refusal(what: str, answer: requests.Response) -> EndpointError:
    """An answer with a status of 300 or more, by its status. Heat's own message, where there is one, becomes the detail."""
    status, message = answer.status_code, _message(answer)
    if status in {401, 403}:
        code, hint = ("VTN-E012", CREDENTIALS_HINT) if status == 401 else ("VTN-E301", ROLES_HINT)
        return Rejected(Diagnostic(code, f"{what}: refused with {status}", hint=hint, detail=message))
    if status == 404:
        return Rejected(Diagnostic("VTN-E309", f"{what}: {message or 'not found'}", hint="check region-name of the endpoint"))
    if status == 409:
        return Rejected(Diagnostic("VTN-E310", f"{what}: {message or 'conflict'}", hint="look at the stack in the cloud"))
    if status >= 500 or status in {408, 429}:
        kind = Failing if status >= 500 else Busy
        return kind(Diagnostic("VTN-E014", f"{what}: answered {status}", hint="look at the log of Heat", detail=message))
    if status < 400:
        return Rejected(no_heat(what, f"the endpoint in the catalogue redirects to {answer.headers.get('Location', 'nowhere')}"))
    return Rejected(Diagnostic("VTN-E304", f"{what}: {message or f'refused with {status}'}", hint="see the message of Heat"))


def _message(answer: requests.Response) -> str:
    """What Heat says of an error: its `error.message`, or else its `explanation`; empty where the body is something else."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    told = error.get("message") if isinstance(error, dict) else None
    return str(told or body.get("explanation") or "")


def _unreachable(what: str, error: Exception) -> Diagnostic:
    hint = "check that the cloud is up and reachable from here"
    return Diagnostic("VTN-E010", f"{what} cannot be reached: {_root(error)}", hint=hint)


def _untrusted(what: str, error: Exception) -> Diagnostic:
    hint = "name the certificate authority as ca-file of the endpoint, or cacert in clouds.yaml"
    return Diagnostic("VTN-E011", f"{what}: its certificate is not trusted", hint=hint, detail=_root(error))


def no_heat(what: str, why: str) -> Diagnostic:
    return Diagnostic("VTN-E302", f"{what}: {why}", hint="check region-name of the endpoint and the catalogue of Keystone")


def _root(error: Exception) -> str:
    """The innermost reason, in the words of the operating system where it gave one."""
    causes = list(_causes(error))
    told = [cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror]
    return told[-1] if told else _first_line(error)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
