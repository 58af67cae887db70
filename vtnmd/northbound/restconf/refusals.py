"""What a request is refused with: the status of each error-tag (RFC 8040 section 7), and the way there from faults."""

from collections.abc import Iterable
from dataclasses import dataclass

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.domain.diagnostics import VtnmdError

Headers = tuple[tuple[bytes, bytes], ...]

STATUS = {
    "in-use": 409,
    "invalid-value": 400,
    "too-big": 413,
    "missing-attribute": 400,
    "bad-attribute": 400,
    "unknown-attribute": 400,
    "bad-element": 400,
    "missing-element": 400,
    "unknown-element": 400,
    "unknown-namespace": 400,
    "access-denied": 403,
    "lock-denied": 409,
    "resource-denied": 409,
    "data-exists": 409,
    "data-missing": 409,
    "operation-not-supported": 405,
    "operation-failed": 412,
    "malformed-message": 400,
}
"""Of refusals that a client can cause. An operation that nobody carries out is told as 405, not as 501, for the server is well."""


@dataclass(slots=True)
class Refusal(Exception):
    """An answer that is an error. `headers` go with it; `faults` may be empty where the status says all."""

    status: int
    faults: tuple[Fault, ...] = ()
    headers: Headers = ()


def refusal(status: int, tag: str, message: str, kind: str = "application", app_tag: str = "", headers: Headers = ()) -> Refusal:
    """A refusal with one error."""
    return Refusal(status, (Fault(tag, message, kind, app_tag),), headers)


def absent(what: str) -> Refusal:
    """A resource that is not there, or may not be seen."""
    return refusal(404, "invalid-value", f"there is no {what}", "application", "data-missing")


def not_allowed(method: str, allow: Iterable[str]) -> Refusal:
    """A method that a resource does not have."""
    headers = ((b"allow", ", ".join(allow).encode()),)
    return refusal(405, "operation-not-supported", f"{method} is not for this resource", "protocol", "", headers)


def of_refused(refused: Refused) -> Refusal:
    """What a datastore, an access rule or a procedure refuses."""
    status = STATUS.get(refused.faults[0].tag, 400) if refused.faults else 400
    headers: Headers = ((b"allow", b"OPTIONS"),) if status == 405 else ()
    return Refusal(status, refused.faults, headers)


def of_failure(error: VtnmdError) -> Refusal:
    """What the server itself cannot do now, such as write to its disk."""
    return Refusal(500, tuple(Fault("operation-failed", str(each)) for each in error.diagnostics))
