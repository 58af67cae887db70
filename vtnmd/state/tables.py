"""The tables. Documents are JSON text, times seconds since the epoch; migrations/ brings older databases here."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

SCHEMA = "0005"
"""The newest migration."""

metadata = MetaData()

services = Table(
    "services",
    metadata,
    Column("name", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("owner", String, nullable=False),
    Column("intent", Text),  # null while the service is being destroyed
    Column("intent_digest", String, nullable=False),
    Column("inventory_digest", String, nullable=False),
    Column("maker", String, nullable=False, server_default=""),  # what of vtnmd compiled it, see Plan.maker
    Column(
        "models", String, nullable=False, server_default=""
    ),  # digest of the designer's models, also while it is being destroyed
    Column("probes", Text, nullable=False),
    Column("run", String, nullable=False),  # the last run of this service
    Column("changed", Float, nullable=False),
)

inventory = Table(
    "inventory",
    metadata,
    Column("digest", String, primary_key=True),
    Column("document", Text, nullable=False),
    Column("loaded", Float, nullable=False),
)

models = Table(
    "models",
    metadata,
    Column("digest", String, primary_key=True),
    Column("files", Text, nullable=False),
    Column("used", Float, nullable=False),  # when a run began with it last
)

contributions = Table(
    "contributions",
    metadata,
    Column("service", String, primary_key=True),
    Column("address", String, primary_key=True),
    Column("resource", Text, nullable=False),
    Column("digest", String, nullable=False, server_default=""),  # what the Snapshot holds once it is applied
    Index("contributions_by_address", "address"),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("address", String, primary_key=True),
    Column("digest", String, nullable=False),  # empty: what the endpoint holds is not known
    Column("resource", Text, nullable=False),
    Column("attributes", Text, nullable=False),
    Column("run", String, nullable=False),
    Column("accepted", Text, nullable=False, server_default="{}"),  # what `--adopt` took over: path → value found
)

owners = Table(
    "owners",
    metadata,
    Column("address", String, primary_key=True),
    Column("service", String, primary_key=True),
    Index("owners_by_service", "service"),
)

allocations = Table(
    "allocations",
    metadata,
    Column("pool", String, primary_key=True),
    Column("owner", String, primary_key=True),
    Column("value", Text, nullable=False),
    UniqueConstraint("pool", "value", name="allocated_once"),
)

allocation_users = Table(
    "allocation_users",
    metadata,
    Column("pool", String, primary_key=True),
    Column("owner", String, primary_key=True),
    Column("service", String, primary_key=True),
    Column("run", String, nullable=False),  # the last run of the service that planned with it
    Index("allocation_users_by_service", "service"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("ordinal", Integer, nullable=False, unique=True),  # runs in the order they began
    Column("service", String, nullable=False),
    Column("user", String, nullable=False),
    Column("plan", Text, nullable=False),
    Column("started", Float, nullable=False),
    Column("ended", Float),
    Column("result", String, nullable=False),
    Column("label", String, nullable=False, server_default=""),
    Column("settings", Text, nullable=False, server_default="{}"),  # what the user asked for: on-failure, drift
    Column("version", Integer, nullable=False, server_default="0"),  # of the Intent; 0 where a vtnmd before 0002 began the run
    Column("before", Text),  # see restoring.py: what of its service the run replaced; null where there was none
    Column("successor", String, nullable=False, server_default=""),  # the run that took over what was left
    Column("cancelled", String, nullable=False, server_default=""),  # who asked for its end
    Column("stopping", String, nullable=False, server_default=""),  # why workers begin no more of it: interrupted or failed
    Column("commit_number", Integer, nullable=False, server_default="0"),  # of the configuration that it was made of
    Column("back_to", Integer),  # the commit that its rollback leads the configuration back to; null before schema 0004
    Index("runs_by_service", "service", "ordinal"),
    Index("runs_by_result", "result"),
)

events = Table(
    "events",
    metadata,
    Column("run", String, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("time", Float, nullable=False),
    Column("step", String, nullable=False),
    Column("request", String, nullable=False),
    Column("detail", Text, nullable=False),
)

claims = Table(
    "claims",
    metadata,
    Column("address", String, primary_key=True),
    Column("run", String, nullable=False),  # the last run that changes or shares the resource
)

holders = Table(
    "holders",
    metadata,
    Column("service", String, primary_key=True),
    Column("owner", Text, nullable=False),  # who holds its lock, or held it last; see vtnmd/state/postgres.py
)

legs = Table(
    "legs",
    metadata,
    Column("run", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("region", String, nullable=False),
    Column("requests", Text, nullable=False),
    Column("needs", Text, nullable=False),
    Column("back", Boolean, nullable=False),  # it takes back what the run did
    Column("standing", String, nullable=False),  # see vtnmd.domain.legs
    Column("job", BigInteger),  # what delivers it to a worker; null unless it is queued
    Column("batch", Integer, nullable=False),  # counts what was written to the journal by those who carried it
    Index("legs_by_standing", "standing"),
)

workers = Table(
    "workers",
    metadata,
    Column("id", String, primary_key=True),
    Column("regions", Text, nullable=False),
    Column("seen", Float, nullable=False),  # by the clock of the database
)

displaced = Table(
    "displaced",
    metadata,
    Column("run", String, primary_key=True),
    Column("address", String, primary_key=True),
    Column("resource", Text),  # what the service contributed before the run; null where it contributed nothing
)

regions = Table(
    "regions",
    metadata,
    Column("name", String, primary_key=True),
    Column("mode", String, nullable=False),  # active, paused or maintenance
    Column("user", String, nullable=False),
    Column("since", Float, nullable=False),
    Column("reason", Text, nullable=False),
)

health = Table(
    "health",
    metadata,
    Column("endpoint", String, primary_key=True),
    Column("condition", String, nullable=False),  # see vtnmd.domain.health
    Column("since", Float, nullable=False),
    Column("detail", Text, nullable=False),
)

carriage = Table(
    "carriage",
    metadata,
    Column("service", String, primary_key=True),
    Column("address", String, primary_key=True),
    Column("verdict", String, nullable=False),  # see vtnmd.domain.probe
    Column("since", Float, nullable=False),
    Column("reasons", Text, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("plan", String, primary_key=True),  # the plan's digest
    Column("user", String, primary_key=True),
    Column("time", Float, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("time", Float, nullable=False),
    Column("user", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", Text, nullable=False),
)

configuration = Table(
    "configuration",
    metadata,
    Column("part", String, primary_key=True),
    Column("value", Text, nullable=False),
    Column("number", Integer, nullable=False),  # of the commit that last changed it
    Column("time", Float, nullable=False),  # of that commit
    Index("configuration_numbers", "part", "number"),  # so that nobody reads all values to find what is new
)

commits = Table(
    "commits",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("time", Float, nullable=False),
    Column("user", String, nullable=False),
    Column("source", String, nullable=False),
    Column("client", String, nullable=False),
    Column("session", Integer, nullable=False),
    Column("label", String, nullable=False),
    Column("comment", Text, nullable=False),
)

commit_parts = Table(
    "commit_parts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("part", String, primary_key=True),
    Column("before", Text),  # null where the part was not there
    Index("commit_parts_by_part", "part", "number"),
)

confirmation = Table(
    "confirmation",
    metadata,
    Column("persist", String, primary_key=True),
    Column("session", Integer, nullable=False),
    Column("deadline", Float, nullable=False),
    Column("before", Text, nullable=False),  # what parts go back to, where it is not confirmed
)

troubles = Table(
    "troubles",
    metadata,
    Column("service", String, primary_key=True),
    Column("number", Integer, nullable=False),  # of the commit that could not be planned
    Column("basis", String, nullable=False),  # of what else the planning depended on
    Column("time", Float, nullable=False),
    Column("diagnostics", Text, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("service", String, primary_key=True),
    Column("digest", String, nullable=False, unique=True),
    Column("number", Integer, nullable=False),  # of the commit that it was made of
    Column("time", Float, nullable=False),
    Column("plan", Text, nullable=False),
)
