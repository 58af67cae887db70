"""What a run left behind, in a form in which two runs can be compared field by field."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Table, select

from tests.support.labs import held
from vtnmd.domain.plan import Plan
from vtnmd.domain.reverse import original_id, reverse
from vtnmd.domain.run import Event, Step
from vtnmd.lab.layout import Lab
from vtnmd.state import open_store
from vtnmd.state.tables import metadata

_OF_THE_WAY = frozenset({"events", "health", "audit", "holders", "workers"})
"""Tables that tell of the way and not of where it led."""

_OF_THE_MOMENT = frozenset(
    {"loaded", "changed", "started", "ended", "since", "time", "before", "number", "comment", "job", "batch"}
)
"""Columns whose values differ from run to run."""

_HOW_FAR = "back"
"""Column that marks legs which take back what workers had done when something was refused: up to their race, and gone with it."""

_TAKEN = frozenset({Step.ANSWERED, Step.SETTLED})


def gather(lab: Lab, state: str) -> dict[str, Any]:
    """All that the endpoints hold and all that the state says of it."""
    return {**{region: holding(lab, region) for region in lab.regions}, "state": tables(state)}


def holding(lab: Lab, region: str) -> dict[str, Any]:
    """What a region holds, in an order that does not depend on the order in which it was made."""
    found = held(lab, region)
    clouds = {kind: sorted(entries, key=_text) for kind, entries in found["heat"].items()}
    return {"odl": _sorted(found["odl"]), "pe": _sorted(found["pe"]), "heat": clouds}


def tables(state: str) -> dict[str, Any]:
    """The rows of the state's tables, runs by their place in the order of all."""
    with open_store(state, create=False) as store, store._reading() as connection:
        runs = {row.id: f"run {row.ordinal}" for row in connection.execute(select(metadata.tables["runs"]))}
        return {
            table.name: sorted(
                (_row(table, row, runs) for row in connection.execute(select(table)).mappings() if not row.get(_HOW_FAR)), key=_text
            )
            for table in metadata.sorted_tables
            if table.name not in _OF_THE_WAY
        }


def _row(table: Table, row: Mapping[Any, Any], runs: Mapping[str, str]) -> dict[str, Any]:
    return {
        column.name: _parsed(runs.get(row[column], row[column])) for column in table.columns if column.name not in _OF_THE_MOMENT
    }


def _parsed(value: Any) -> Any:
    """Documents as such, so that they are compared field by field."""
    return json.loads(value) if isinstance(value, str) and value[:1] in {"{", "["} else value


def differences(wanted: Any, found: Any, path: str = "") -> Iterator[str]:
    """Where two documents differ, a line each."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in sorted(wanted.keys() | found.keys(), key=str):
            yield from differences(wanted.get(key), found.get(key), f"{path}/{key}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for number, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from differences(one, other, f"{path}/{number}")
    elif wanted != found:
        yield f"{path}: {_short(found)} in place of {_short(wanted)}"


def disorder(plan: Plan, events: Iterable[Event]) -> Iterator[str]:
    """Requests that were sent before what they need had taken effect, as the journal of the run tells it."""
    there = {request.id: frozenset(request.needs) for request in plan.requests}
    back = {request.id: frozenset(request.needs) for request in reverse(plan, there.keys()).requests}
    taken: set[str] = set()
    for event in events:
        if event.step in _TAKEN:
            taken.add(event.request)
        elif event.step is Step.SENT:
            # What did not take effect is not taken back.
            needs = {need for need in back.get(event.request, ()) if original_id(need) in taken} | there.get(event.request, set())
            if not needs <= taken:
                yield f"{event.request} was sent before {', '.join(sorted(needs - taken))}"


def unrecorded(lab: Lab, base: Mapping[str, Any], plan: Plan, events: Iterable[Event]) -> Iterator[str]:
    """Endpoints that hold something else than at the beginning although the journal says that nothing was sent to them."""
    endpoints = {request.id: request.endpoint for request in plan.requests}
    sent = {endpoints[original_id(event.request) or event.request] for event in events if event.step is Step.SENT}
    for region in lab.regions:
        for endpoint, content in holding(lab, region).items():
            if content != base[region][endpoint] and f"{region}/{endpoint}" not in sent:
                yield f"{region}/{endpoint} was changed, and nothing is recorded of it"


def _sorted(value: Any) -> Any:
    """Lists of entries by what is in them: here every list is one whose order its owner does not keep."""
    if isinstance(value, dict):
        return {key: _sorted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        inner = [_sorted(entry) for entry in value]
        return sorted(inner, key=_text) if all(isinstance(entry, dict) for entry in inner) else inner
    return value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _short(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
