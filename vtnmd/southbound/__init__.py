"""Drivers: how each kind of endpoint is spoken to. The engine knows only `vtnmd.southbound.ports`."""
