"""Who may do what, by the rules of /nacm (RFC 8341) and by the tenants that groups are bound to."""

from vtnmd.northbound.nacm.authority import RuleAuthority, authority_for, authority_of
from vtnmd.northbound.nacm.counters import Counters
from vtnmd.northbound.nacm.rules import NACM

__all__ = ["NACM", "Counters", "RuleAuthority", "authority_for", "authority_of"]
