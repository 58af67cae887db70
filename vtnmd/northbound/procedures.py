"""RPCs and actions, by name, whatever protocol calls them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from vtnmd.domain.commit import Origin
from vtnmd.domain.tree import Json
from vtnmd.yang.nodes import SchemaNode

Step = tuple[str, tuple[str, ...]]
"""(member name, canonical keys of an entry; empty for what has none)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call, its input validated and completed with defaults. `target` leads to the instance of an action; () for an RPC."""

    name: str
    """`module:name`."""
    input: Json
    origin: Origin
    target: tuple[Step, ...] = ()
    schema: SchemaNode | None = None


Procedure = Callable[[Call], Awaitable[Json]]
"""Carries a call out on the event loop; gives the members of its output, {} for none.

Raises `datastore.faults.Refused` or `domain.diagnostics.VtnmdError`. What blocks runs in a thread.
"""

Procedures = Mapping[str, Procedure]
"""By `module:name`; of an action by the schema path of its node, `/module:name/name/…/action`."""
