"""What is fuzzed: functions that take octets and raise nothing, whatever the octets are.

What a part of the northbound may refuse with is caught here; each target looks at what came out of it besides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from tests.fuzz import bodies, filters, framing, http, paths, sequences, sessions
from tests.fuzz.mutating import Pool


@dataclass(frozen=True, slots=True)
class Target:
    """`run` is given any octets; `pool` has the seeds to begin with."""

    name: str
    run: Callable[[bytes], None]
    pool: Pool


@cache
def targets() -> Mapping[str, Target]:
    """All of them, by name."""
    found = {
        "framing": (framing.chopped, framing.SEEDS),
        "messages": (framing.message, framing.MESSAGES),
        "netconf-session": (sessions.session, sessions.SEEDS),
        "edit-own-module": (bodies.edit_config, bodies.DEPOT_SEEDS),
        "edit-services": (bodies.edit_services, bodies.SERVICE_SEEDS),
        "json-body": (bodies.json_members, bodies.JSON_SEEDS),
        "xml-body": (bodies.xml_members, bodies.XML_SEEDS),
        "subtree-filter": (filters.subtree, filters.SUBTREES),
        "xpath-filter": (filters.xpath, filters.EXPRESSIONS),
        "regular-expression": (filters.regular_expression, filters.REGULAR),
        "restconf-path": (paths.resource, paths.PATHS),
        "restconf-query": (paths.query, paths.QUERIES),
        "nacm-path": (paths.rule, paths.RULES),
        "yang-patch": (http.yang_patch, http.PATCHES),
        "http": (http.request, http.REQUESTS),
        "sequences": (sequences.sequence, sequences.SEEDS),
    }
    return {name: Target(name, run, Pool(seeds)) for name, (run, seeds) in found.items()}
