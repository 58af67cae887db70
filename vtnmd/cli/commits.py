"""Commands of the configuration's commits: list, show, back."""

import asyncio
import time
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common, Yes
from vtnmd.cli.runs import asked
from vtnmd.cli.user import user_name
from vtnmd.cli.views.commits import show_commit, show_commits
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.running import Committed, Running
from vtnmd.datastore.tree import Changes, Tree, document_of
from vtnmd.domain.codes import EXIT_FAILED, EXIT_OK
from vtnmd.domain.commit import Origin, Part, service_part
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.tree import Json
from vtnmd.northbound.access.accounts import ACCESS
from vtnmd.northbound.schema import northbound_schema
from vtnmd.state import open_store
from vtnmd.usecases import configuring
from vtnmd.usecases.keeping import KeptCommits
from vtnmd.yang.difference import Difference, compare

Number = Annotated[int, Parameter(help="Number of a commit.")]


def listed(
    name: Annotated[str, Parameter(help="Name of a service; without it all commits are listed.")] = "",
    /,
    *,
    limit: Annotated[int, Parameter(help="How many commits, the latest first.")] = 20,
    common: Common = COMMON,
) -> None:
    """List the commits of the configuration, the latest first: who made them, over what, and what parts they changed."""
    found = configuring.history(common.state, limit, service_part(name) if name else "")
    for entry in found:
        current().record("commit", entry.to_json())
    current().data(show_commits(found))


def show(number: Number, /, *, common: Common = COMMON) -> None:
    """Show what a commit changed; of passwords only that they are there."""
    found = configuring.committed_values(number, common.state)
    before = {part: values[0] for part, values in found.values.items()}
    after = {part: values[1] for part, values in found.values.items()}
    differences = _differences(before, after)
    current().record("commit", found.entry.to_json())
    for each in differences:
        current().record("difference", {"path": str(each.identifier), "before": each.before, "after": each.after})
    current().data(show_commit(found.entry, differences))


def back(
    number: Number,
    /,
    *,
    service: Annotated[list[str] | None, Parameter(help="Only this service; may be given again.")] = None,
    yes: Yes = False,
    common: Common = COMMON,
) -> int:
    """Make the configuration what it was after a commit, by a new commit. `vtnmd serve` applies it."""
    parts: list[Part] = [service_part(name) for name in service or ()]
    then = configuring.changes_back_to(number, common.state, parts)
    with open_store(common.state, create=False) as store:
        held = store.configuration().parts
    now = {part: held[part].value if part in held else None for part in then}
    if not then:
        current().say(Text("nothing differs"))
        return EXIT_OK
    current().say(show_commit(None, _differences(now, then)))
    if not (yes or asked("Commit?")):
        current().say(Text("nothing was done"))
        return EXIT_FAILED
    committed = asyncio.run(_commit(then, common.state, number))
    made = committed.commit.number if committed.commit else 0
    current().record("committed", {"number": made, "back-to": number})
    current().data(Text(f"commit {made} made; vtnmd serve applies it"))
    return EXIT_OK


async def _commit(then: Changes, state: str, number: int) -> Committed:
    """Raises Invalid with everything that the models have against it."""

    def edit(tree: Tree) -> Changes:
        return {part: value for part, value in then.items() if tree.held(part).value != value}

    with open_store(state) as store:
        running = Running(northbound_schema(), KeptCommits(store), time.time)
        running.load()
        try:
            return await running.commit(edit, Origin(user_name(), "cli", comment=f"back to commit {number}"))
        except Refused as refusal:
            raise Invalid(*(_told(fault) for fault in refusal.faults)) from None
        finally:
            await running.aclose()


def _told(fault: Fault) -> Diagnostic:
    return Diagnostic("VTN-S042", fault.message, detail=fault.path.text, hint="go back in other parts too, or in fewer")


def _differences(before: Changes, after: Changes) -> tuple[Difference, ...]:
    """But for what is stored of passwords."""
    old, new = (document_of({part: _shown(part, value) for part, value in parts.items()}) for parts in (before, after))
    return compare(northbound_schema(), old, new)


def _shown(part: Part, value: Json) -> Json:
    if part != ACCESS or value is None:
        return value
    users = [{**user, **({"password": "(hidden)"} if "password" in user else {})} for user in value.get("user", ())]
    return {**value, **({"user": users} if users else {})}
