"""The YANG models that Intents and inventories are written in."""

from vtnmd.assets import YANG_MODELS
from vtnmd.yang.schema import Schema, load_schema

SERVICE_MODULES = ("vtnmd-vtn", "vtnmd-interconnect", "vtnmd-traffic", "vtnmd-workload", "vtnmd-inventory", "vtnmd-types")


def service_schema() -> Schema:
    """The schema of services together with the inventory that they refer to."""
    return load_schema(SERVICE_MODULES, (YANG_MODELS,))
