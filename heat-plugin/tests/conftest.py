"""Heat's engine on a database in memory, with a client that speaks to a vtnmd in memory."""

from collections.abc import Iterator
from unittest import mock

import pytest
import vtnmd_heat
from heat.common import messaging, policy
from heat.engine import resources, scheduler
from heat.tests import utils
from memory import MemoryNorthbound, World
from oslo_config import cfg
from vtnmd_heat import client_plugin


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def engine(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Heat, ready for stacks, with the plug-in found in plugin_dirs and by its entry points."""
    cfg.CONF.set_override("plugin_dirs", [f"{vtnmd_heat.__path__[0]}/plugins"])
    cfg.CONF.set_override("deferred_auth_method", "password")
    cfg.CONF.set_override("convergence_engine", override=False)
    cfg.CONF.set_override("action_retry_limit", 0)
    cfg.CONF.set_override("url", "https://vtnmd.example", group="clients_vtnmd")
    messaging.setup("fake://", optional=True)
    utils.setup_dummy_db()
    monkeypatch.setattr(scheduler, "ENABLE_SLEEP", False)
    monkeypatch.setattr(client_plugin.VtnmdClientPlugin, "_create", lambda *_: MemoryNorthbound(world))
    monkeypatch.setattr(client_plugin.VtnmdClientPlugin, "project_name", lambda _: "acme")
    for finder in ("find_image_name", "find_flavor_name"):
        monkeypatch.setattr(client_plugin.VtnmdClientPlugin, finder, lambda _, value: value)
    with mock.patch.object(policy.ResourceEnforcer, "enforce"):
        resources.global_env()
        yield world
    utils.reset_dummy_db()
    messaging.cleanup()
    cfg.CONF.reset()
