"""What drivers of several kinds do alike: fill holes, read many things at once, and judge what was read back after a write."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json, Ref, Secret, Tree, fill
from vtnmd.southbound.ports import Observed, Rejected, Resolve

Answer = TypeVar("Answer")


def filled(tree: Tree, resolve: Resolve, endpoint: str) -> Json:
    """The tree without holes. Raises Rejected (VTN-E016) where one has no value yet."""

    def known(hole: Ref | Secret) -> Json:
        try:
            return resolve(hole)
        except KeyError:
            hint = "apply or check the change that it comes from first"
            raise Rejected(Diagnostic("VTN-E016", f"{endpoint}: {hole} is not known", hint=hint)) from None

    return fill(tree, known)


async def at_once(ask: Callable[[str], Awaitable[Answer]], paths: Iterable[str]) -> dict[str, Answer]:
    """What is answered for each path, all asked at once. Raises the first error."""

    async def one(path: str) -> Answer:
        return await ask(path)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = {path: group.create_task(one(path)) for path in sorted(paths)}
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return {path: task.result() for path, task in tasks.items()}


def hold_to(read: Tree, observed: Mapping[Address, Observed], endpoint: str, code: str) -> None:
    """Raises Rejected with the code unless what was read back after a write is what `read` says."""
    is_removal = "absent" in read
    for seen in observed.values():
        if seen.present == is_removal or (seen.present and seen.differences and not is_removal):
            fields = "; ".join(f"{path}: {found!r} instead of {wanted!r}" for path, (wanted, found) in seen.differences.items())
            summary = f"{endpoint}: accepted, but {'still there' if is_removal else fields or 'not there'}"
            hint = "something else may be writing there; find out what, then apply again"
            raise Rejected(Diagnostic(code, summary, hint=hint))
