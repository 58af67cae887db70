"""Finding a service in the state. It stands alone because who only looks needs nothing of what compiles services."""

from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.state import ServiceEntry, Store


def find_service(name: str, store: Store) -> ServiceEntry:
    """The service of that name. Raises StateError (VTN-S007)."""
    found = store.service(name)
    if found is None:
        known = ", ".join(entry.name for entry in store.services()) or "none"
        raise StateError(Diagnostic("VTN-S007", f"there is no service {name}", hint=f"services here: {known}"))
    return found
