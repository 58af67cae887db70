"""What the server says of its RESTCONF: capabilities and event streams (RFC 8040 section 9)."""

from datetime import UTC, datetime

from vtnmd.domain.tree import Json
from vtnmd.northbound.operational import Provider
from vtnmd.northbound.restconf.context import Context
from vtnmd.northbound.restconf.media import Encoding

MEMBER = "ietf-restconf-monitoring:restconf-state"
_CAPABILITY = "urn:ietf:params:restconf:capability"


def provider(context: Context) -> Provider:
    """The state of the member MEMBER."""

    async def state() -> Json:
        return {"capabilities": {"capability": list(capabilities(context))}, "streams": {"stream": _streams(context)}}

    return state


def capabilities(context: Context) -> tuple[str, ...]:
    """The URIs of RFC 8040 section 11.4, RFC 8072 section 4.2 and RFC 8527 section 5.1."""
    named = ["defaults:1.0?basic-mode=explicit", "depth:1.0", "fields:1.0", "replay:1.0", "with-defaults:1.0", "yang-patch:1.0"]
    named += ["with-operational-defaults:1.0"] + (["filter:1.0"] if context.filter_of else [])
    return tuple(f"{_CAPABILITY}:{name}" for name in sorted(named))


def _streams(context: Context) -> list[Json]:
    streams = context.backend.streams
    return [
        {
            "name": name,
            "description": description,
            "replay-support": True,
            "replay-log-creation-time": date_and_time(streams.created),
            "access": [
                {"encoding": str(encoding), "location": f"{context.root}/streams/{name}/{encoding}"} for encoding in Encoding
            ],
        }
        for name, description in streams.descriptions.items()
    ]


def date_and_time(seconds: float) -> str:
    """RFC 3339, to the microsecond where it is not a whole second."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
