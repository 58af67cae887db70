"""From what is wanted and what is there to an ordered plan. Pure: everything that is read is handed in."""

from vtnmd.planner.make import Wanted, World, make_plan

__all__ = ["Wanted", "World", "make_plan"]
