"""Fleet: coordinators and workers that carry runs together, on a PostgreSQL that holds the state and delivers the legs."""

from vtnmd.fleet.coordinator import begin_run, follow, go_on
from vtnmd.fleet.member import Member, Reports, Scenery
from vtnmd.fleet.timing import Timing
from vtnmd.fleet.worker import work

__all__ = ["Member", "Reports", "Scenery", "Timing", "begin_run", "follow", "go_on", "work"]
