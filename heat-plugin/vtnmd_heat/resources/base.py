"""What the resource types share: how an entry of vtnmd is made, changed, awaited, checked and removed in Heat's way.

An edit is one commit of vtnmd. A resource is complete once that commit, or a later one, is applied in every region and packets pass
through all interconnects of the VTN. Until then it stays IN_PROGRESS, with what it waits for as its reason.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from heat.common import exception
from heat.engine import properties, resource, support, translation

from vtnmd_heat.actions import Client, Progress, bring_about, remove_entries
from vtnmd_heat.client_plugin import CLIENT_NAME
from vtnmd_heat.entries import Place
from vtnmd_heat.errors import Conflict, OverLimit, Unavailable
from vtnmd_heat.northbound import Northbound
from vtnmd_heat.resources.schema import LONGEST, NAME, STATE, VTN
from vtnmd_heat.standing import Standing, Verdict, drift_of, judge, probe_problem

Json = Any
Values = Mapping[str, Json]

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.\-]")
_LATER = (Conflict, OverLimit, Unavailable)
_PROBE_SECONDS = 5


class VtnmdResource(resource.Resource):
    """An entry of a list of a VTN. Its id is SERVICE/NAME, and others refer to it by NAME."""

    default_client_name = CLIENT_NAME
    physical_resource_name_limit = LONGEST
    always_replace_on_check_failed = False
    support_status = support.SupportStatus(version="1.0.0")

    list_name: ClassVar[str]
    """The list of a VTN whose entries these are."""
    managed: ClassVar[frozenset[str]]
    """The members of an entry that properties say; others are left as they are."""
    _mends, _drifted = False, False

    @abstractmethod
    def entry_of(self, values: Values) -> dict[str, Json]:
        """The members of the entry, by the values of all properties."""

    @abstractmethod
    def properties_of(self, entry: Mapping[str, Json]) -> dict[str, Json]:
        """The values of properties, by the entry as vtnmd has it."""

    def attribute_of(self, name: str, standing: Standing) -> Json:
        """The value of an attribute other than `state`, by how the service stands."""
        raise AssertionError(name)

    def service_of(self, values: Values) -> str:
        return str(values[VTN])

    def entry_name(self, values: Values) -> str:
        """The name that is given, or Heat's own in letters that vtnmd takes."""
        made = _NOT_IN_NAMES.sub("-", self.physical_resource_name() or "").strip("-._")
        return str(values.get(NAME) or made)

    @property
    def place(self) -> Place:
        """Where the entry is, once there is one."""
        service, _slash, name = str(self.resource_id).partition("/")
        return Place(service, self.list_name, name)

    def writes_of(self, values: Values, place: Place) -> list[tuple[Place, dict[str, Json]]]:
        """What to write so that the entry is as the values say, in order."""
        return [(place, self.entry_of(values))]

    def removals_of(self, place: Place) -> list[Place]:
        """What to remove with the entry, in order."""
        return [place]

    def get_reference_id(self) -> str:
        """What others name it by: {get_resource: …}."""
        return str(self.place.key if self.resource_id else super().get_reference_id())

    def vtnmd(self) -> Client:
        """The client for entries of this kind."""
        return self.northbound()

    def northbound(self) -> Northbound:
        """The client, with the stack's name as the label of commits."""
        client: Northbound = self.client()
        return replace(client, label=f"stack {self.stack.name}"[:255])

    def translation_rules(self, props: properties.Properties) -> list[translation.TranslationRule]:
        return [self.resolving(props, VTN, "find_vtn")] if VTN in self.properties_schema else []

    def resolving(self, props: properties.Properties, name: str, finder: str) -> translation.TranslationRule:
        """A rule that has a finder of the client plug-in say what a property means."""
        return translation.TranslationRule(
            props, translation.TranslationRule.RESOLVE, [name], client_plugin=self.client_plugin(), finder=finder
        )

    def values(self, changed: Values | None = None) -> dict[str, Json]:
        """The values of all properties, those of `changed` in place of others."""
        return {**{name: self.properties[name] for name in self.properties_schema}, **(changed or {})}

    def handle_create(self) -> Progress:
        values = self.values()
        place = Place(self.service_of(values), self.list_name, self.entry_name(values))
        return Progress(place.service, self.writes_of(values, place), fresh=True)

    def check_create_complete(self, progress: Progress) -> bool:
        return self._advance(progress)

    def _needs_update(self, *given: Any, **named: Any) -> bool:
        """A failed resource is mended in place, also where nobody has changed its template."""
        found = bool(super()._needs_update(*given, **named))
        self._mends = self.status == self.FAILED
        self._drifted = self._mends and self.action == self.CHECK
        return found or self._mends

    def needs_replace_failed(self) -> bool:
        """What stands in vtnmd is mended; only what does not is made anew."""
        stands = False
        if self.resource_id is not None:
            with self.client_plugin().ignore_not_found:
                stands = bool(self.vtnmd().read(self.place))
        return not stands

    def handle_update(self, json_snippet: Any, tmpl_diff: Any, prop_diff: Values) -> Progress | None:
        if not prop_diff and not self._mends:
            return None
        writes, outdated = self.writes_of(self.values(prop_diff), self.place), self.outdated(prop_diff)
        return Progress(self.place.service, writes, outdated, mends=self._mends, drifted=self._drifted)

    def outdated(self, prop_diff: Values) -> list[Place]:
        """What is to be removed once properties have changed."""
        return []

    def check_update_complete(self, progress: Progress | None) -> bool:
        return progress is None or self._advance(progress)

    def _advance(self, progress: Progress) -> bool:
        try:
            verdict = bring_about(self.vtnmd(), progress, self.managed, self._claim)
            lost = self._lost_packets(progress.service) if verdict.done else ""
        except _LATER as error:
            return self._waits(str(error))
        if lost:
            self._waits(lost)
            raise resource.PollDelay(_PROBE_SECONDS)
        return self._is_over(verdict)

    def _claim(self, place: Place | None) -> None:
        """From now on the entry is this resource's, to be removed with it; None takes that back."""
        if place is None:
            self.resource_id_set(None)
            return
        self.resource_id_set(f"{place.service}/{place.name}" if place.list else place.service)

    def _lost_packets(self, service: str) -> str:
        """Which packets do not pass through the interconnects of the VTN; empty where all do, or nobody asks for it."""
        return probe_problem(self.vtnmd().probe(service)) if self.client_plugin().requires_probe else ""

    def _is_over(self, verdict: Verdict) -> bool:
        if verdict.failed:
            raise exception.Error(verdict.reason)
        return verdict.done or self._waits(verdict.reason)

    def _waits(self, reason: str) -> bool:
        """Show what is waited for, once for each reason; not done yet."""
        if reason != self.status_reason:
            self.state_set(self.action, self.IN_PROGRESS, reason)
            self._add_event(self.action, self.IN_PROGRESS, reason)
        return False

    def handle_delete(self) -> Progress | None:
        if self.resource_id is None:
            return None
        return Progress(self.place.service, removals=self.removals_of(self.place))

    def check_delete_complete(self, progress: Progress | None) -> bool:
        if progress is None:
            return True
        try:
            return self._is_over(self.removal(progress))
        except _LATER as error:
            return self._waits(str(error))

    def removal(self, progress: Progress) -> Verdict:
        """Go on with removing it."""
        return remove_entries(self.vtnmd(), progress)

    def handle_check(self) -> None:
        """Fails with all that differs: the entry from the properties, and what endpoints hold from what was applied."""
        vtnmd, values = self.vtnmd(), self.values()
        live = self.properties_of(self._show_resource())
        edited = [f"{name} is {live[name]!r} in place of {values[name]!r}" for name in live if live[name] != values[name]]
        standing = vtnmd.status(self.place.service)
        verdict = judge(standing, standing.committed)
        drifted = drift_of(vtnmd.check(self.place.service), standing.addresses(self.place))
        problems = [*edited, *drifted, *([] if verdict.done else [verdict.reason])]
        if problems:
            raise exception.Error("; ".join(problems))

    def _show_resource(self) -> dict[str, Json]:
        """The entry as vtnmd has it. Raises NotFound."""
        return self.vtnmd().read(self.place).value

    def parse_live_resource_data(self, resource_properties: Any, resource_data: Mapping[str, Json]) -> dict[str, Json]:
        live = self.properties_of(resource_data)
        return {name: value for name, value in live.items() if name in self._update_allowed_properties}

    def _resolve_attribute(self, name: str) -> Json:
        if self.resource_id is None:
            return None
        standing = self.vtnmd().status(self.place.service)
        return standing.state if name == STATE else self.attribute_of(name, standing)
