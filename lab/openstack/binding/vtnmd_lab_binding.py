"""A mechanism driver for Neutron that takes every port as bound to whatever host it is asked for: the lab has no agents."""

from typing import Any

from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.plugins.ml2 import api


class LabMechanismDriver(api.MechanismDriver):  # type: ignore[misc]  # Neutron publishes no types
    """Binds a port to the first segment of its network."""

    def initialize(self) -> None:
        """Nothing has to be prepared."""

    def bind_port(self, context: Any) -> None:
        segment = context.segments_to_bind[0]
        details = {portbindings.CAP_PORT_FILTER: False}
        context.set_binding(segment[api.ID], portbindings.VIF_TYPE_OVS, details, status=constants.PORT_STATUS_ACTIVE)
