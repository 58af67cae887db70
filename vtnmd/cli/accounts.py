"""Commands of users: add, list, remove, password, key."""

import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, cast

from cyclopts import Parameter
from rich.text import Text

from vtnmd import assets
from vtnmd.cli.output import current
from vtnmd.cli.parameters import COMMON, Common
from vtnmd.cli.user import can_ask, user_name
from vtnmd.datastore.running import CommitLog
from vtnmd.domain.codes import EXIT_OK
from vtnmd.domain.commit import Origin
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.northbound.access import administering
from vtnmd.northbound.access.accounts import ACCESS, Account, accounts_of
from vtnmd.state import open_store
from vtnmd.yang.schema import load_schema

Name = Annotated[str, Parameter(help="Name of the user.")]
GivenPassword = Annotated[
    bool, Parameter(name="--password-stdin", help="Read the password from standard input, in place of a terminal.")
]


@contextmanager
def _log(state: str, *, create: bool = True) -> Iterator[CommitLog]:
    with open_store(state, create=create) as store:
        yield cast("CommitLog", store)


def _commit(state: str, edit: administering.Edit) -> None:
    with _log(state) as log:
        administering.commit(log, edit, Origin(user_name(), "cli"), time.time())


def add(
    name: Name,
    /,
    *,
    group: Annotated[list[str] | None, Parameter(help="Group of the access rules; may be given again.")] = None,
    tenant: Annotated[
        list[str] | None, Parameter(help="Tenant whose services are all that the user sees; may be given again.")
    ] = None,
    no_password: Annotated[bool, Parameter(help="Let the user log in by key, certificate or token only.")] = False,
    password_stdin: GivenPassword = False,
    common: Common = COMMON,
) -> int:
    """Add a user. Without a terminal to ask at, a password is made and printed once. The first user is the administrator."""
    password, made = ("", False) if no_password else _password(name, given=password_stdin)
    _commit(common.state, administering.adding(administering.Wanted(name, password, tuple(group or ()), tuple(tenant or ()))))
    output = current()
    output.record("user", {"name": name, **({"password": password} if made else {})})
    output.data(Text(f"user {name} added" + (f", with the password {password}" if made else "")))
    return EXIT_OK


def list_users(*, common: Common = COMMON) -> int:
    """List the users with their groups, keys and how they log in."""
    schema = load_schema(administering.MODULES, (assets.YANG_MODELS,))
    with _log(common.state, create=False) as log:
        held = log.configuration().parts.get(ACCESS)
    accounts = accounts_of(schema, held.value if held is not None else None)
    users = held.value.get("user", ()) if held is not None else ()
    labels = {user["name"]: [key["name"] for key in user.get("authorized-key", ())] for user in users}
    output = current()
    for account in accounts.by_name.values():
        output.record("user", {"name": account.name, "groups": sorted(account.groups), "keys": labels[account.name]})
    output.data(Text("\n".join(_line(account, labels[account.name]) for account in accounts.by_name.values()) or "no users"))
    return EXIT_OK


def _line(account: Account, keys: list[str]) -> str:
    said = [
        *(["disabled"] if account.disabled else []),
        *(["recovery"] if account.recovery else []),
        *(["password"] if account.password else []),
        *(f"key {key}" for key in keys),
        *(f"group {group}" for group in sorted(account.groups)),
    ]
    return f"{account.name}  {', '.join(said)}".rstrip()


def remove(name: Name, /, *, common: Common = COMMON) -> int:
    """Remove a user."""
    _commit(common.state, administering.removing(name))
    current().record("removed", {"name": name})
    current().data(Text(f"user {name} removed"))
    return EXIT_OK


def password(name: Name, /, *, password_stdin: GivenPassword = False, common: Common = COMMON) -> int:
    """Give a user another password. Without a terminal to ask at, one is made and printed once."""
    chosen, made = _password(name, given=password_stdin)
    _commit(common.state, administering.changing_password(name, chosen))
    current().record("user", {"name": name, **({"password": chosen} if made else {})})
    current().data(Text(f"password of {name} changed" + (f" to {chosen}" if made else "")))
    return EXIT_OK


def key(
    name: Name,
    file: Annotated[Path | None, Parameter(help="File with a public SSH key.")] = None,
    /,
    *,
    label: Annotated[str, Parameter(help="What to call the key; the name of the file without it.")] = "",
    remove: Annotated[str, Parameter(help="Take the key of that name away.")] = "",
    common: Common = COMMON,
) -> int:
    """Let a user log in with an SSH key, or no more."""
    if (file is None) == (not remove):
        hint = "give a FILE or --remove NAME"
        raise Invalid(Diagnostic("VTN-U001", "a key is added from a file or removed by its name", hint=hint))
    if file is not None:
        label = label or file.stem
        _commit(common.state, administering.adding_key(name, label, _text(file)))
    else:
        _commit(common.state, administering.removing_key(name, remove))
    current().record("key", {"user": name, "key": label or remove, "removed": bool(remove)})
    current().data(Text(f"key {label or remove} of {name} {'removed' if remove else 'added'}"))
    return EXIT_OK


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
        raise Invalid(Diagnostic("VTN-F001", f"{file} cannot be read: {reason}")) from None


def _password(name: str, *, given: bool) -> tuple[str, bool]:
    """The password, and whether it was made here."""
    if given:
        return sys.stdin.readline().rstrip("\r\n"), False
    if not can_ask():
        return secrets.token_urlsafe(18), True
    first = current().stderr.input(f"Password of {name}: ", password=True)
    if current().stderr.input("Again: ", password=True) != first:
        raise Invalid(Diagnostic("VTN-A005", "the two passwords differ", hint="type the same one twice"))
    return first, False
