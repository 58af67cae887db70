"""The rules of `/nacm` as values: those that apply to one user, in the order in which they are tried (RFC 8341 section 3.4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from vtnmd.domain.tree import Json
from vtnmd.northbound.nacm.paths import Place, resolve
from vtnmd.yang.schema import Schema

NACM = "ietf-netconf-acm:nacm"
TENANT = "vtnmd-access:tenant"
"""The leaf-list of a group that binds its users to tenants."""

_ALL = "*"


class Access(StrEnum):
    """What is done to a node (RFC 8341 section 3.2.2)."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    EXEC = "exec"


EVERY = frozenset(Access)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule. At most one of `operation`, `notification` and `place` is given; a rule without any is for all kinds of things."""

    permit: bool
    module: str = _ALL
    accesses: frozenset[Access] = EVERY
    operation: str | None = None
    notification: str | None = None
    place: Place | None = None

    @property
    def bare(self) -> bool:
        """Whether it has no rule-type."""
        return self.operation is None and self.notification is None and self.place is None

    def is_for(self, module: str, access: Access) -> bool:
        """Whether module and access operation match."""
        return self.module in {_ALL, module} and access in self.accesses


@dataclass(frozen=True, slots=True)
class Settings:
    """What is said of everybody, and what decides where no rule does; True is permit."""

    enabled: bool
    external_groups: bool
    read: bool
    write: bool
    execute: bool


def settings(schema: Schema, nacm: Json) -> Settings:
    """Of the value of /nacm, which may be {} or None. What is not said is as the module has it. Raises LookupError without it."""

    def said(name: str) -> Json:
        return (nacm or {}).get(name, schema.describe(f"/{NACM}/{name}").default)

    permits = {name: said(f"{name}-default") == "permit" for name in ("read", "write")}
    return Settings(said("enable-nacm"), said("enable-external-groups"), **permits, execute=said("exec-default") == "permit")


def groups_of(nacm: Json, user: str, reported: frozenset[str]) -> frozenset[str]:
    """The groups of a user: those that name him, and those that the transport reports, which are () where these do not count."""
    listed = (nacm or {}).get("groups", {}).get("group", ())
    return reported | {group["name"] for group in listed if user in group.get("user-name", ())}


def tenants_of(nacm: Json, groups: frozenset[str]) -> frozenset[str]:
    """The tenants that the groups are bound to; none where they are not bound."""
    listed = (nacm or {}).get("groups", {}).get("group", ())
    return frozenset(tenant for group in listed if group["name"] in groups for tenant in group.get(TENANT, ()))


def rules_for(schema: Schema, nacm: Json, user: str, groups: frozenset[str]) -> tuple[Rule, ...]:
    """All rules of all rule-lists for these groups, in order; none for a user without groups (RFC 8341 section 3.4.4, step 5)."""
    if not groups:
        return ()
    wanted = groups | {_ALL}
    lists = (each for each in (nacm or {}).get("rule-list", ()) if not wanted.isdisjoint(each.get("group", ())))
    return tuple(rule for each in lists for entry in each.get("rule", ()) for rule in _rule(schema, entry, user))


def _rule(schema: Schema, entry: Json, user: str) -> Iterator[Rule]:
    permit, said = entry.get("action") == "permit", entry.get("access-operations", _ALL)
    accesses = EVERY if said.strip() == _ALL else frozenset(map(Access, said.split()))
    module = entry.get("module-name", _ALL)
    if "path" not in entry:
        yield Rule(permit, module, accesses, entry.get("rpc-name"), entry.get("notification-name"))
        return
    place = resolve(schema, entry["path"], user)
    # A path that is not understood in full denies more than it says, and permits nothing.
    if place is not None and (place.exact or not permit):
        yield Rule(permit, module, accesses, place=place)
