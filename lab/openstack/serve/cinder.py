"""Cinder: scheduler, volume service and API."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import os_brick
from cinder import coordination, objects, rpc, service, version
from cinder.common import config, constants
from oslo_config import cfg
from oslo_log import log
from oslo_service import wsgi


def applications(home: Path) -> Mapping[str, Any]:
    settings = cfg.CONF
    objects.register_all()
    settings(["--config-file", str(home / "cinder.conf")], project="cinder", version=version.version_string())
    log.setup(settings, "cinder")
    config.set_middleware_defaults()
    os_brick.setup(settings)
    coordination.COORDINATOR.start()
    rpc.init(settings)
    for backend in settings.enabled_backends:
        host = f"{settings.host}@{backend}"
        service.Service.create(host=host, service_name=backend, binary=constants.VOLUME_BINARY, coordination=True).start()
    service.Service.create(binary="cinder-scheduler").start()
    return {"cinder": wsgi.Loader(settings).load_app(name="osapi_volume")}
