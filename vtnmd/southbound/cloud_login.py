"""How one logs in to a cloud: by its inventory entry, or by the entry of clouds.yaml that this names. Nothing is sent here."""

import ssl
from collections.abc import Callable, Mapping

from keystoneauth1.adapter import Adapter
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session

from vtnmd.domain.tree import Json


class Unusable(Exception):
    """The settings do not suffice to log in safely."""


def way_in(settings: Mapping[str, Json], timeout: float, service: str, secrets: Callable[[str], str]) -> Adapter:
    """What sends requests to a service type of the catalogue. Raises Unusable."""
    if settings.get("cloud"):
        from vtnmd.southbound.clouds_yaml import way_in_by_file  # noqa: PLC0415  loads openstacksdk, which takes a quarter of a second

        return way_in_by_file(settings, timeout, service)
    return _way_in_by_inventory(settings, timeout, service, secrets)


def _way_in_by_inventory(settings: Mapping[str, Json], timeout: float, service: str, secrets: Callable[[str], str]) -> Adapter:
    missing = [name for name in ("auth-url", "username", "password") if not settings.get(name)]
    if missing:
        raise Unusable(f"the endpoint has neither `cloud` nor {', '.join(missing)}")
    domain = settings.get("domain", "Default")
    login = Password(
        _version_3(settings["auth-url"]),
        username=settings["username"],
        password=secrets(settings["password"]),
        user_domain_name=domain,
        project_name=settings.get("project", "admin"),
        project_domain_name=domain,
    )
    session = Session(auth=login, verify=trusted(settings.get("ca-file")), timeout=timeout)
    session.session.trust_env = False  # no proxy, netrc or certificates that the inventory does not name
    return Adapter(session=session, service_type=service, interface="public", region_name=settings.get("region-name"))


def trusted(ca_file: str | None) -> str | bool:
    """What requests is to verify certificates with: the file, or else the system's authorities, which requests would pass over."""
    if ca_file:
        try:
            ssl.create_default_context(cafile=ca_file)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it holds no PEM certificate"
            raise Unusable(f"the certificate file {ca_file} cannot be used: {reason}") from None
        return ca_file
    system = ssl.get_default_verify_paths()
    return system.cafile or system.capath or True


def _version_3(auth_url: str) -> str:
    """Keystone's URL with its version, so that it need not be asked which versions it has."""
    plain = auth_url.rstrip("/")
    return plain if not plain or plain.endswith("/v3") else f"{plain}/v3"
