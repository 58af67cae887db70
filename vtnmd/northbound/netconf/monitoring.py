"""What the server says of itself: capabilities, ietf-netconf-monitoring (RFC 6022), streams (RFC 5277 section 3.4), schemas."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

from lxml import etree

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.locks import CANDIDATE, RUNNING
from vtnmd.domain.tree import Json
from vtnmd.netconf import messages
from vtnmd.netconf.operations import MONITORING
from vtnmd.netconf.server import Content
from vtnmd.northbound.library import REVISION, content_id
from vtnmd.northbound.netconf.requests import PRIVATE_CANDIDATE, Desk, Request
from vtnmd.northbound.operational import Providers
from vtnmd.yang.schema import Module, Schema, Submodule

_CAPABILITY = "urn:ietf:params:netconf:capability"
_YANG_1_1 = re.compile(r"""yang-version\s+["']?1\.1["']?\s*;""")

_PROTOCOL = (
    messages.BASE_1_0,
    messages.BASE_1_1,
    messages.WRITABLE_RUNNING,
    messages.CANDIDATE,
    messages.CONFIRMED_COMMIT,
    messages.ROLLBACK_ON_ERROR,
    messages.VALIDATE,
    f"{_CAPABILITY}:xpath:1.0",
    f"{_CAPABILITY}:notification:1.0",
    f"{_CAPABILITY}:interleave:1.0",
    f"{_CAPABILITY}:partial-lock:1.0",
    f"{_CAPABILITY}:with-defaults:1.0?basic-mode=explicit&also-supported=report-all,report-all-tagged,trim",
    PRIVATE_CANDIDATE,
)


def capabilities_of(schema: Schema) -> tuple[str, ...]:
    """The capability URIs of the hello. Modules of YANG 1.1 are told by the library only (RFC 7950 section 5.6.4)."""
    number = content_id(schema)
    old = [module for module in schema.modules.values() if module.implemented and not _YANG_1_1.search(module.text)]
    return (
        *_PROTOCOL,
        f"{_CAPABILITY}:yang-library:1.0?revision={REVISION}&module-set-id={number}",
        f"{_CAPABILITY}:yang-library:1.1?revision={REVISION}&content-id={number}",
        *map(_module_capability, old),
    )


def _module_capability(module: Module) -> str:
    parameters = [f"module={module.name}"]
    parameters += [f"revision={module.revision}"] if module.revision else []
    parameters += [f"features={','.join(module.features)}"] if module.features else []
    parameters += [f"deviations={','.join(module.deviations)}"] if module.deviations else []
    return f"{quote(module.namespace, safe=':/#.-_')}?{'&'.join(parameters)}"


def monitoring_providers(desk: Desk) -> Providers:
    """The state of this server: sessions, locks, statistics, schemas, streams."""

    async def monitoring() -> Json:
        return {
            "capabilities": {"capability": list(desk.capabilities)},
            "datastores": {"datastore": [_datastore(desk, name) for name in (RUNNING, CANDIDATE)]},
            "schemas": {"schema": list(_schemas(desk.backend.schema))},
            "sessions": {"session": list(_sessions(desk))},
            "statistics": _statistics(desk),
        }

    async def streams() -> Json:
        return {"streams": {"stream": list(_streams(desk))}}

    return {"ietf-netconf-monitoring:netconf-state": monitoring, "nc-notifications:netconf": streams}


def time_text(seconds: float) -> str:
    """A date-and-time."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _datastore(desk: Desk, name: str) -> Json:
    locks = desk.backend.locks
    since = time_text(desk.locked_since.get(name, desk.started))
    if name in locks.whole:
        held = {"global-lock": {"locked-by-session": locks.whole[name], "locked-time": since}}
        return {"name": name, "locks": held}
    partial = [
        {"lock-id": number, "locked-by-session": session, **desk.partial_locks.get(number, {})}
        for number, (session, _) in (locks.partial.items() if name == RUNNING else ())
    ]
    return {"name": name, **({"locks": {"partial-lock": partial}} if partial else {})}


def _schemas(schema: Schema) -> Iterator[Json]:
    for module in schema.modules.values():
        for name, revision in ((module.name, module.revision), *((part.name, part.revision) for part in module.submodules)):
            yield {
                "identifier": name,
                "version": revision,
                "format": "ietf-netconf-monitoring:yang",
                "namespace": module.namespace,
                "location": ["NETCONF"],
            }


def _sessions(desk: Desk) -> Iterator[Json]:
    for info in desk.backend.sessions.values():
        session = desk.sessions.get(info.number)
        if session is None:
            continue
        yield {
            "session-id": info.number,
            "transport": "ietf-netconf-monitoring:netconf-ssh",
            "username": info.user,
            "source-host": info.client,
            "login-time": time_text(info.since),
            "in-rpcs": session.in_rpcs,
            "in-bad-rpcs": session.in_bad_rpcs,
            "out-rpc-errors": session.out_rpc_errors,
            "out-notifications": session.out_notifications,
        }


def _statistics(desk: Desk) -> Json:
    totals, sessions = desk.totals, desk.sessions.values()
    return {
        "netconf-start-time": time_text(desk.started),
        "in-bad-hellos": desk.bad_hellos(),
        "in-sessions": totals.in_sessions,
        "dropped-sessions": totals.dropped_sessions,
        "in-rpcs": totals.in_rpcs + sum(session.in_rpcs for session in sessions),
        "in-bad-rpcs": totals.in_bad_rpcs + sum(session.in_bad_rpcs for session in sessions),
        "out-rpc-errors": totals.out_rpc_errors + sum(session.out_rpc_errors for session in sessions),
        "out-notifications": totals.out_notifications + sum(session.out_notifications for session in sessions),
    }


def _streams(desk: Desk) -> Iterator[Json]:
    streams = desk.backend.streams
    for name, description in streams.descriptions.items():
        aged = streams.oldest(name)
        yield {
            "name": name,
            "description": description,
            "replaySupport": True,
            "replayLogCreationTime": time_text(streams.created),
            **({"replayLogAgedTime": time_text(aged)} if aged is not None else {}),
        }


async def get_schema(desk: Desk, request: Request) -> Content:
    """RFC 6022 section 3.1. Modules and submodules, as YANG."""
    if request.parameters.values.get("format", "ietf-netconf-monitoring:yang").rpartition(":")[2] != "yang":
        raise Refused(Fault("invalid-value", "schemas are at hand as yang only"))
    identifier, version = request.text("identifier"), request.text("version")
    data = etree.Element(f"{{{MONITORING}}}data", nsmap={"ncm": MONITORING})
    data.text = _text(desk.backend.schema, identifier, version)
    return [data]


def _text(schema: Schema, identifier: str, version: str) -> str:
    for module in schema.modules.values():
        parts: tuple[Module | Submodule, ...] = (module, *module.submodules)
        for part in parts:
            if part.name == identifier and version in {"", part.revision}:
                return part.text
    wanted = f"{identifier}@{version}" if version else identifier
    raise Refused(Fault("invalid-value", f"there is no schema {wanted}"))
