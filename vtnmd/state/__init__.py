"""State: what vtnmd remembers between commands. The only importer of SQLAlchemy and Alembic."""

from vtnmd.state.approving import Approvals
from vtnmd.state.auditing import AuditEntry
from vtnmd.state.backup import back_up_state, restore_state
from vtnmd.state.beginning import Cause, Succession
from vtnmd.state.committing import CommitEntry, CommitValues
from vtnmd.state.configuring import Basis
from vtnmd.state.outstanding import CommittedService, KeptPlan, Trouble
from vtnmd.state.ownership import Owner
from vtnmd.state.place import DEFAULT_FOLDER, check_shared, parse_place
from vtnmd.state.reading import Standing
from vtnmd.state.rows import RunEntry, ServiceBrief, ServiceEntry
from vtnmd.state.store import Store, open_store

__all__ = [
    "DEFAULT_FOLDER",
    "Approvals",
    "AuditEntry",
    "Basis",
    "Cause",
    "CommitEntry",
    "CommitValues",
    "CommittedService",
    "KeptPlan",
    "Owner",
    "RunEntry",
    "ServiceBrief",
    "ServiceEntry",
    "Standing",
    "Store",
    "Succession",
    "Trouble",
    "back_up_state",
    "check_shared",
    "open_store",
    "parse_place",
    "restore_state",
]
