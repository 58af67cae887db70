"""What a simulated OpenStack cloud holds beside its stacks: networks, subnets, ports, servers, volumes and their relatives."""

import copy
import uuid
from collections import Counter
from dataclasses import dataclass, field, replace

from vtnmd.domain.tree import Json

_KINDS = (
    *("networks", "subnets", "ports", "security_groups", "security_group_rules"),
    *("servers", "server_groups", "volumes", "volume_attachments"),
)


class CloudError(Exception):
    """A service refused. `kind` is what Heat puts before the message, such as Conflict or BadRequest."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class CloudLimits:
    """What a cloud has to offer. `servers` is how many its hypervisors can run."""

    physical_networks: tuple[str, ...] = ("physnet1",)
    images: tuple[str, ...] = ("debian-12",)
    flavors: tuple[str, ...] = ("small", "medium")
    servers: int = 1000


@dataclass(slots=True)
class CloudState:
    """Objects in the forms of their APIs, by kind and id.

    An id says which object of its kind and name it is, counted from the start: `region` makes ids differ between clouds, they are
    equal on every run in whatever order things are made, and what is made twice gets another one.
    """

    region: str
    limits: CloudLimits = field(default_factory=CloudLimits)
    objects: dict[str, dict[str, dict[str, Json]]] = field(default_factory=lambda: {kind: {} for kind in _KINDS})
    made: Counter[tuple[str, str]] = field(default_factory=Counter)

    def exists(self, kind: str, name_or_id: str) -> bool:
        """Whether there is an image, flavor, network, subnet, port, security group or volume of that name or id."""
        if kind == "image":
            return name_or_id in self.limits.images
        if kind == "flavor":
            return name_or_id in self.limits.flavors
        return any(name_or_id in (entry["id"], entry["name"]) for entry in self.objects[f"{kind}s"].values())

    def find(self, kind: str, name_or_id: str) -> dict[str, Json]:
        """The one object of that id or name. Raises CloudError."""
        entries = self.objects[kind]
        if name_or_id in entries:
            return entries[name_or_id]
        named = [entry for entry in entries.values() if entry["name"] == name_or_id]
        if len(named) != 1:
            how_many = "No" if not named else "Several"
            raise CloudError("NotFound", f"{how_many} {kind} found for {name_or_id}")
        return named[0]

    def held(self) -> Json:
        """Every object, as lists by kind."""
        return {kind: [dict(entry) for entry in entries.values()] for kind, entries in self.objects.items()}

    def make(self, kind: str, name: str, properties: Json) -> dict[str, Json]:
        """Keep a new object and give it its id."""
        self.made[kind, name] += 1
        identity = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.region}/{kind}/{name}/{self.made[kind, name]}"))
        entry = {"id": identity, "name": name, **properties}
        self.objects[kind][identity] = entry
        return entry

    def copy(self) -> "CloudState":
        """Another one that holds the same."""
        return replace(self, objects=copy.deepcopy(self.objects), made=self.made.copy())

    def put_back(self, kept: "CloudState") -> None:
        """Hold what a copy holds."""
        fresh = kept.copy()
        self.objects, self.made = fresh.objects, fresh.made
