"""What a plan will send, request by request, in the form of each kind of endpoint, holes marked."""

from collections.abc import Mapping

from rich.text import Text

from vtnmd.cli.views.text import joined, plain
from vtnmd.domain.plan import Plan
from vtnmd.usecases.payloads import payload_text


def show_payloads(plan: Plan, kinds: Mapping[str, str]) -> Text:
    """Every request of the plan; `kinds` maps an endpoint's id to its kind."""
    blocks = []
    for request in plan.requests:
        head = f"# {request.id}: {', '.join(str(address) for address in request.changes)}"
        blocks.append(Text.assemble((plain(head), "bold"), "\n", payload_text(request.payload, kinds[request.endpoint])))
    return Text("\n\n").join(blocks) if blocks else joined([])
