"""The one transaction in which a plan becomes a run, or is refused as stale."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, select

from vtnmd.domain.address import Address, parse_address
from vtnmd.domain.commit import Origin
from vtnmd.domain.diagnostics import Diagnostic, Stale, StateError
from vtnmd.domain.plan import Plan
from vtnmd.domain.reads import INVENTORY, inventory_digest, resource_read, service_digest, service_read
from vtnmd.domain.run import Event, Result, Step
from vtnmd.domain.tree import Json
from vtnmd.state.approving import use_approvals
from vtnmd.state.auditing import audit
from vtnmd.state.configuring import BROUGHT, Basis, commit_run, take_over
from vtnmd.state.contributing import note_wanted
from vtnmd.state.modelling import keep_models
from vtnmd.state.operating import forget_region, supersede
from vtnmd.state.reading import read_inventory, resource_digests
from vtnmd.state.renaming import carry_out_moves, lost_moves
from vtnmd.state.restoring import Pair, remember
from vtnmd.state.rows import AnyRow, chunks, dump, dump_plan, event_row, remove, write
from vtnmd.state.tables import allocation_users, allocations, claims, contributions, owners, runs, services, snapshot
from vtnmd.state.tables import events as events_table


@dataclass(frozen=True, slots=True)
class Succession:
    """What a new run has to do with earlier runs of its service.

    `supersedes` is the one whose work it takes over, under the approval that was given for that, together with what still earlier
    ones left. `pruned` are requests of its plan that are not to be sent, each with what the event says. `abandoned` names a region
    whose resources the service lets go of without touching them.
    """

    supersedes: str = ""
    pruned: Mapping[str, Json] = field(default_factory=dict)
    abandoned: str = ""


NO_SUCCESSION = Succession()


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a run begins: what the audit log calls it, and the user's own words for it.

    `actor` is who did it, where that is not the user in whose name the run goes. `basis` says what of the configuration it is
    made of.
    """

    action: str = "apply"
    label: str = ""
    actor: str = ""
    basis: Basis = BROUGHT


APPLY = Cause()


def begin(
    connection: Connection, plan: Plan, user: str, now: float, succession: Succession = NO_SUCCESSION, cause: Cause = APPLY
) -> str:
    """Commit the Intent, its allocations and a new run of it; the run's id.

    Raises Stale (VTN-S020) with one diagnostic for each thing that moved since the plan was made, StateError (VTN-S012) where a run
    is at work on the same service or resources, (VTN-P020) where approvals are missing.
    """
    refuse_stale(connection, plan)
    _refuse_running(connection, plan)
    approved = () if succession.supersedes else use_approvals(connection, plan)
    run, ordinal = _identity(connection, plan.service, now)
    before = connection.execute(select(services).where(services.c.name == plan.formerly)).one_or_none()
    version = _version(before, plan)
    origin = Origin(cause.actor or user, "cli", label=cause.label)
    if succession.supersedes:
        made = take_over(connection, plan, succession.supersedes, origin, now)
    else:
        made = commit_run(connection, plan, before, cause.basis, origin, now)
    write(
        connection,
        runs,
        [
            {
                "id": run,
                "ordinal": ordinal,
                "service": plan.service,
                "user": user,
                "label": cause.label,
                "version": version,
                "plan": dump_plan(plan),
                "started": now,
                "ended": None,
                "result": Result.RUNNING.value,
                "commit_number": made.commit,
                "back_to": made.back_to,
            }
        ],
    )
    carry_out_moves(connection, plan, run)
    _store_service(connection, plan, before, version, run, now)
    contributed = _store_contributions(connection, plan)
    note_wanted(connection, plan)
    drawn = _store_allocations(connection, plan, run)
    remember(connection, run, before, plan.moved, contributed, drawn)
    _store_claims(connection, plan, run)
    _succeed(connection, plan.service, run, now, succession)
    amount = {"service": plan.service, "version": version, "changes": len(plan.changes)}
    words: Json = {"label": cause.label, "supersedes": succession.supersedes, "abandons": succession.abandoned}
    words |= {"author": plan.author, "approved-by": list(approved), "for": user if cause.actor else ""}
    audit(connection, now, cause.actor or user, cause.action, run, amount | {key: value for key, value in words.items() if value})
    return run


def _succeed(connection: Connection, service: str, run: str, now: float, succession: Succession) -> None:
    if succession.supersedes:
        supersede(connection, service, succession.supersedes, run)
    if succession.abandoned:
        forget_region(connection, service, succession.abandoned)
    events = (
        Event(run, number, now, Step.PRUNED, request, detail)
        for number, (request, detail) in enumerate(succession.pruned.items(), 1)
    )
    write(connection, events_table, [event_row(event) for event in events])


