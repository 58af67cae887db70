"""Accounts edited on the machine that the state is on: pure edits of the configuration, and the commit that makes them so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vtnmd import assets
from vtnmd.datastore.running import CommitLog
from vtnmd.domain.commit import Commit, Configuration, Origin, Overtaken, Part
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.tree import Json
from vtnmd.northbound.access.accounts import ACCESS
from vtnmd.northbound.access.bootstrap import first_rules
from vtnmd.northbound.access.passwords import LONGEST, encoded, hash_password
from vtnmd.northbound.access.proofs import openssh_key
from vtnmd.northbound.nacm import NACM
from vtnmd.northbound.nacm.rules import TENANT
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import load_schema

MODULES = ("vtnmd-access", "ietf-netconf-acm")
SHORTEST = 8
_ATTEMPTS = 8

Edit = Callable[[Configuration], Mapping[Part, Json]]
"""What an edit makes of parts of a configuration. Raises Invalid."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account to be made. `tenants` are those that it is bound to, through a group for each."""

    name: str
    password: str = ""
    groups: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()


def commit(log: CommitLog, edit: Edit, origin: Origin, now: float) -> int:
    """Make an edit on the newest configuration, durably; the number of its commit. Raises Invalid (VTN-A…) or StateError."""
    for attempt in range(1, _ATTEMPTS + 1):
        configuration = log.configuration()
        changes = edit(configuration)
        _check(changes)
        try:
            log.write_commits((Commit(origin, changes, now, configuration.number + 1),), configuration.number)
        except Overtaken:
            if attempt == _ATTEMPTS:
                raise
            continue
        return configuration.number + 1
    raise AssertionError("the last attempt returns or raises")


def _check(changes: Mapping[Part, Json]) -> None:
    schema = load_schema(MODULES, (assets.YANG_MODELS,))
    found = validate(schema, {part: value for part, value in changes.items() if value is not None})
    if found:
        raise Invalid(*(Diagnostic("VTN-A005", each.message or each.summary, hint=each.hint) for each in found))


def adding(wanted: Wanted) -> Edit:
    """One account more. The first of all becomes the administrator, with the rules of a first start. Raises Invalid (VTN-A004)."""
    stored = _stored(wanted.password) if wanted.password else ""

    def edit(configuration: Configuration) -> Mapping[Part, Json]:
        users = _users(configuration)
        if any(user["name"] == wanted.name for user in users):
            hint = f"change its password with: vtnmd user password {wanted.name}"
            raise Invalid(Diagnostic("VTN-A004", f"there is a user {wanted.name} already", hint=hint))
        first = ACCESS not in configuration.parts
        groups = [*wanted.groups, *map(_tenant_group, wanted.tenants)]
        said = {"password": stored, "group": groups, "recovery": first}
        user = {"name": wanted.name, **{name: value for name, value in said.items() if value}}
        changes = _with_users(configuration, [*users, user])
        rules = _rules(configuration, wanted, first=first)
        return changes if rules is None else {**changes, NACM: rules}

    return edit


def _rules(configuration: Configuration, wanted: Wanted, *, first: bool) -> Json:
    """The rules with what the account needs of them; None where they stay as they are."""
    held = configuration.parts[NACM].value if NACM in configuration.parts else None
    rules = first_rules(wanted.name) if held is None and first else (held or {})
    groups = rules.get("groups", {}).get("group", [])
    missing = [tenant for tenant in wanted.tenants if all(group["name"] != _tenant_group(tenant) for group in groups)]
    if not missing:
        return None if rules is held or not rules else rules
    made = [{"name": _tenant_group(tenant), TENANT: [tenant]} for tenant in missing]
    return {**rules, "groups": {"group": [*groups, *made]}}


def _tenant_group(tenant: str) -> str:
    return f"tenant-{tenant}"


def removing(name: str) -> Edit:
    """One account less, and its name out of all groups. Raises Invalid (VTN-A003)."""

    def edit(configuration: Configuration) -> Mapping[Part, Json]:
        _user(configuration, name)
        changes = _with_users(configuration, [user for user in _users(configuration) if user["name"] != name])
        held = configuration.parts[NACM].value if NACM in configuration.parts else {}
        groups = held.get("groups", {}).get("group", [])
        if not any(name in group.get("user-name", ()) for group in groups):
            return changes
        left = [_without(group, name) for group in groups]
        return {**changes, NACM: {**held, "groups": {**held["groups"], "group": left}}}

    return edit


def _without(group: Mapping[str, Json], name: str) -> dict[str, Json]:
    names = [each for each in group.get("user-name", ()) if each != name]
    others = {member: value for member, value in group.items() if member != "user-name"}
    return {**others, "user-name": names} if names else others


def changing_password(name: str, password: str) -> Edit:
    """Another password. Raises Invalid (VTN-A003, VTN-A005)."""
    stored = _stored(password)
    return lambda configuration: _altered(configuration, {**_user(configuration, name), "password": stored})


def adding_key(name: str, label: str, text: str) -> Edit:
    """One SSH key more, given as a line of a .pub file. Raises Invalid (VTN-A003, VTN-A004, VTN-A005)."""
    key = openssh_key(text)
    if not key:
        hint = "give the line that stands in the .pub file: ssh-ed25519 AAAA…"
        raise Invalid(Diagnostic("VTN-A005", "that is no public key in OpenSSH form", hint=hint))

    def edit(configuration: Configuration) -> Mapping[Part, Json]:
        user = _user(configuration, name)
        keys = user.get("authorized-key", [])
        if any(entry["name"] == label for entry in keys):
            raise Invalid(Diagnostic("VTN-A004", f"{name} has a key {label} already", hint="give it another --name"))
        return _altered(configuration, {**user, "authorized-key": [*keys, {"name": label, "key": key}]})

    return edit


def removing_key(name: str, label: str) -> Edit:
    """One SSH key less. Raises Invalid (VTN-A003)."""

    def edit(configuration: Configuration) -> Mapping[Part, Json]:
        user = _user(configuration, name)
        keys = [entry for entry in user.get("authorized-key", ()) if entry["name"] != label]
        if len(keys) == len(user.get("authorized-key", ())):
            raise Invalid(Diagnostic("VTN-A003", f"{name} has no key {label}", hint="vtnmd user list shows the keys"))
        others = {member: value for member, value in user.items() if member != "authorized-key"}
        return _altered(configuration, {**others, "authorized-key": keys} if keys else others)

    return edit


def _stored(password: str) -> str:
    if len(password) < SHORTEST or len(encoded(password)) > LONGEST:
        raise Invalid(Diagnostic("VTN-A005", f"a password has at least {SHORTEST} characters and at most {LONGEST} bytes"))
    return hash_password(password)


def _users(configuration: Configuration) -> list[dict[str, Json]]:
    held = configuration.parts.get(ACCESS)
    return list(held.value.get("user", ())) if held is not None else []


def _user(configuration: Configuration, name: str) -> dict[str, Json]:
    found = next((user for user in _users(configuration) if user["name"] == name), None)
    if found is None:
        raise Invalid(Diagnostic("VTN-A003", f"there is no user {name}", hint="vtnmd user list shows the users"))
    return found


def _altered(configuration: Configuration, altered: Mapping[str, Json]) -> dict[Part, Json]:
    users = [altered if user["name"] == altered["name"] else user for user in _users(configuration)]
    return _with_users(configuration, users)


def _with_users(configuration: Configuration, users: list[Json]) -> dict[Part, Json]:
    held = configuration.parts[ACCESS].value if ACCESS in configuration.parts else {}
    return {ACCESS: {**held, "user": users}}
