"""The YANG library (RFC 8525, and RFC 7895 for clients that know only that): the modules that both protocols serve."""

from collections.abc import Iterable
from functools import lru_cache

from vtnmd.domain.tree import Json, digest
from vtnmd.northbound.operational import Providers
from vtnmd.yang.schema import Module, Schema

REVISION = "2019-01-04"
DATASTORES = ("running", "candidate", "intended", "operational")
_SET, _SCHEMA = "served", "served"


@lru_cache(16)
def content_id(schema: Schema) -> str:
    """The same for the same modules with the same features and deviations, and the same datastores."""
    told = [
        [module.name, module.revision, module.implemented, list(module.features), list(module.deviations)]
        + [[part.name, part.revision] for part in module.submodules]
        for module in schema.modules.values()
    ]
    return digest([sorted(told, key=str), list(DATASTORES)])[:40]


def library(schema: Schema) -> Json:
    """The value of `ietf-yang-library:yang-library`."""
    modules = sorted(schema.modules.values(), key=lambda module: module.name)
    return {
        "module-set": [
            {
                "name": _SET,
                "module": [_implemented(module) for module in modules if module.implemented],
                "import-only-module": [_imported(module) for module in modules if not module.implemented],
            }
        ],
        "schema": [{"name": _SCHEMA, "module-set": [_SET]}],
        "datastore": [{"name": f"ietf-datastores:{name}", "schema": _SCHEMA} for name in DATASTORES],
        "content-id": content_id(schema),
    }


def modules_state(schema: Schema) -> Json:
    """The value of `ietf-yang-library:modules-state` (RFC 7895 section 2.2)."""
    listed = sorted(schema.modules.values(), key=lambda module: module.name)
    modules = [
        {
            "name": module.name,
            "revision": module.revision,
            "namespace": module.namespace,
            **_some("feature", module.features if module.implemented else ()),
            **_some("deviation", ({"name": name, "revision": schema.modules[name].revision} for name in module.deviations)),
            "conformance-type": "implement" if module.implemented else "import",
            **_some("submodule", ({"name": part.name, "revision": part.revision} for part in module.submodules)),
        }
        for module in listed
    ]
    return {"module-set-id": content_id(schema), "module": modules}


def library_providers(schema: Schema) -> Providers:
    """Both, as state to serve."""

    async def new() -> Json:
        return library(schema)

    async def old() -> Json:
        return modules_state(schema)

    return {"ietf-yang-library:yang-library": new, "ietf-yang-library:modules-state": old}


def _implemented(module: Module) -> Json:
    return {**_identified(module), **_some("feature", module.features), **_some("deviation", module.deviations)}


def _imported(module: Module) -> Json:
    return {**_identified(module), "revision": module.revision}


def _identified(module: Module) -> Json:
    revision = {"revision": module.revision} if module.revision else {}
    submodules = ({"name": part.name, **({"revision": part.revision} if part.revision else {})} for part in module.submodules)
    return {"name": module.name, **revision, "namespace": module.namespace, **_some("submodule", submodules)}


def _some(name: str, values: Iterable[Json]) -> dict[str, Json]:
    """A member with a list of values, where there are any."""
    listed = list(values)
    return {name: listed} if listed else {}
