"""How one logs in to a cloud by an entry of clouds.yaml. The only importer of openstacksdk."""

import threading
import warnings
from collections.abc import Mapping
from typing import Any

from keystoneauth1.adapter import Adapter
from openstack.config import OpenStackConfig
from openstack.exceptions import SDKException

from vtnmd.domain.tree import Json
from vtnmd.southbound.cloud_login import Unusable, trusted

_QUIET = threading.Lock()
"""Held while warnings are silenced, which is a setting of the whole process."""


def way_in_by_file(settings: Mapping[str, Json], timeout: float, service: str) -> Adapter:
    """What `cloud` names in clouds.yaml, found where openstacksdk looks for it; region-name and ca-file of the inventory win.

    Raises Unusable.
    """
    given = {"cacert": settings.get("ca-file"), "region_name": settings.get("region-name")}
    known: dict[str, Any] = {"api_timeout": timeout} | {name: value for name, value in given.items() if value}
    try:
        with _QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openstacksdk 4.22 warns of InfluxDB whether or not it is configured
            region = OpenStackConfig().get_one(cloud=settings["cloud"], **known)
            session = region.get_session()
    except SDKException as error:
        raise Unusable(str(error)) from None
    if isinstance(session.verify, str):
        trusted(session.verify)
    if session.verify is False:
        raise Unusable(f"clouds.yaml switches off TLS verification for {settings['cloud']}: name the authority as `cacert` instead")
    return Adapter(
        session=session,
        service_type=service,
        interface=region.get_interface(service),
        region_name=region.get_region_name(service),
        endpoint_override=region.get_endpoint(service),
    )