def refuse_stale(connection: Connection, plan: Plan) -> None:
    """Raises Stale (VTN-S020) with one diagnostic for each thing that moved since the plan was made."""
    moved = [
        Diagnostic("VTN-S020", f"the plan is stale: {thing} has changed since it was made", hint=f"plan {plan.service} again")
        for thing in (*_moved(connection, plan.reads), *_taken(connection, plan), *lost_moves(connection, plan))
    ]
    if moved:
        raise Stale(*moved)


def _moved(connection: Connection, reads: Mapping[str, str]) -> Iterator[str]:
    """What the plan read and is not as it was."""
    names = [key.partition(" ")[2] for key in reads if key.startswith("service ")]
    addresses = [parse_address(key.partition(" ")[2]) for key in reads if key.startswith("resource ")]
    now: dict[str, str] = {}
    if INVENTORY in reads:
        now[INVENTORY] = inventory_digest(read_inventory(connection))
    for part in chunks(names):
        query = select(services.c.name, services.c.intent_digest).where(services.c.name.in_(part))
        now |= {service_read(row.name): row.intent_digest for row in connection.execute(query)}
    now |= {resource_read(address): found for address, found in resource_digests(connection, addresses).items()}
    return (key for key, expected in reads.items() if now.get(key, "") != expected)


def _taken(connection: Connection, plan: Plan) -> Iterator[str]:
    """Allocations of the plan that clash with what is drawn already.

    What the service holds alone it may draw anew: the plan read the service, so nobody has moved it since.
    """
    wanted = {(pool, owner): dump(value) for pool, drawn in plan.allocations.values.items() for owner, value in drawn.items()}
    owner_of = {(pool, value): owner for (pool, owner), value in wanted.items()}
    shared = _shared(connection, plan)
    for part in chunks(plan.allocations.values):
        query = select(allocations.c.pool, allocations.c.owner, allocations.c.value).where(allocations.c.pool.in_(part))
        for row in connection.execute(query):
            key = (row.pool, row.owner)
            if wanted.get(key, row.value) != row.value and key in shared:
                yield f"allocation {row.pool} {row.owner}"
            elif plan.moved.get(row.pool, {}).get(owner_of.get((row.pool, row.value), "")) == row.owner:
                continue
            elif owner_of.get((row.pool, row.value), row.owner) != row.owner and wanted.get(key, row.value) == row.value:
                yield f"allocation {row.pool} {owner_of[row.pool, row.value]}"


def _shared(connection: Connection, plan: Plan) -> set[tuple[str, str]]:
    """Pairs of pool and owner in the plan's pools that another service uses."""
    found: set[tuple[str, str]] = set()
    for part in chunks(plan.allocations.values):
        query = select(allocation_users.c.pool, allocation_users.c.owner).where(
            allocation_users.c.pool.in_(part), allocation_users.c.service.not_in({plan.service, plan.formerly})
        )
        found |= {(row.pool, row.owner) for row in connection.execute(query)}
    return found


def _refuse_running(connection: Connection, plan: Plan) -> None:
    going_on = select(runs.c.id).where(runs.c.result == Result.RUNNING.value)
    busy = set(connection.execute(going_on.where(runs.c.service.in_({plan.service, plan.formerly}))).scalars())
    if connection.execute(going_on.limit(1)).first() is not None:
        touched = _changed(plan) | {str(resource.address) for resource in plan.contributions}
        for part in chunks(touched):
            busy |= set(
                connection.execute(going_on.join(claims, claims.c.run == runs.c.id).where(claims.c.address.in_(part))).scalars()
            )
    if busy:
        raise StateError(
            *(
                Diagnostic("VTN-S012", f"run {run} is at work on the same resources", hint="wait for it to end")
                for run in sorted(busy)
            )
        )


def _identity(connection: Connection, service: str, now: float) -> tuple[str, int]:
    """A readable id that no run has, and the run's place in the order of all."""
    ordinal = (connection.execute(select(func.max(runs.c.ordinal))).scalar_one_or_none() or 0) + 1
    stem = f"{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M}-{service}"
    run, attempt = stem, 1
    while connection.execute(select(runs.c.id).where(runs.c.id == run)).first() is not None:
        attempt += 1
        run = f"{stem}-{attempt}"
    return run, ordinal


def _version(before: AnyRow | None, plan: Plan) -> int:
    return 1 if before is None else before.version + (before.intent_digest != service_digest(plan.intent))


