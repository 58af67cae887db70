"""How well interconnects carried packets when they were last probed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nothing is known of any interconnect."""
    op.create_table(
        "carriage",
        sa.Column("service", sa.String(), primary_key=True),
        sa.Column("address", sa.String(), primary_key=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
    )
