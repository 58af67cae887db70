"""What vtnmd tells of a service, and what that means for a resource that waits for a commit. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vtnmd_heat.answers import diagnostic_text
from vtnmd_heat.entries import Place

Json = Any

_FAILED = frozenset({"failed", "interrupted", "cancelled", "rolled-back"})
_MANY = 3
"""So many reasons are told; others are counted."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer of the operation `status`, whose members `told` are those of vtnmd-orchestration."""

    told: Mapping[str, Json]

    @property
    def present(self) -> bool:
        """Whether anything of the service is committed or applied."""
        return bool(self.told.get("present"))

    @property
    def committed(self) -> int:
        """The newest commit of the service."""
        return int(self.told.get("committed", 0))

    @property
    def begun(self) -> int:
        return int(self.told.get("begun", 0))

    @property
    def result(self) -> str:
        """How the last run stands; empty where there was none."""
        return str(self.told.get("result", ""))

    @property
    def failed(self) -> bool:
        """Whether the last run of what is committed ended and left something undone for good."""
        return self.begun >= self.committed and self.result in _FAILED

    @property
    def state(self) -> str:
        """In one word: absent, refused, planned, or how the last run stands."""
        if not self.present:
            return "absent"
        if self.begun < self.committed:
            return "refused" if self.told.get("trouble") else "planned"
        return self.result

    def facts(self, place: Place, *kinds: str) -> Iterator[tuple[str, str, dict[str, list[str]]]]:
        """(region, last part of the address, facts by name) of resources of these kinds that came of an entry."""
        for each in self.told.get("resource", ()):
            if each["kind"] in kinds and place.holds(each.get("entry", "")):
                parts = each["address"].split("/")
                yield parts[0], parts[-1], {fact["name"]: fact["value"] for fact in each.get("fact", ())}

    def addresses(self, place: Place) -> frozenset[str]:
        """The addresses of all that came of an entry."""
        return frozenset(each["address"] for each in self.told.get("resource", ()) if place.holds(each.get("entry", "")))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether what was committed is in force; else why it is not, and whether that is for good."""

    done: bool
    reason: str = ""
    failed: bool = False


def judge(standing: Standing, commit: int) -> Verdict:
    """Whether commit `commit` of a service, or a later one, is applied in all regions."""
    if standing.begun < commit:
        trouble = standing.told.get("trouble")
        if trouble:
            return Verdict(done=False, reason=_joined(map(diagnostic_text, trouble)), failed=True)
        waits = "its plan waits for approval" if standing.told.get("plan") else "vtnmd has not begun with it"
        return Verdict(done=False, reason=waits)
    return _of_run(standing)


def judge_removal(standing: Standing) -> Verdict:
    """Whether nothing is left of a service."""
    if not standing.present:
        return Verdict(done=True)
    if standing.begun < standing.committed or not standing.told.get("unfinished"):
        return Verdict(done=False, reason="vtnmd has not begun with it")
    return _of_run(standing)


def _of_run(standing: Standing) -> Verdict:
    left = list(standing.told.get("unfinished", ()))
    if standing.result in _FAILED:
        refused = [each for each in left if each.get("outcome") == "failed"]
        return Verdict(done=False, reason=f"run {standing.result}: {_joined(map(_why, refused or left))}", failed=True)
    if standing.result in {"running", "partly"}:
        return Verdict(done=False, reason=_joined(map(_why, (each for each in left if each.get("reason")))) or "vtnmd is at work")
    return Verdict(done=True)


def _why(change: Mapping[str, Json]) -> str:
    code = f"{change['code']} " if change.get("code") else ""
    return f"{code}{change.get('reason', change.get('outcome', ''))}"


def _joined(reasons: Iterable[str]) -> str:
    found = list(dict.fromkeys(reason for reason in reasons if reason))
    more = f"; and {len(found) - _MANY} more" if len(found) > _MANY else ""
    return "; ".join(found[:_MANY]) + more


def probe_problem(told: Mapping[str, Json]) -> str:
    """Why the probes of a service have not passed, by the answer of the operation `probe`; empty where they have."""
    if told.get("passed"):
        return ""
    lost = [
        f"no packet arrives from {each['source']} in {each['target']}: {each.get('detail', '')}"
        for each in told.get("probe", ())
        if not each.get("passed")
    ]
    return _joined([*lost, *map(diagnostic_text, told.get("trouble", ()))]) or "packets do not arrive"


def drift_of(told: Mapping[str, Json], addresses: frozenset[str]) -> list[str]:
    """What is not as it was applied at these addresses, by the answer of the operation `check`."""
    return [_drifted(each) for each in told.get("finding", ()) if each["address"] in addresses]


def _drifted(finding: Mapping[str, Json]) -> str:
    differences = ", ".join(
        f"{each['path']} is {each.get('found', 'not there')} in place of {each.get('expected', 'nothing')}"
        for each in finding.get("difference", ())
    )
    told = differences or finding.get("reason", "")
    return f"{finding['address']} {finding.get('standing', 'differs')}{f': {told}' if told else ''}"
