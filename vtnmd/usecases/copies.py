"""Copies of the state, to be put back where it is lost or damaged."""

from pathlib import Path

from vtnmd.state import Owner, back_up_state, restore_state


def back_up(state: str, file: Path) -> None:
    """Copy the state into one file, also while a run goes on. Raises StateError."""
    back_up_state(state, file)


def restore(state: str, file: Path, owner: Owner) -> Path | None:
    """Put a copy in the place of the state and give where that is kept. Raises StateError; the state stays as it is then."""
    return restore_state(state, file, owner)
