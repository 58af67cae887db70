"""What the Snapshot holds of a contribution once it is applied, noted with it to tell at a glance what stands as wanted."""

from sqlalchemy import Connection, bindparam, select, update

from vtnmd.domain.plan import Plan
from vtnmd.state.tables import contributions, snapshot


def note_held(connection: Connection, service: str) -> None:
    """What the Snapshot holds of the service's contributions is what it shall hold."""
    held = select(snapshot.c.digest).where(snapshot.c.address == contributions.c.address).scalar_subquery()
    differs = (contributions.c.service == service, held.is_not(None), contributions.c.digest != held)
    connection.execute(update(contributions).where(*differs).values(digest=held))


def note_wanted(connection: Connection, plan: Plan) -> None:
    """What the plan leaves alone is held as it shall be; of the rest its changes tell."""
    note_held(connection, plan.service)
    fresh = [{"of": str(change.address), "now": change.digest} for change in plan.changes if change.after]
    if fresh:
        mine = (contributions.c.service == plan.service, contributions.c.address == bindparam("of"))
        connection.execute(update(contributions).where(*mine).values(digest=bindparam("now")), fresh)
