"""What need not be compiled again: a service that nobody has changed, compiled by the very vtnmd that is running."""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import vtnmd
from vtnmd.assets import TEMPLATES, YANG_MODELS
from vtnmd.domain import reads
from vtnmd.domain.intent import referred_services
from vtnmd.domain.plan import Plan
from vtnmd.state import ServiceEntry, Store
from vtnmd.usecases.services import Checked

_COMPILES = ("compiler", "domain", "planner", "render", "yang")
"""The packages that a plan is a function of, besides what it reads."""


@cache
def maker() -> str:
    """The digest of all that makes plans: code, models and templates. Where it is another, nothing of an earlier plan counts."""
    made = hashlib.sha256()
    for file in _sources():
        made.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return made.hexdigest()


def _sources() -> Iterator[Path]:
    package = Path(vtnmd.__file__).parent
    for folder, pattern in (*((package / name, "*.py") for name in _COMPILES), (TEMPLATES, "*.j2"), (YANG_MODELS, "*.yang")):
        yield from sorted(folder.rglob(pattern))


def plan_standing(checked: Checked, before: ServiceEntry | None, store: Store, user: str) -> Plan | None:
    """The empty plan of a service that is, and stands, exactly as it is wanted; None where that takes compiling to say.

    What a service comes to is a function of its Intent, the inventory, what it has drawn, and vtnmd itself; what it has drawn it
    keeps. Raises Invalid as compiling would.
    """
    if before is None or before.maker != maker() or before.inventory_digest != checked.inventory.digest:
        return None
    if referred_services(checked.intent.service):
        return None  # what it comes to depends on other services too
    if before.intent is None or before.intent_digest != checked.intent.digest:
        return None
    standing = store.standing(before.name)
    if standing is None:
        return None
    return Plan(
        before.name,
        before.owner,
        checked.intent,
        checked.inventory.document,
        {
            reads.service_read(before.name): before.intent_digest,
            reads.INVENTORY: reads.inventory_digest(store.inventory()),
            **standing.reads,
        },
        standing.allocations,
        standing.contributions,
        before.probes,
        (),
        (),
        author=user,
        maker=maker(),
    )
