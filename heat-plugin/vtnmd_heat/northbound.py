"""vtnmd's RESTCONF over a session of Keystone: reads and edits of single entries, and operations of one service."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keystoneauth1 import exceptions as keystone
from keystoneauth1.session import Session

from vtnmd_heat.answers import error_of
from vtnmd_heat.entries import Place
from vtnmd_heat.errors import NotFound, Refused, Unavailable
from vtnmd_heat.standing import Standing

Json = Any

_TYPE = "application/yang-data+json"
_REGIONS = "vtnmd-inventory:inventory"


@dataclass(frozen=True, slots=True)
class Held:
    """An entry as vtnmd has it, and the tag of that version."""

    value: dict[str, Json]
    tag: str


@dataclass(frozen=True, slots=True)
class Northbound:
    """`url` is where vtnmd answers, with or without /restconf at its end. `options` go with each request of the session.

    Every method raises VtnmdError, and says in its text what was asked for.
    """

    session: Session
    url: str
    options: Mapping[str, Json] = field(default_factory=dict)
    label: str = ""
    """What commits are called."""

    def read(self, place: Place) -> Held:
        """Raises NotFound."""
        answer = self._ask("GET", f"data/{place.path}?content=config", str(place))
        found = _object(answer, str(place)).get(place.member)
        entry = found[0] if isinstance(found, list) and found else found
        if not isinstance(entry, dict):
            raise Unavailable(f"{place}: vtnmd answers with something else")
        return Held(entry, answer.headers.get("ETag", ""))

    def write(self, place: Place, value: Mapping[str, Json], tag: str = "") -> None:
        """Make the entry, or replace the version of that tag. Raises Conflict where there is another, or there is one already."""
        wanted = {"If-Match": tag} if tag else {"If-None-Match": "*"}
        body = {place.member: dict(value) if place.alone else [{"name": place.key, **value}]}
        self._ask("PUT", f"data/{place.path}", str(place), body, wanted)

    def remove(self, place: Place) -> None:
        """Raises NotFound, Conflict where something still refers to it."""
        self._ask("DELETE", f"data/{place.path}", str(place))

    def regions(self) -> frozenset[str]:
        """The names of the regions that vtnmd knows."""
        try:
            answer = self._ask("GET", f"data/{_REGIONS}?content=config&fields=region(name)", "the regions")
        except NotFound:
            return frozenset()
        listed = _object(answer, "the regions").get(_REGIONS, {}).get("region", ())
        return frozenset(each["name"] for each in listed)

    def status(self, service: str) -> Standing:
        """How a service stands."""
        return Standing(self._call("status", {"service": service}, f"the status of VTN {service}"))

    def check(self, service: str) -> Json:
        """What differs at the endpoints from what was applied: the output of the operation `check`."""
        return self._call("check", {"service": [service]}, f"checking VTN {service}")

    def probe(self, service: str) -> Json:
        """Whether packets arrive: the output of the operation `probe`."""
        return self._call("probe", {"service": service}, f"probing VTN {service}")

    def apply(self, service: str, *, repair: bool) -> None:
        """Begin anew with what is committed of a service; with `repair`, put right what drifted."""
        given = {"service": service, "label": self.label, **({"drift": "repair"} if repair else {})}
        self._call("apply", {name: value for name, value in given.items() if value}, f"applying VTN {service}")

    def _call(self, operation: str, given: Json, what: str) -> Json:
        body = {"vtnmd-orchestration:input": given}
        answer = self._ask("POST", f"operations/vtnmd-orchestration:{operation}", what, body)
        return _object(answer, what).get("vtnmd-orchestration:output", {}) if answer.content else {}

    def _ask(self, method: str, path: str, what: str, body: Json = None, headers: Mapping[str, str] | None = None) -> Any:
        """The answer of one request (requests.Response), with a status below 300."""
        given = {"Accept": _TYPE, **(headers or {})}
        if body is not None:
            given["Content-Type"] = _TYPE
        if self.label and method in {"PUT", "DELETE"}:
            given["X-vtnmd-Label"] = self.label
        url = f"{self.url.rstrip('/').removesuffix('/restconf')}/restconf/{path}"
        sent = None if body is None else json.dumps(body)
        try:
            answer = self.session.request(url, method, data=sent, headers=given, raise_exc=False, redirect=False, **self.options)
        except (keystone.ConnectFailure, keystone.ConnectTimeout, keystone.SSLError) as error:
            raise Unavailable(f"{what}: vtnmd cannot be reached: {error}") from None
        except keystone.ClientException as error:
            raise Refused(f"{what}: {error}") from None
        if answer.status_code >= 300:
            raise error_of(answer.status_code, answer.content, what)
        return answer


def _object(answer: Any, what: str) -> dict[str, Json]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Unavailable(f"{what}: vtnmd answers with something that is no JSON object")
    return found
