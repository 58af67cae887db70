"""The models of designers, kept for the services that were made with them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of models, and which of them a service is made with."""
    op.create_table(
        "models",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("used", sa.Float(), nullable=False),
    )
    with op.batch_alter_table("services") as batch:
        batch.add_column(sa.Column("models", sa.String(), nullable=False, server_default=""))
