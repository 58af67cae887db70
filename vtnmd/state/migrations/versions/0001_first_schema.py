"""Services, snapshot, allocations, inventory, runs and their journal."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    _make_what_is_wanted()
    _make_what_is_there()
    _make_what_happened()


def _make_what_is_wanted() -> None:
    op.create_table(
        "services",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("intent", sa.Text()),
        sa.Column("intent_digest", sa.String(), nullable=False),
        sa.Column("inventory_digest", sa.String(), nullable=False),
        sa.Column("probes", sa.Text(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("changed", sa.Float(), nullable=False),
    )
    op.create_table(
        "inventory",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("loaded", sa.Float(), nullable=False),
    )
    op.create_table(
        "contributions",
        sa.Column("service", sa.String(), primary_key=True),
        sa.Column("address", sa.String(), primary_key=True),
        sa.Column("resource", sa.Text(), nullable=False),
    )
    op.create_index("contributions_by_address", "contributions", ["address"])


def _make_what_is_there() -> None:
    op.create_table(
        "snapshot",
        sa.Column("address", sa.String(), primary_key=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
    )
    op.create_table(
        "owners",
        sa.Column("address", sa.String(), primary_key=True),
        sa.Column("service", sa.String(), primary_key=True),
    )
    op.create_index("owners_by_service", "owners", ["service"])
    op.create_table(
        "allocations",
        sa.Column("pool", sa.String(), primary_key=True),
        sa.Column("owner", sa.String(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.UniqueConstraint("pool", "value", name="allocated_once"),
    )
    op.create_table(
        "allocation_users",
        sa.Column("pool", sa.String(), primary_key=True),
        sa.Column("owner", sa.String(), primary_key=True),
        sa.Column("service", sa.String(), primary_key=True),
        sa.Column("run", sa.String(), nullable=False),
    )
    op.create_index("allocation_users_by_service", "allocation_users", ["service"])


def _make_what_happened() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("ordinal", sa.Integer(), nullable=False, unique=True),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("started", sa.Float(), nullable=False),
        sa.Column("ended", sa.Float()),
        sa.Column("result", sa.String(), nullable=False),
    )
    op.create_index("runs_by_service", "runs", ["service", "ordinal"])
    op.create_index("runs_by_result", "runs", ["result"])
    op.create_table(
        "events",
        sa.Column("run", sa.String(), primary_key=True),
        sa.Column("sequence", sa.Integer(), primary_key=True),
        sa.Column("time", sa.Float(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_table(
        "claims",
        sa.Column("address", sa.String(), primary_key=True),
        sa.Column("run", sa.String(), nullable=False),
    )
