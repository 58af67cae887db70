"""What a run may need to be taken back, superseded or cancelled; regions, health, approvals and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns to what is there, and the new tables."""
    _extend_what_is_there()
    _make_what_a_run_displaces()
    _make_what_operators_say()
    _make_what_a_fleet_shares()


def _extend_what_is_there() -> None:
    with op.batch_alter_table("services") as batch:
        batch.add_column(sa.Column("maker", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("contributions") as batch:
        batch.add_column(sa.Column("digest", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("snapshot") as batch:
        batch.add_column(sa.Column("accepted", sa.Text(), nullable=False, server_default="{}"))
    with op.batch_alter_table("runs") as batch:
        for name in ("label", "successor", "cancelled", "stopping"):
            batch.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("settings", sa.Text(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("before", sa.Text()))


def _make_what_a_run_displaces() -> None:
    op.create_table(
        "displaced",
        sa.Column("run", sa.String(), primary_key=True),
        sa.Column("address", sa.String(), primary_key=True),
        sa.Column("resource", sa.Text()),
    )


def _make_what_operators_say() -> None:
    op.create_table(
        "regions",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_table(
        "health",
        sa.Column("endpoint", sa.String(), primary_key=True),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_table(
        "approvals",
        sa.Column("plan", sa.String(), primary_key=True),
        sa.Column("user", sa.String(), primary_key=True),
        sa.Column("time", sa.Float(), nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("time", sa.Float(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )


def _make_what_a_fleet_shares() -> None:
    op.create_table(
        "holders",
        sa.Column("service", sa.String(), primary_key=True),
        sa.Column("owner", sa.Text(), nullable=False),
    )
    op.create_table(
        "legs",
        sa.Column("run", sa.String(), primary_key=True),
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("requests", sa.Text(), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("back", sa.Boolean(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("job", sa.BigInteger()),
        sa.Column("batch", sa.Integer(), nullable=False),
    )
    op.create_index("legs_by_standing", "legs", ["standing"])
    op.create_table(
        "workers",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("regions", sa.Text(), nullable=False),
        sa.Column("seen", sa.Float(), nullable=False),
    )
