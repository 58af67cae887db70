"""The accounts of `/vtnmd-access:access` as frozen values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from vtnmd.domain.commit import Origin
from vtnmd.domain.tree import Json
from vtnmd.northbound.backend import User
from vtnmd.northbound.same import Same
from vtnmd.yang.schema import Schema

ACCESS = "vtnmd-access:access"


@dataclass(frozen=True, slots=True)
class Account:
    """A local account. `password` is what scrypt made of it, empty where there is none; `keys` are in OpenSSH form."""

    name: str
    password: str = field(default="", repr=False)
    keys: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    disabled: bool = False
    recovery: bool = False

    @property
    def user(self) -> User:
        return User(self.name, self.groups, self.recovery)


@dataclass(frozen=True, slots=True)
class CertificateMap:
    """Where the name of a user stands in a verified certificate: `common-name`, `san-email` or `san-dns`."""

    origin: str
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID provider. `jwks_file` is empty where keys are to be fetched from the issuer."""

    issuer: str
    audience: str
    jwks_file: str = ""
    user_claim: str = "sub"
    groups_claim: str = "groups"
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Value of the claim → groups."""


@dataclass(frozen=True, slots=True)
class Role:
    """What a role in a project lets its holders be: members of `groups`, and where it is `unbound`, of no tenant."""

    groups: frozenset[str] = frozenset()
    unbound: bool = False


@dataclass(frozen=True, slots=True)
class KeystoneLogin:
    """A user of Keystone who may validate tokens. `password` is a reference to a secret."""

    username: str
    password: str
    project: str
    domain: str


@dataclass(frozen=True, slots=True)
class Keystone:
    """A Keystone whose tokens are accepted. `ca_file` is empty for the authorities of the system.

    Without a `login` tokens are validated by themselves. Projects of the domain of that name stand for tenants of their own name,
    those of `projects` (by id) for the tenant given there.
    """

    auth_url: str
    roles: Mapping[str, Role]
    ca_file: str = ""
    domain: str = "Default"
    projects: Mapping[str, str] = field(default_factory=dict)
    login: KeystoneLogin | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may ask for. `failures` is the number of wrong passwords after which pauses begin."""

    rate: float = 10_000
    burst: int = 20_000
    failures: int = 5


@dataclass(frozen=True, slots=True)
class Accounts:
    """`by_certificate` maps fingerprints to names of accounts."""

    by_name: Mapping[str, Account] = field(default_factory=dict)
    by_certificate: Mapping[str, str] = field(default_factory=dict)
    certificate_maps: tuple[CertificateMap, ...] = ()
    provider: Provider | None = None
    limits: Limits = field(default_factory=Limits)
    keystone: Keystone | None = None

    def active(self, name: str) -> Account | None:
        """The account of that name, unless it is disabled."""
        account = self.by_name.get(name)
        return None if account is None or account.disabled else account

    def still(self, user: User) -> User | None:
        """Who proved to be this user earlier, as the accounts are now; None where he could not log in any more."""
        if not user.local:
            return None if user.name in self.by_name else user
        account = self.active(user.name)
        return None if account is None else account.user

    def whose(self, origin: Origin) -> User:
        """The user who edits or calls."""
        account = self.active(origin.user)
        return User(origin.user, origin.groups, local=False, tenants=origin.tenants) if account is None else account.user


NOBODY = Accounts()


def accounts_of(schema: Schema, access: Json) -> Accounts:
    """Of the value of /access, which may be None and is taken to be valid. The same value, by identity, gives the same object."""
    return _accounts(schema, Same(access))


@lru_cache(8)
def _accounts(schema: Schema, same: Same) -> Accounts:
    access = same.held
    if not access:
        return NOBODY
    users = [(_account(user), user) for user in access.get("user", ())]
    maps = sorted(access.get("certificate-map", ()), key=lambda entry: int(entry["id"]))
    return Accounts(
        {account.name: account for account, _ in users},
        {print_: account.name for account, user in users for print_ in user.get("certificate", ())},
        tuple(CertificateMap(entry["from"], entry.get("issuer", "")) for entry in maps),
        _provider(schema, access["oidc"]) if "oidc" in access else None,
        _limits(schema, access.get("limits", {})),
        _keystone(schema, access["keystone"]) if "keystone" in access else None,
    )


def _account(user: Mapping[str, Json]) -> Account:
    return Account(
        user["name"],
        user.get("password", ""),
        frozenset(entry["key"] for entry in user.get("authorized-key", ())),
        frozenset(user.get("group", ())),
        user.get("disabled", False),
        user.get("recovery", False),
    )


def _provider(schema: Schema, oidc: Mapping[str, Json]) -> Provider:
    said = _said(schema, "oidc", oidc, ("user-claim", "groups-claim"))
    groups = {entry["claim"]: frozenset(entry["group"]) for entry in oidc.get("group-map", ())}
    return Provider(oidc["issuer"], oidc["audience"], oidc.get("jwks-file", ""), said["user-claim"], said["groups-claim"], groups)


def _keystone(schema: Schema, keystone: Mapping[str, Json]) -> Keystone:
    roles = {entry["name"]: Role(frozenset(entry.get("group", ())), entry.get("unbound", False)) for entry in keystone["role"]}
    projects = {entry["id"]: entry["tenant"] for entry in keystone.get("project", ())}
    domain = _said(schema, "keystone", keystone, ("domain",))["domain"]
    login = _keystone_login(schema, keystone["login"]) if "login" in keystone else None
    return Keystone(keystone["auth-url"], roles, keystone.get("ca-file", ""), domain, projects, login)


def _keystone_login(schema: Schema, login: Mapping[str, Json]) -> KeystoneLogin:
    said = _said(schema, "keystone/login", login, ("project", "domain"))
    return KeystoneLogin(login["username"], login["password"], said["project"], said["domain"])


def _limits(schema: Schema, limits: Mapping[str, Json]) -> Limits:
    said = _said(schema, "limits", limits, ("requests-per-second", "burst", "failures"))
    return Limits(said["requests-per-second"], said["burst"], said["failures"])


def _said(schema: Schema, container: str, value: Mapping[str, Json], names: Iterable[str]) -> dict[str, Json]:
    return {name: value.get(name, schema.describe(f"/{ACCESS}/{container}/{name}").default) for name in names}
