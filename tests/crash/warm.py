"""Loads what the command line would load when it is first needed, so that children that are forked later need not."""

import gc
from importlib import import_module

from vtnmd.assets import YANG_MODELS
from vtnmd.yang.schema import load_schema

_COMMANDS = ("inventory", "runs", "services", "worker")
_DRIVERS = ("heat", "netconf", "odl_vtn")


def load() -> None:
    """Import commands and drivers, and read the YANG modules of the PE routers."""
    for name in _COMMANDS:
        import_module(f"vtnmd.cli.{name}")
    for name in _DRIVERS:
        import_module(f"vtnmd.southbound.{name}")
    import_module("vtnmd.usecases.sharing")
    load_schema(("vtnmd-pe",), (YANG_MODELS,))
    gc.collect()
    gc.freeze()  # a collection in a child would copy every page that it looks at