def _store_service(connection: Connection, plan: Plan, before: AnyRow | None, version: int, run: str, now: float) -> None:
    if plan.intent is not None:
        keep_models(connection, plan.intent.models, now)
    remove(connection, services, "name", [plan.service])
    write(
        connection,
        services,
        [
            {
                "name": plan.service,
                "version": version,
                "owner": plan.owner,
                "intent": None if plan.intent is None else dump(plan.intent.document),
                "intent_digest": service_digest(plan.intent),
                "inventory_digest": inventory_digest(plan.inventory),
                "maker": plan.maker,
                "models": plan.intent.models.digest if plan.intent else before.models if before else "",
                "probes": dump([probe.to_json() for probe in plan.probes]),
                "run": run,
                "changed": now,
            }
        ],
    )


def _store_contributions(connection: Connection, plan: Plan) -> dict[str, str | None]:
    """Write only what differs, so that a small change of a large service stays small; what it was before, None for what is new."""
    query = select(contributions.c.address, contributions.c.resource).where(contributions.c.service == plan.service)
    before = {row.address: row.resource for row in connection.execute(query)}
    after = {str(resource.address): resource.text for resource in plan.contributions}
    gone = {address: text for address, text in before.items() if after.get(address) != text}
    for part in chunks(gone):
        connection.execute(delete(contributions).where(contributions.c.service == plan.service, contributions.c.address.in_(part)))
    fresh = [(address, text) for address, text in after.items() if before.get(address) != text]
    write(connection, contributions, [{"service": plan.service, "address": address, "resource": text} for address, text in fresh])
    return {address: None for address, _ in fresh} | gone


def _store_allocations(connection: Connection, plan: Plan, run: str) -> dict[Pair, str | None]:
    """Add what the plan draws, also anew; what the service no longer needs stays until a run has applied everything.

    Gives what the plan draws anew with its value before, and what the service did not use with None.
    """
    mine = select(allocation_users.c.pool, allocation_users.c.owner).where(allocation_users.c.service == plan.service)
    used = {(row.pool, row.owner) for row in connection.execute(mine)}
    held: dict[tuple[str, str], str] = {}
    for part in chunks(plan.allocations.values):
        query = select(allocations).where(allocations.c.pool.in_(part))
        held |= {(row.pool, row.owner): row.value for row in connection.execute(query)}
    drawn = [(pool, owner, value) for pool, values in plan.allocations.values.items() for owner, value in values.items()]
    moved = {(pool, owner) for pool, owner, value in drawn if held.get((pool, owner), dump(value)) != dump(value)}
    earlier: dict[Pair, str | None] = {pair: held.pop(pair) for pair in moved}
    for pool, owner in moved:
        connection.execute(delete(allocations).where(allocations.c.pool == pool, allocations.c.owner == owner))
    fresh = [{"pool": pool, "owner": owner, "value": dump(value)} for pool, owner, value in drawn if (pool, owner) not in held]
    write(connection, allocations, fresh)
    by_pool: dict[str, list[str]] = {}
    for pool, owner, _ in drawn:
        by_pool.setdefault(pool, []).append(owner)
    for pool, names in by_pool.items():
        for part in chunks(names):
            here = (allocation_users.c.service == plan.service, allocation_users.c.pool == pool)
            connection.execute(delete(allocation_users).where(*here, allocation_users.c.owner.in_(part)))
    users = [{"pool": pool, "owner": owner, "service": plan.service, "run": run} for pool, owner, _ in drawn]
    write(connection, allocation_users, users)
    return earlier | {(pool, owner): None for pool, owner, _ in drawn if (pool, owner) not in used}


def _store_claims(connection: Connection, plan: Plan, run: str) -> None:
    """Note who owns what from now on, and which run speaks last for each resource that changes or is shared.

    A resource that is about to be deleted keeps its owner until it is gone; one that others use as well loses this one at once.
    """
    wanted = [resource.address for resource in plan.contributions]
    there = set(_present(connection, wanted))
    owned = {row.address for row in connection.execute(select(owners.c.address).where(owners.c.service == plan.service))}
    changed = _changed(plan)
    gained = there - owned
    lost = owned - {str(address) for address in wanted} - changed
    write(connection, owners, [{"address": address, "service": plan.service} for address in sorted(gained)])
    for part in chunks(lost):
        connection.execute(delete(owners).where(owners.c.service == plan.service, owners.c.address.in_(part)))
    claimed = changed | gained
    remove(connection, claims, "address", claimed)
    write(connection, claims, [{"address": address, "run": run} for address in sorted(claimed)])


def _changed(plan: Plan) -> set[str]:
    """Addresses that the run changes or takes over."""
    return {str(change.address) for change in plan.changes} | {str(entry.resource.address) for entry in plan.adopted}


def _present(connection: Connection, addresses: Iterable[Address]) -> Iterator[str]:
    for part in chunks(str(address) for address in addresses):
        yield from connection.execute(select(snapshot.c.address).where(snapshot.c.address.in_(part))).scalars()
