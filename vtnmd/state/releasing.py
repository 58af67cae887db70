"""Lets go of what a service had drawn from pools."""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, delete, select

from vtnmd.state.tables import allocation_users, allocations


def release(connection: Connection, service: str, pairs: Iterable[tuple[str, str]]) -> None:
    """The service no longer uses these pairs of pool and owner; those that nobody uses are free again."""
    given = [{"in_pool": pool, "of_owner": owner} for pool, owner in pairs]
    if not given:
        return
    users = (allocation_users.c.pool == bindparam("in_pool"), allocation_users.c.owner == bindparam("of_owner"))
    connection.execute(delete(allocation_users).where(*users, allocation_users.c.service == service), given)
    here = (allocations.c.pool == bindparam("in_pool"), allocations.c.owner == bindparam("of_owner"))
    used = select(allocation_users.c.pool).where(
        allocation_users.c.pool == allocations.c.pool, allocation_users.c.owner == allocations.c.owner
    )
    connection.execute(delete(allocations).where(*here, ~used.exists()), given)
