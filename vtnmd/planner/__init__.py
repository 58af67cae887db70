"""From what is wanted and what is there to an ordered plan. Pure: everything that is read is handed in."""

from vtnmd.planner.make import Wanted, World, make_plan
from vtnmd.planner.order import is_apart
from vtnmd.planner.renumbering import check_prefixes

__all__ = ["Wanted", "World", "check_prefixes", "is_apart", "make_plan"]
