"""Keystone, asked over REST, and what the lab has it hold: regions, services with their users, endpoints, and Heat's own domain."""

from collections.abc import Mapping
from typing import Any

import requests

from lab.commands import LabError
from lab.openstack.site import DOMAIN, DOMAIN_ID, REGIONAL, STACK_DOMAIN, STACK_DOMAIN_ADMIN, Site, url

_SERVICE_TYPES: Mapping[str, tuple[str, str]] = {
    "neutron": ("network", ""),
    "heat": ("orchestration", "/v1/%(tenant_id)s"),
    "heat-cfn": ("cloudformation", "/v1"),
    "nova": ("compute", "/v2.1"),
    "placement": ("placement", ""),
    "glance": ("image", ""),
    "cinder": ("volumev3", "/v3"),
}
"""The type and the path of each API in the catalogue."""

_INTERFACES = ("public", "internal", "admin")
_SECONDS = 60


class Cloud:
    """REST with the rights of one user in one project. Raises LabError for what is refused."""

    def __init__(self, site: Site, project: str = "admin", username: str = "admin", password: str = "") -> None:
        self._site = site
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy stands between the lab and itself
        self._session.verify = str(site.authority)
        domain = {"name": DOMAIN}
        user = {"name": username, "domain": domain, "password": password or site.secrets.admin}
        body = {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"name": project, "domain": domain}},
            }
        }
        answer = self._sent("POST", f"{site.auth_url}/auth/tokens", body)
        self._session.headers["X-Auth-Token"] = answer.headers["X-Subject-Token"]
        self.token: Mapping[str, Any] = answer.json()["token"]

    def ask(self, method: str, address: str, body: Any = None) -> Any:
        """Send JSON to a URL, or to a path below Keystone's; gives the JSON of the answer, None where it has none."""
        answer = self._sent(method, address if "://" in address else self._site.auth_url + address, body)
        return answer.json() if answer.content else None

    def upload(self, address: str, content: bytes) -> None:
        headers = {"Content-Type": "application/octet-stream"}
        answer = self._session.put(address, data=content, headers=headers, timeout=_SECONDS)
        _require_success(answer)

    def _sent(self, method: str, address: str, body: Any) -> requests.Response:
        answer = self._session.request(method, address, json=body, timeout=_SECONDS)
        _require_success(answer)
        return answer


def fill(site: Site, cloud: Cloud) -> None:
    """Have a Keystone that knows only its admin know everything else that the services need of it."""
    roles = {role["name"]: role["id"] for role in cloud.ask("GET", "/roles")["roles"]}
    for name in ("heat_stack_owner", "heat_stack_user", "service"):
        if name not in roles:
            roles[name] = _made(cloud, "role", name=name)
    _add_service_users(site, cloud, roles)
    _add_stack_domain(site, cloud, roles)
    admin, project = cloud.token["user"]["id"], cloud.token["project"]["id"]
    cloud.ask("PUT", f"/projects/{project}/users/{admin}/roles/{roles['heat_stack_owner']}")
    _add_catalogue(site, cloud)


def _add_service_users(site: Site, cloud: Cloud, roles: Mapping[str, str]) -> None:
    project = _made(cloud, "project", name="service", domain_id=DOMAIN_ID)
    for name in REGIONAL:
        user = _made(cloud, "user", name=name, password=site.secrets.services[name], domain_id=DOMAIN_ID)
        for role in ("admin", "service"):
            cloud.ask("PUT", f"/projects/{project}/users/{user}/roles/{roles[role]}")


def _add_stack_domain(site: Site, cloud: Cloud, roles: Mapping[str, str]) -> None:
    """Heat makes users of its own there, for instances that signal it."""
    domain = _made(cloud, "domain", name=STACK_DOMAIN)
    user = _made(cloud, "user", name=STACK_DOMAIN_ADMIN, password=site.secrets.stack_domain_admin, domain_id=domain)
    cloud.ask("PUT", f"/domains/{domain}/users/{user}/roles/{roles['admin']}")


def _add_catalogue(site: Site, cloud: Cloud) -> None:
    services = {api: _made(cloud, "service", type=kind, name=api) for api, (kind, _) in _SERVICE_TYPES.items()}
    known = {region["id"] for region in cloud.ask("GET", "/regions")["regions"]}
    (identity,) = (entry["id"] for entry in cloud.ask("GET", "/services?type=identity")["services"])
    for region in site.regions:
        if region.name not in known:
            _made(cloud, "region", id=region.name)
            for interface in _INTERFACES:
                _made(cloud, "endpoint", service_id=identity, interface=interface, region_id=region.name, url=site.auth_url)
        for api, (_, path) in _SERVICE_TYPES.items():
            for interface in _INTERFACES:
                entry = {"interface": interface, "region_id": region.name, "url": url(region, api) + path}
                _made(cloud, "endpoint", service_id=services[api], **entry)


def _made(cloud: Cloud, kind: str, **fields: object) -> str:
    return str(cloud.ask("POST", f"/{kind}s", {kind: fields})[kind]["id"])


def _require_success(answer: requests.Response) -> None:
    if answer.status_code >= 300:
        raise LabError(f"{answer.request.method} {answer.url} was answered {answer.status_code}: {answer.text[:400]}")
