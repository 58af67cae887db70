"""The running configuration, the commits that made it so, and what keeps commits from being carried out."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INVENTORY = "vtnmd-inventory:inventory"


def upgrade() -> None:
    """Make the tables, and a first commit of what the state holds."""
    _make_the_log()
    _make_what_waits()
    with op.batch_alter_table("runs") as batch:
        batch.add_column(sa.Column("commit_number", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("back_to", sa.Integer()))
    _commit_what_is_there()


def _make_the_log() -> None:
    op.create_table(
        "configuration",
        sa.Column("part", sa.String(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("time", sa.Float(), nullable=False),
    )
    op.create_index("configuration_numbers", "configuration", ["part", "number"])
    op.create_table(
        "commits",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("time", sa.Float(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
    )
    op.create_table(
        "commit_parts",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("part", sa.String(), primary_key=True),
        sa.Column("before", sa.Text()),
    )
    op.create_index("commit_parts_by_part", "commit_parts", ["part", "number"])


def _make_what_waits() -> None:
    op.create_table(
        "confirmation",
        sa.Column("persist", sa.String(), primary_key=True),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.Float(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
    )
    op.create_table(
        "troubles",
        sa.Column("service", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("time", sa.Float(), nullable=False),
        sa.Column("diagnostics", sa.Text(), nullable=False),
    )
    op.create_table(
        "plans",
        sa.Column("service", sa.String(), primary_key=True),
        sa.Column("digest", sa.String(), nullable=False, unique=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("time", sa.Float(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
    )


def _commit_what_is_there() -> None:
    """Services and the inventory as they stand, defaults included: which of them somebody wrote down is not known any more."""
    connection = op.get_bind()
    found: dict[str, tuple[str, float]] = {}
    for name, intent, changed in connection.execute(sa.text("SELECT name, intent, changed FROM services WHERE intent IS NOT NULL")):
        entry = json.loads(intent)["vtnmd-vtn:services"]["service"][0]
        found[f"service/{name}"] = _text(entry), changed
    for document, loaded in connection.execute(sa.text("SELECT document, loaded FROM inventory")):
        found[_INVENTORY] = _text(json.loads(document).get(_INVENTORY, {})), loaded
    if not found:
        return
    newest = max(time for _, time in found.values())
    tables = {name: sa.table(name, *map(sa.column, columns)) for name, columns in _COLUMNS.items()}
    row = {"number": 1, "time": newest, "user": "vtnmd", "source": "cli", "client": "", "session": 0, "label": "", "comment": ""}
    connection.execute(tables["commits"].insert(), [row | {"comment": "what the state held before it kept commits"}])
    connection.execute(tables["commit_parts"].insert(), [{"number": 1, "part": part, "before": None} for part in found])
    rows = [{"part": part, "value": text, "number": 1, "time": newest} for part, (text, _) in found.items()]
    connection.execute(tables["configuration"].insert(), rows)
    connection.execute(sa.text("UPDATE runs SET commit_number = 1 WHERE id IN (SELECT run FROM services)"))


_COLUMNS = {
    "commits": ("number", "time", "user", "source", "client", "session", "label", "comment"),
    "commit_parts": ("number", "part", "before"),
    "configuration": ("part", "value", "number", "time"),
}


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
