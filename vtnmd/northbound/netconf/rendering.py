"""Documents as serialised XML. What was made of a service is kept for as long as the service stays as it is and there is room."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from lxml import etree

from vtnmd.datastore.tree import Tree
from vtnmd.domain.commit import SERVICE, SERVICE_KEY, SERVICES
from vtnmd.domain.tree import Json
from vtnmd.yang.convert import Marks, to_xml
from vtnmd.yang.schema import Schema


@dataclass(slots=True, eq=False)
class Fragments:
    """XML by the identity of the value that it stands for. `room` is in octets. To be used from any thread."""

    room: int = 16 * 1024 * 1024
    _held: OrderedDict[int, tuple[Json, bytes]] = field(default_factory=OrderedDict)
    _size: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, value: Json) -> bytes | None:
        with self._lock:
            found = self._held.get(id(value))
            if found is None:
                return None
            self._held.move_to_end(id(value))
            return found[1]

    def put(self, value: Json, octets: bytes) -> None:
        """`value` is held on to, so that no other gets its identity."""
        with self._lock:
            if id(value) in self._held or len(octets) > self.room // 8:
                return
            self._held[id(value)] = value, octets
            self._size += len(octets)
            while self._size > self.room:
                _, (_, dropped) = self._held.popitem(last=False)
                self._size -= len(dropped)


def render(schema: Schema, document: Json, tree: Tree, fragments: Fragments, defaults: Marks = ()) -> list[bytes]:
    """The members of a document as pieces of XML. Services that are those of `tree` are looked up among the fragments."""
    services = document.get(SERVICES)
    if defaults or not isinstance(services, dict) or services.keys() != {SERVICE}:
        return _serialised(to_xml(schema, document, defaults=defaults))
    others = {member: value for member, value in document.items() if member != SERVICES}
    (holder,) = _serialised(to_xml(schema, {SERVICES: {}}))
    name = holder[1:].split(None, 1)[0].removesuffix(b"/>")
    pieces = [*_serialised(to_xml(schema, others)), holder.removesuffix(b"/>"), b">"]
    pieces += (_service(schema, entry, tree, fragments) for entry in services[SERVICE])
    return [*pieces, b"</", name, b">"]


def _service(schema: Schema, entry: Json, tree: Tree, fragments: Fragments) -> bytes:
    held = tree.services.get(entry.get(SERVICE_KEY, ""))
    unchanged = held is not None and held.value is entry
    octets = fragments.get(entry) if unchanged else None
    if octets is None:
        node = schema.root.children[SERVICES]
        (octets,) = _serialised(to_xml(schema, {SERVICE: [entry]}, node=node))
        if unchanged:
            fragments.put(entry, octets)
    return octets


def _serialised(elements: list[etree._Element]) -> list[bytes]:
    return [etree.tostring(element, encoding="UTF-8") for element in elements]
