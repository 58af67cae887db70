"""How often this process looks for reference cycles."""

import gc

_ALLOCATIONS = 10_000_000


def collect_rarely() -> None:
    """Make the cycle collector run seldom.

    What vtnmd builds are trees of values that live until the command ends and hold no cycles. With the interpreter's default the
    collector walks all of them again and again, which makes a topology of 10,000 nodes cost more than twice the time.
    """
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, 10, 10)
