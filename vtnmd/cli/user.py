"""The user who runs this process.

Approvals count users, so what tells them apart must not be theirs to choose: `$USER` and `$LOGNAME` are not looked at. The login
user id is set by PAM when somebody logs in, is inherited by every process, stays through `su` and `sudo`, and can be changed by
nobody without CAP_AUDIT_CONTROL (proc_pid_loginuid(5)). Where nobody logged in, such as in a container or a service, the real user
id counts, which `sudo` changes.
"""

import os
import pwd
import sys
from pathlib import Path

_LOGIN = Path("/proc/self/loginuid")
_NOBODY_LOGGED_IN = 2**32 - 1


def user_name() -> str:
    """Who runs this process; the number where there is no name."""
    number = _login_user()
    number = os.getuid() if number is None else number
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _login_user() -> int | None:
    """The user id that this process' session was logged in with; None where there was no login or the kernel does not tell."""
    try:
        number = int(_LOGIN.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return None if number == _NOBODY_LOGGED_IN else number


def can_ask() -> bool:
    """Whether a person sits at the terminal that a question is put to."""
    return sys.stdin.isatty() and sys.stderr.isatty()
