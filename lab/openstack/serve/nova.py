"""Nova: conductor, scheduler, one compute node whose hypervisor is fake, and the API."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nova.conf
import os_brick
import os_vif
from keystoneauth1 import exceptions, loading
from nova import context, service
from nova.api.openstack import wsgi_app
from nova.compute import rpcapi as compute
from nova.conductor import rpcapi as conductor
from nova.objects import host_mapping
from nova.scheduler import rpcapi as scheduler

_STEP = 0.2
_SERVICES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("nova-conductor", conductor.RPC_TOPIC, {}),
    ("nova-scheduler", scheduler.RPC_TOPIC, {}),
    ("nova-compute", compute.RPC_TOPIC, {"topic_alt": compute.RPC_TOPIC_ALT}),
)


def applications(home: Path) -> Mapping[str, Any]:
    os.environ["OS_NOVA_CONFIG_DIR"] = str(home)
    settings = nova.conf.CONF
    wsgi_app.init_global_data([str(home / "nova.conf")], "osapi_compute", "nova-api-os-compute")
    os.environ["OS_NOVA_CONFIG_FILES"] = f"{settings.wsgi.api_paste_config};nova.conf"
    os_brick.setup(settings)
    os_vif.initialize()
    _await_placement(settings)
    for binary, topic, more in _SERVICES:
        service.Service.create(binary=binary, topic=topic, **more).start()
    host_mapping.discover_hosts(context.get_admin_context())
    return {"nova": wsgi_app.init_application("osapi_compute", "nova-api-os-compute")}


def _await_placement(settings: Any) -> None:
    """A compute node that cannot register with Placement when it starts tries again only after a minute."""
    login = loading.load_auth_from_conf_options(settings, "placement")
    session = loading.load_session_from_conf_options(settings, "placement", auth=login)
    while True:
        try:
            session.get("/", endpoint_filter={"service_type": "placement", "region_name": settings.placement.region_name})
        except exceptions.ClientException:
            # A token that was given before the catalogue was filled knows no Placement.
            session.invalidate()
            time.sleep(_STEP)
        else:
            return
