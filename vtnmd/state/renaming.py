"""Renames: what the state keeps under a name is handed over to another, in the transaction that begins the plan's run."""

from collections.abc import Iterator

from sqlalchemy import Connection, select, update

from vtnmd.domain.plan import Plan
from vtnmd.state.rows import dump, remove, write
from vtnmd.state.tables import allocation_users, allocations, claims, contributions, owners, services


def lost_moves(connection: Connection, plan: Plan) -> Iterator[str]:
    """What the plan hands over to a new name, and the old name does not hold any more."""
    for pool, names in plan.moved.items():
        for name, former in names.items():
            held = select(allocations.c.value).where(allocations.c.pool == pool, allocations.c.owner == former)
            if connection.execute(held).scalar_one_or_none() != dump(plan.allocations.values[pool][name]):
                yield f"allocation {pool} {former}"


def carry_out_moves(connection: Connection, plan: Plan, run: str) -> None:
    """Hand over allocations, and all that the service owns where the service itself is renamed.

    The run then speaks last for every resource of such a service: what other runs have left to do knows it by its former name.
    """
    for pool, names in plan.moved.items():
        for name, former in names.items():
            for table in (allocations, allocation_users):
                here = (table.c.pool == pool, table.c.owner == former)
                connection.execute(update(table).where(*here).values(owner=name))
    if plan.formerly == plan.service:
        return
    for table in (contributions, owners, allocation_users):
        connection.execute(update(table).where(table.c.service == plan.formerly).values(service=plan.service))
    connection.execute(update(services).where(services.c.name == plan.formerly).values(name=plan.service))
    owned = list(connection.execute(select(owners.c.address).where(owners.c.service == plan.service)).scalars())
    remove(connection, claims, "address", owned)
    write(connection, claims, [{"address": address, "run": run} for address in owned])
