"""The operations check and probe: endpoints are asked, and nothing is changed."""

from collections import Counter
from dataclasses import replace

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.domain.drift import Finding, Standing
from vtnmd.domain.probe import Verdict
from vtnmd.domain.tree import Json
from vtnmd.northbound.orchestration.conditions import drift_of
from vtnmd.northbound.orchestration.context import Context, check_sight, in_thread
from vtnmd.northbound.orchestration.state import look
from vtnmd.northbound.orchestration.values import as_text, filled, numbered, plain
from vtnmd.northbound.procedures import Call
from vtnmd.usecases import checking, probing
from vtnmd.usecases.checking import Checked
from vtnmd.usecases.probing import Probed

_ASTRAY = frozenset({Standing.DRIFTED, Standing.MISSING})


async def check(context: Context, call: Call) -> Json:
    """Raises StateError (VTN-S007), Invalid or Refused."""
    return await in_thread(context, _check, context, call)


def _check(context: Context, call: Call) -> Json:
    named, bound = call.input.get("service", ()), context.ledger.is_bound(call.origin)
    if bound and not named:
        raise Refused(Fault("access-denied", "who is bound to tenants names the services to check", "protocol"))
    for service in named:
        check_sight(context, service, call.origin)
    checked = checking.check(named, context.state, context.secrets)
    services = named or [brief.name for brief in context.store.service_briefs()]
    astray = Counter(owner for finding in checked.standing(*_ASTRAY) for owner in finding.applied.owners)
    unknown = {owner for finding in checked.standing(Standing.UNKNOWN) for owner in finding.applied.owners}
    known = [service for service in services if astray[service] or service not in unknown]
    context.watch.note_drift(drift_of(known, astray))
    look(context)
    return check_output(_in_sight(checked, frozenset(named)) if bound else checked)


def _in_sight(checked: Checked, services: frozenset[str]) -> Checked:
    """The same without what stands at endpoints beside these services, and without others that resources belong to."""
    findings = (
        replace(finding, applied=replace(finding.applied, owners=finding.applied.owners & services)) for finding in checked.findings
    )
    return replace(checked, findings=tuple(findings), strangers=())


def check_output(checked: Checked) -> Json:
    """The output of the operation `check`."""
    found = {
        "in-sync": len(checked.standing(Standing.IN_SYNC)),
        "finding": [_finding(each) for each in checked.findings if each.standing is not Standing.IN_SYNC],
        "foreign": [
            {
                "endpoint": endpoint,
                "kind": plain(stranger.kind),
                "name": plain(stranger.name),
                "place": plain(stranger.place),
                **filled({"detail": plain(stranger.detail)}),
            }
            for endpoint, stranger in checked.strangers
        ],
        "trouble": numbered(checked.diagnostics),
    }
    return filled(found)


def _finding(finding: Finding) -> Json:
    differences = [
        {
            "path": plain(path),
            **{name: as_text(value) for name, value in (("expected", expected), ("found", found)) if value is not None},
        }
        for path, (expected, found) in finding.differences.items()
    ]
    return filled(
        {
            "address": str(finding.address),
            "service": sorted(finding.applied.owners),
            "standing": str(finding.standing),
            "difference": differences,
            "reason": plain(finding.problem.summary) if finding.problem else None,
        }
    )


async def probe(context: Context, call: Call) -> Json:
    """Raises StateError (VTN-S007) or Refused."""
    return probe_output(await in_thread(context, _probe, context, call))


def _probe(context: Context, call: Call) -> Probed:
    check_sight(context, call.input["service"], call.origin)
    return probing.probe(call.input["service"], context.state, context.secrets, context.clock)


def probe_output(probed: Probed) -> Json:
    """The output of the operation `probe`."""
    listed = [
        filled(
            {
                "number": number,
                "address": str(each.probe.address),
                "source": each.probe.source.region,
                "target": each.probe.target.region,
                "passed": each.passed,
                "detail": plain(each.detail),
                "degraded": [plain(reason) for reason in each.degraded],
            }
        )
        for number, each in enumerate(probed.results, 1)
    ]
    passed = not probed.problems and all(each.passed for each in probed.results)
    degraded = any(each.verdict is Verdict.DEGRADED for each in probed.results)
    return {"passed": passed, "degraded": degraded, **filled({"probe": listed, "trouble": numbered(probed.problems)})}
