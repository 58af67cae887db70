"""Heat: the engine, its native API and the one that is compatible with CloudFormation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from heat import version
from heat.common import config, crypt, messaging  # noqa: F401 - crypt declares a setting that the check needs
from heat.engine import service, template
from heat.rpc import api
from oslo_config import cfg
from oslo_log import log

_APPLICATIONS = {"heat": "heat-api", "heat-cfn": "heat-api-cfn"}


def applications(home: Path) -> Mapping[str, Any]:
    settings = cfg.CONF
    log.register_options(settings)
    files = [home / "heat.conf", *home.glob("more.conf")]  # of two values of a setting, the later counts
    arguments = [word for file in files for word in ("--config-file", str(file))]
    settings(arguments, project="heat", prog="heat-engine", version=version.version_info.version_string())
    log.setup(settings, "heat-engine")
    log.set_defaults()
    config.set_config_defaults()
    messaging.setup()
    config.startup_sanity_check()
    template._get_template_extension_manager()  # noqa: SLF001 - as heat-engine does, before threads ask for it at the same time
    service.EngineService(settings.host, api.ENGINE_TOPIC).start()
    return {name: config.load_paste_app(application) for name, application in _APPLICATIONS.items()}
