"""The user who runs this process."""

import getpass
import os
import sys


def user_name() -> str:
    """Who runs this process; the number where there is no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def can_ask() -> bool:
    """Whether a person sits at the terminal that a question is put to."""
    return sys.stdin.isatty() and sys.stderr.isatty()
