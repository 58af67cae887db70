"""The client plug-in `vtnmd` of Heat: who speaks to vtnmd, and what its errors mean."""

from typing import Any

from heat.engine.clients import client_plugin

from vtnmd_heat import errors, options
from vtnmd_heat.entries import Place
from vtnmd_heat.northbound import Northbound

CLIENT_NAME = "vtnmd"

options.register()


class VtnmdClientPlugin(client_plugin.ClientPlugin):
    """Heat calls one for each request of a user, or, with a trust, for what it does on behalf of one later."""

    exceptions_module = errors
    service_types = [VTN] = ["vtn"]

    def _create(self, version: Any = None) -> Northbound:
        url = self.option("url") or self.url_for(service_type=self.VTN, endpoint_type=self.option("endpoint_type"))
        return Northbound(self.context.keystone_session, url, self._request_options())

    def option(self, name: str) -> Any:
        """A setting of [clients_vtnmd], or of [clients] where that has none."""
        return self._get_client_option(CLIENT_NAME, name)

    def _request_options(self) -> dict[str, Any]:
        certificate, key = self.option("cert_file"), self.option("key_file")
        return {
            "verify": False if self.option("insecure") else self.option("ca_file") or True,
            "timeout": self._get_client_option(CLIENT_NAME, "timeout", fallback=False),
            **({"cert": (certificate, key) if key else certificate} if certificate else {}),
        }

    @property
    def requires_probe(self) -> bool:
        """Whether resources wait for the probes of their VTN."""
        return bool(self._get_client_option(CLIENT_NAME, "require_probe", fallback=False))

    def does_endpoint_exist(self, service_type: str, service_name: str) -> bool:
        """An URL in heat.conf stands for an endpoint in the catalogue."""
        return bool(self.option("url")) or super().does_endpoint_exist(service_type, service_name)

    def is_not_found(self, ex: Exception) -> bool:
        return isinstance(ex, errors.NotFound)

    def is_over_limit(self, ex: Exception) -> bool:
        return isinstance(ex, errors.OverLimit)

    def is_conflict(self, ex: Exception) -> bool:
        return isinstance(ex, errors.Conflict)

    def project_name(self) -> str:
        """The name of the project that the user's token is of."""
        session = self.context.keystone_session
        return str(session.auth.get_access(session).project_name)

    def find_vtn(self, name: str) -> str:
        """The name of a VTN that is there. Raises NotFound."""
        self.client().read(Place(name))
        return name

    def find_region(self, name: str) -> str:
        """The name of a region that vtnmd knows. Raises NotFound."""
        known = self.client().regions()
        if name not in known:
            raise errors.NotFound(f"vtnmd knows no region {name}; it knows {', '.join(sorted(known)) or 'none'}")
        return name

    def find_image_name(self, value: str) -> str:
        """The name of an image that is given by its id in this region; anything else is a name, maybe of another region's image."""
        plugin = self.clients.client_plugin("glance")
        try:
            return str(plugin.client().images.get(value).name)
        except Exception as error:
            if plugin.is_not_found(error):
                return value
            raise

    def find_flavor_name(self, value: str) -> str:
        """The same of a flavor."""
        plugin = self.clients.client_plugin("nova")
        try:
            return str(plugin.client().flavors.get(value).name)
        except Exception as error:
            if plugin.is_not_found(error):
                return value
            raise
