"""A user of a genuine OpenStack who logs in by REST, and what is asked for such a user."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2


@dataclass(frozen=True)
class OpenStackUser:
    """A login in one project. `catalogue` maps (service type, region) to the URL of the API."""

    client: httpx2.Client
    project: str
    catalogue: Mapping[tuple[str, str], str]

    def ask(self, method: str, url: str, body: Any = None) -> Any:
        """The JSON of an answer, None where it has none. Fails the test on any error."""
        answer = self.client.request(method, url, json=body)
        assert answer.is_success, f"{method} {url}: {answer.status_code} {answer.text}"
        try:
            return answer.json()
        except ValueError:  # what was only accepted says so in text
            return None

    def api(self, service: str, region: str) -> str:
        return self.catalogue[service, region].rstrip("/")


@contextmanager
def logged_in(auth_url: str, authority: str, user: str, password: str, project: str) -> Iterator[OpenStackUser]:
    domain = {"name": "Default"}
    scope = {"project": {"name": project, "domain": domain}}
    identity = {"methods": ["password"], "password": {"user": {"name": user, "domain": domain, "password": password}}}
    with httpx2.Client(
        verify=ssl.create_default_context(cafile=authority), trust_env=False, timeout=60, follow_redirects=True
    ) as client:
        answer = client.post(f"{auth_url}/auth/tokens", json={"auth": {"identity": identity, "scope": scope}})
        assert answer.status_code == 201, answer.text
        token = answer.json()["token"]
        client.headers["X-Auth-Token"] = answer.headers["X-Subject-Token"]
        catalogue = {
            (service["type"], endpoint["region"]): endpoint["url"]
            for service in token["catalog"]
            for endpoint in service["endpoints"]
            if endpoint["interface"] == "public"
        }
        yield OpenStackUser(client, token["project"]["id"], catalogue)


def made(admin: OpenStackUser, auth_url: str, kind: str, **fields: Any) -> str:
    """Have Keystone make something; gives its id."""
    return str(admin.ask("POST", f"{auth_url}/{kind}s", {kind: fields})[kind]["id"])
