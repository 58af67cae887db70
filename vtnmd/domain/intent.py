"""Intent: what a service shall be, as YANG instance data (RFC 7951), each leaf traceable to where it was written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vtnmd.domain.diagnostics import Span, nearest_span
from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.domain.tree import Json, digest

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Intent:
    """One service. `document` is `{"vtnmd-vtn:services": {"service": [entry]}}` with exactly one entry; treat it as read-only.

    `models` are those of the designer that it is an instance of, beside vtnmd's own.

    `sources` maps the RFC 7951 path of an instance, as a tuple of member names and list indexes below the document, to the place it
    was written. A path that is missing has the source of its nearest ancestor.

    `others` are the entries of services that this one refers to, by name, as far as they are known. They are no part of it.
    """

    name: str
    document: Json
    sources: Mapping[tuple[str | int, ...], Span] = field(default_factory=dict, compare=False)
    models: Models = NO_MODELS
    others: Mapping[str, Json] = field(default_factory=dict, compare=False)

    @property
    def service(self) -> Json:
        """The one entry of the list `service`."""
        return self.document["vtnmd-vtn:services"]["service"][0]

    @property
    def digest(self) -> str:
        return digest([self.document, self.models.digest]) if self.models else digest(self.document)

    def source(self, path: tuple[str | int, ...]) -> Span | None:
        """Where the instance at `path`, or its nearest ancestor that is known, was written."""
        return nearest_span(self.sources, path)

    def to_json(self) -> Json:
        models = {"models": self.models.to_json()} if self.models else {}
        return {"format_version": FORMAT_VERSION, "name": self.name, "document": self.document, **models}


def referred_services(service: Json) -> frozenset[str]:
    """The names of the services whose segments and interconnects an entry of the list `service` uses."""
    shared = (each for vtn in service.get("vtn", ()) for each in vtn.get("shared-segment", ()))
    carried = (each.get("carrier") for vtn in service.get("vtn", ()) for each in vtn.get("vtnmd-interconnect:interconnect", ()))
    return frozenset(name for each in (*shared, *carried) if each and isinstance(name := each.get("service"), str))


def intent_from_json(data: Json) -> Intent:
    """The inverse of `Intent.to_json`; sources are not kept."""
    return Intent(data["name"], data["document"], models=Models(data["models"]) if "models" in data else NO_MODELS)
