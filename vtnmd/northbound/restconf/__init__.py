"""RESTCONF (RFC 8040, 8072, 8525, 8527): a raw ASGI application over the backend, `vtnmd.northbound.restconf.app`."""
