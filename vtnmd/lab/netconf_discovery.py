"""What a simulated device says about itself: capabilities, ietf-netconf-monitoring (RFC 6022), ietf-yang-library (RFC 7895)."""

from vtnmd.domain.tree import Json, digest
from vtnmd.netconf import messages
from vtnmd.netconf.messages import RpcError
from vtnmd.netconf.server import RpcFailed
from vtnmd.yang.schema import Module, Schema

STATE_MODULES = ("ietf-netconf-monitoring", "ietf-yang-library")
"""The modules that what stands here is an instance of."""

_PROTOCOL = (
    messages.BASE_1_0,
    messages.BASE_1_1,
    messages.CANDIDATE,
    "urn:ietf:params:netconf:capability:confirmed-commit:1.0",
    messages.CONFIRMED_COMMIT,
    messages.ROLLBACK_ON_ERROR,
    "urn:ietf:params:netconf:capability:validate:1.0",
    messages.VALIDATE,
)


def capabilities(schema: Schema) -> tuple[str, ...]:
    """The capability URIs of the hello."""
    modules = (f"{module.namespace}?module={module.name}&revision={module.revision}" for module in _implemented(schema))
    library = "urn:ietf:params:netconf:capability:yang-library:1.0?revision=2016-06-21&module-set-id="
    return (*_PROTOCOL, *modules, library + _module_set(schema))


def state(schema: Schema) -> Json:
    """The state of the device as an RFC 7951 document."""
    listed = schema.modules.values()
    schemas = [
        {
            "identifier": module.name,
            "version": module.revision,
            "format": "ietf-netconf-monitoring:yang",
            "namespace": module.namespace,
            "location": ["NETCONF"],
        }
        for module in listed
    ]
    modules = [
        {
            "name": module.name,
            "revision": module.revision,
            "namespace": module.namespace,
            "feature": list(module.features),
            "conformance-type": "implement" if module.implemented else "import",
        }
        for module in listed
    ]
    return {
        "ietf-netconf-monitoring:netconf-state": {
            "capabilities": {"capability": list(capabilities(schema))},
            "schemas": {"schema": schemas},
        },
        "ietf-yang-library:modules-state": {"module-set-id": _module_set(schema), "module": modules},
    }


def module_text(schema: Schema, identifier: str, version: str) -> str:
    """The text of a module. Raises RpcFailed where the device has none of that name and version."""
    module = schema.modules.get(identifier)
    if module is None or version not in {"", module.revision}:
        raise RpcFailed(RpcError("operation-failed", "no matches found", app_tag="no-matches"))
    return module.path.read_text(encoding="utf-8")


def _implemented(schema: Schema) -> list[Module]:
    return [module for module in schema.modules.values() if module.implemented]


def _module_set(schema: Schema) -> str:
    return digest([[module.name, module.revision, module.implemented] for module in schema.modules.values()])[:40]
