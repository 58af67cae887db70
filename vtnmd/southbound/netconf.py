"""NETCONF devices (RFC 6241): one edit-config per request, committed under confirmation where the device can, and read back.

The forms of payloads and reads stand in docs/architecture.md, "Endpoint kind netconf". `prepare`, `commit`, `confirm` and `cancel`
are the steps of `apply`, for a transaction over several devices.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from vtnmd.assets import YANG_MODELS
from vtnmd.domain.address import Address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.drift import Stranger
from vtnmd.domain.plan import Request
from vtnmd.domain.tree import Json, Tree, digest, holes
from vtnmd.netconf import operations
from vtnmd.netconf.messages import CANDIDATE, CONFIRMED_COMMIT, content_of
from vtnmd.netconf.session import Refused, Session
from vtnmd.netconf.xmltree import to_tree
from vtnmd.southbound import netconf_edit as steps
from vtnmd.southbound.asking import filled
from vtnmd.southbound.netconf_compare import Held, compare, parts, selection
from vtnmd.southbound.netconf_edit import Edit
from vtnmd.southbound.netconf_link import Link
from vtnmd.southbound.netconf_strangers import find_strangers, keys_filter
from vtnmd.southbound.ports import Attributes, Busy, EndpointError, InDoubt, Observed, Rejected, Resolve, Unreachable
from vtnmd.yang.schema import Schema, load_schema

_FAMILY = "vtnmd-pe"
_SHORTEST_CONFIRM_TIMEOUT = 30


def connect(endpoint: Mapping[str, Json], secrets: Callable[[str], str]) -> "NetconfDevice":
    """A driver for an inventory entry of kind `netconf`. Opens nothing before it is used.

    The YANG module named like the endpoint's family, where vtnmd ships it, gives list keys and types.
    """
    family = str(endpoint.get("family", _FAMILY))
    return NetconfDevice(Link(endpoint, secrets), family if (YANG_MODELS / f"{family}.yang").is_file() else "")


def persist_id(request: Request) -> str:
    """The name of the request's confirmed commit: a digest over what it does and what takes it back.

    So it is the same in every life, and that of the request which takes this one back: either puts away what the other left
    pending.
    """
    return f"vtnmd-{digest([request.endpoint, *sorted(digest(tree) for tree in (request.payload, request.undo))])[:32]}"


class NetconfDevice:
    """Driver for one NETCONF device. What it is asked for is done one after the other."""

    def __init__(self, link: Link, module: str) -> None:
        self._link = link
        self._module = module
        self._turn = asyncio.Lock()
        self._prepared: dict[str, Session] = {}
        self._in_doubt: set[str] = set()
        self._settled: Session | None = None
        self._edited: tuple[Request, Edit] | None = None
        self._loaded: Schema | None = None
        self._confirm_timeout = max(_SHORTEST_CONFIRM_TIMEOUT, int(2 * link.time_limit))

    async def prepare(self, request: Request, resolve: Resolve) -> None:
        """Make the device ready to commit: candidate locked, edited and tested. Nothing is in force yet."""
        edit = self._edit(request, resolve)
        async with self._step(edit, request):
            await self._prepare(edit)

    async def commit(self, request: Request, resolve: Resolve, confirm_timeout: int | None = None) -> None:
        """Put into force what was prepared; the device takes it back after `confirm_timeout` seconds unless it is confirmed.

        Raises Unreachable where the session that prepared it is gone: nothing is in force then.
        """
        edit = self._edit(request, resolve)
        async with self._step(edit, request):
            await self._commit(edit, confirm_timeout or self._confirm_timeout)

    async def confirm(self, request: Request, resolve: Resolve) -> None:
        """Make permanent what was committed, perhaps by an earlier life. Raises Rejected where the device does not hold it."""
        edit = self._edit(request, resolve)
        async with self._step(edit, request):
            await self._confirm(edit, read_back=False)

    async def cancel(self, request: Request, resolve: Resolve) -> None:
        """Take back what was prepared or committed, perhaps by an earlier life. Harmless where nothing was."""
        edit = self._edit(request, resolve)
        async with self._step(edit, request):
            await steps.cancel(self._link, edit, self._prepared.pop(edit.persist_id, None), self._confirm_timeout)
            self._in_doubt.discard(edit.persist_id)

    async def apply(self, request: Request, resolve: Resolve) -> Mapping[Address, Attributes]:
        """Prepare, commit, confirm, and compare running with what was asked. A device gives no attributes."""
        await self._carry_out(self._edit(request, resolve), request)
        return {}

    async def recover(self, request: Request, resolve: Resolve) -> None:
        """Cancel the confirmed commit of the request, if one is pending."""
        await self.cancel(request, resolve)

    async def read(self, reads: Mapping[Address, Tree], resolve: Resolve) -> Mapping[Address, Observed]:
        """One get-config of running for all reads.

        Raises Busy while a confirmed commit is pending that this driver does not know: what running holds may be taken back. One of
        its own that is in doubt is cancelled first.
        """
        told = {address: self._fill(read, resolve) for address, read in reads.items()}
        trees = {address: _trees(read) for address, read in told.items()}
        async with self._turn:
            await self._settle()
            held = await self._held([tree for group in trees.values() for tree in group])
        schema = await self._schema()
        compared = {address: compare(group, held, schema) for address, group in trees.items()}
        return {
            address: Observed(comparison.found, {}, comparison.differences if "config" in told[address] else {})
            for address, comparison in compared.items()
        }

    async def offers(self) -> str:
        """How far the device takes part in a transaction, in the words of the inventory's leaf `offers`."""
        capabilities = (await self._link.session()).capabilities
        if CANDIDATE not in capabilities:
            return "running"
        return "confirmed" if CONFIRMED_COMMIT in capabilities else "candidate"

    async def strangers(self, reads: Sequence[Tree], known: Sequence[Tree], resolve: Resolve) -> tuple[Stranger, ...]:
        """One get-config of running for the keys of the lists. Raises Busy as `read` does."""
        mine, familiar = ([tree for read in group for tree in _trees(self._fill(read, resolve))] for group in (reads, known))
        schema = await self._schema()
        async with self._turn:
            await self._settle()
            held = await self._asked(keys_filter(mine, schema))
        return find_strangers(mine, familiar, held, schema)

    async def hello(self) -> str:
        """Open a session and say what the device offers."""
        capabilities = (await self._link.session()).capabilities
        offered = [name for uri, name in ((CANDIDATE, "candidate"), (CONFIRMED_COMMIT, "confirmed-commit")) if uri in capabilities]
        return f"NETCONF device with {' and '.join(offered) or 'neither candidate nor confirmed-commit'}"

    async def aclose(self) -> None:
        await self._link.aclose()

    async def _carry_out(self, edit: Edit, request: Request) -> None:
        if not edit.config:
            return
        async with self._step(edit, request):
            await self._prepare(edit)
            await self._commit(edit, self._confirm_timeout)
            await self._confirm(edit, read_back=True)

    @asynccontextmanager
    async def _step(self, edit: Edit, request: Request) -> AsyncIterator[None]:
        """One step at a time. One that is broken off cuts the session, for the device to drop lock and candidate."""
        async with self._turn:
            try:
                yield
            except EndpointError as error:
                if isinstance(error, InDoubt):
                    self._in_doubt.add(edit.persist_id)
                address = str(request.changes[0]) if len(request.changes) == 1 else ""
                raise type(error)(replace(error.diagnostic, address=address)) from None
            except BaseException:
                self._in_doubt.add(edit.persist_id)
                self._prepared.pop(edit.persist_id, None)
                self._link.abort()
                raise

    async def _prepare(self, edit: Edit) -> None:
        await self._end_doubt()
        self._prepared[edit.persist_id] = await steps.prepare(self._link, edit)

    async def _commit(self, edit: Edit, confirm_timeout: int) -> None:
        session = self._prepared.get(edit.persist_id)
        if session is None:
            raise Unreachable(Diagnostic("VTN-E010", f"{self._link.name}: nothing is prepared here", hint="prepare it again"))
        try:
            await steps.commit(self._link, session, edit, confirm_timeout)
        except EndpointError:
            del self._prepared[edit.persist_id]
            raise

    async def _confirm(self, edit: Edit, *, read_back: bool) -> None:
        """Without `read_back`, what was committed has been looked at before it is confirmed.

        Where nothing is pending (confirmed before, timed out, nothing changed), what running holds tells whether all is well.
        """
        session = self._prepared.pop(edit.persist_id, None)
        taken = False
        try:
            taken = await steps.confirm(self._link, edit)
        except Refused as refused:
            error = self._link.refused("the commit cannot be confirmed", refused)
            if isinstance(error, Busy):
                raise error from None
        if session is not None:
            await steps.release(self._link, session, clean=taken)
        if read_back or not taken:
            try:
                await self._verify(edit)
            except Unreachable as error:
                raise InDoubt(error.diagnostic) from None
        self._in_doubt.discard(edit.persist_id)

    async def _verify(self, edit: Edit) -> None:
        """Raise Rejected unless running holds what the edit makes, and nothing that it removes."""
        made, gone = parts(edit.config)
        held, schema = await self._held([*made, *gone]), await self._schema()
        wrong = dict(compare(made, held, schema).differences)
        left = compare(gone, held, schema).found
        if not wrong and not left:
            return
        fields = [f"{path}: {found!r} instead of {wanted!r}" for path, (wanted, found) in wrong.items()]
        raise Rejected(
            Diagnostic(
                "VTN-E206",
                f"{self._link.name}: committed, but the device does not hold what was asked for",
                detail="\n".join(fields + (["what was to be removed is still there"] if left else [])),
                hint="a `when` of its model may have dropped it, or somebody else configures the device; see which, apply again",
            )
        )

    async def _end_doubt(self) -> None:
        """Cancel the commits that are in doubt: what is pending goes, what was confirmed stays."""
        for persist_id in tuple(self._in_doubt):
            if CONFIRMED_COMMIT in (await self._link.session()).capabilities:
                with suppress(Refused):
                    await self._link.ask(operations.cancel_commit(persist_id))
            self._in_doubt.discard(persist_id)

    async def _settle(self) -> None:
        """See to it that running is not about to change by itself: once for each session, for that costs two round trips."""
        await self._end_doubt()
        session = await self._link.session()
        if session is self._settled or self._prepared or CONFIRMED_COMMIT not in session.capabilities:
            return
        try:
            await self._link.ask(operations.lock("running"))
            await self._link.ask(operations.unlock("running"))
        except Refused as refused:
            if "in-use" in refused.tags:
                raise self._link.refused("a confirmed commit is pending", refused) from None
        self._settled = session

    async def _held(self, trees: Sequence[Json]) -> Held:
        """What running holds of the trees' list entries and containers."""
        return await self._asked(selection(trees, await self._schema()))

    async def _asked(self, criteria: Sequence[Json]) -> Held:
        """What running holds of a subtree filter."""
        if not criteria:
            return Held()
        try:
            reply = await self._link.ask(operations.get_config("running", criteria))
        except Refused as refused:
            raise self._link.refused("running cannot be read", refused) from None
        return Held(to_tree(reply.data).get("children", ()) if reply.data is not None else ())

    async def _schema(self) -> Schema | None:
        """The YANG modules of the endpoint's family; building them takes a moment once, off the event loop."""
        if self._loaded is None and self._module:
            self._loaded = await asyncio.to_thread(load_schema, (self._module,), (YANG_MODELS,))
        return self._loaded

    def _edit(self, request: Request, resolve: Resolve) -> Edit:
        """The request's trees with their holes filled: once for all steps of a request that has none."""
        if self._edited is not None and self._edited[0] is request:
            return self._edited[1]
        config, back = (self._fill(tree or {}, resolve).get("config", ()) for tree in (request.payload, request.undo))
        edit = Edit(tuple(config), tuple(back), persist_id(request))
        if not any(True for tree in (request.payload, request.undo) for _ in holes(tree)):
            self._edited = request, edit
        return edit

    def _fill(self, tree: Tree, resolve: Resolve) -> Json:
        """The tree without holes, which XML can carry. Raises Rejected."""
        found = filled(tree, resolve, self._link.name)
        try:
            for part in found.values():
                content_of(part)
        except ValueError as error:
            hint = "take control characters out of names and texts of the service"
            raise Rejected(Diagnostic("VTN-E208", f"{self._link.name}: {error}", hint=hint)) from None
        return found


def _trees(read: Json) -> list[Json]:
    """The elements of a filled read, whether they are to be there or not."""
    return [*read.get("config", ()), *read.get("absent", ())]
