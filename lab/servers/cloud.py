"""A region's OpenStack, reached as its entry in the inventory of the lab says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from keystoneauth1.adapter import Adapter
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session

_SECONDS = 60


def api(inventory: Path, region: str, service: str) -> Adapter:
    """The API of a service type, such as `network`, with the rights of whoever the inventory names. Sends nothing yet."""
    settings = _settings(inventory, region)
    login = Password(
        settings["auth-url"],
        username=settings["username"],
        password=(inventory.parent / settings["password"].removeprefix("file:")).read_text(encoding="utf-8").strip(),
        user_domain_name="Default",
        project_name=settings.get("project", "admin"),
        project_domain_name="Default",
    )
    session = Session(auth=login, verify=str(inventory.parent / settings["ca-file"]), timeout=_SECONDS)
    session.session.trust_env = False  # no proxy stands between the lab and itself
    return Adapter(session=session, service_type=service, interface="public", region_name=region)


def _settings(inventory: Path, region: str) -> Mapping[str, Any]:
    regions = yaml.safe_load(inventory.read_text(encoding="utf-8"))["inventory"]["region"]
    (found,) = (
        endpoint["heat"] for entry in regions if entry["name"] == region for endpoint in entry["endpoint"] if "heat" in endpoint
    )
    return dict(found)
