"""Where a resource comes from: the place in the Intent and in the file, what it needs, and what needs it."""

from rich.text import Text

from vtnmd.cli.views.text import joined, plain
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.intent import Intent
from vtnmd.domain.plan import Plan


def show_why(address: str, plan: Plan, intent: Intent) -> Text:
    """Of one address of the plan. Raises Invalid (VTN-P011) where the plan has no such resource."""
    resources = {str(resource.address): resource for resource in plan.contributions}
    change = next((change for change in plan.changes if str(change.address) == address), None)
    resource = resources.get(address) or (change.before if change else None)
    if resource is None:
        known = next((each for each in resources if address in each), "")
        hint = f"did you mean {known}?" if known else "vtnmd plan --full lists every address"
        raise Invalid(Diagnostic("VTN-P011", f"the plan has no resource {address}", hint=hint))
    origin = "/".join(str(step + 1) if isinstance(step, int) else step for step in resource.origin)
    span = intent.source(resource.origin)
    lines = [Text(plain(address), style="bold")]
    lines.append(Text(f"  {change.action.name.lower()}: {plain(change.reason)}" if change else "  no change"))
    lines.append(Text(f"  comes from /{plain(origin)}" + (f" at {plain(str(span))}" if span else "")))
    lines += [Text(f"  needs {plain(str(edge.target))} ({plain(edge.reason)})") for edge in resource.edges()]
    lines += [
        Text(f"  is needed by {plain(str(other.address))} ({plain(edge.reason)})")
        for other in plan.contributions
        for edge in other.edges()
        if str(edge.target) == address
    ]
    return joined(lines)
