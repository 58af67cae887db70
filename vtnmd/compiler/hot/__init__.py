"""Plain topologies as Heat templates for hand-off: from a Topology to the tree of one template, and of those nested in it.

`rules.py` is the table of contents: which file makes resources of which TOSCA types. What a stack looks like is written in
docs/heat.md. Everything here is pure.
"""

from vtnmd.compiler.hot.cfn import as_cloudformation
from vtnmd.compiler.hot.cloud import common_cloud
from vtnmd.compiler.hot.handoff import HandOff, hand_off

__all__ = ["HandOff", "as_cloudformation", "common_cloud", "hand_off"]
