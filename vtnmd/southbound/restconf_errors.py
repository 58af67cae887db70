"""What a RESTCONF server's refusal means to the engine (RFC 8040 section 7)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json
from vtnmd.southbound.http import Answer
from vtnmd.southbound.ports import Busy, EndpointError, Rejected

_TRANSIENT = frozenset({"in-use", "lock-denied", "resource-denied"})
_CODES = {"data-exists": "VTN-E502", "data-missing": "VTN-E503", "access-denied": "VTN-E505"}
_HINTS = {
    "VTN-E501": "see what was sent with plan --payload, and whether the server has the modules that the template is written for",
    "VTN-E502": "find out who holds it there, and remove it or take another value",
    "VTN-E503": "apply again: what it builds on was removed behind vtnmd's back",
    "VTN-E505": "give the user the right to change this on the server, or name another user in the inventory",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error of an answer."""

    tag: str
    app_tag: str
    message: str
    path: str

    def __str__(self) -> str:
        tags = f"{self.tag}/{self.app_tag}" if self.app_tag else self.tag
        return " ".join(part for part in (f"{tags}:", self.message, f"at {self.path}" if self.path else "") if part)


def refusals(body: Json) -> tuple[Refusal, ...]:
    """Every error of an answer, those of single edits of a YANG Patch included (RFC 8072 section 2.3)."""
    return tuple(_found(body))


def _found(body: Json) -> Iterator[Refusal]:
    if isinstance(body, list):
        for item in body:
            yield from _found(item)
    elif isinstance(body, dict):
        for name, value in body.items():
            if name.rpartition(":")[2] == "errors" and isinstance(value, dict):
                listed = value.get("error")
                yield from (
                    _refusal(error) for error in (listed if isinstance(listed, list) else [listed]) if isinstance(error, dict)
                )
            else:
                yield from _found(value)


def _refusal(error: Json) -> Refusal:
    return Refusal(*(str(error.get(f"error-{part}", "")) for part in ("tag", "app-tag", "message", "path")))


def is_absence(answer: Answer) -> bool:
    """Whether a read was answered by saying that nothing is there. A server without RESTCONF answers 404 too, and says no more."""
    tags = {refusal.tag for refusal in refusals(answer.body)}
    return "data-missing" in tags or (answer.status == HTTPStatus.NOT_FOUND and "invalid-value" in tags)


def refused(server: str, what: str, answer: Answer) -> EndpointError:
    """The error that an answer of class 4xx stands for."""
    found = refusals(answer.body)
    if not found:
        return Busy(
            Diagnostic(
                "VTN-E014",
                f"{server}: HTTP {answer.status} to {what}, and no RESTCONF error: no RESTCONF there (yet)",
                hint="if it is not starting, check url and style of this endpoint in the inventory",
            )
        )
    first = found[0]
    summary = f"{server}: {what}: {first.message or first.tag}"
    detail = f"HTTP {answer.status}\n" + "\n".join(str(refusal) for refusal in found)
    if first.tag in _TRANSIENT:
        return Busy(
            Diagnostic("VTN-E014", summary, detail=detail[:2000], hint="it will be tried again; somebody else is at work there")
        )
    code = _CODES.get(first.tag, "VTN-E501")
    return Rejected(Diagnostic(code, summary, detail=detail[:2000], hint=_HINTS[code]))


def changed_meanwhile(server: str, path: str, held: Json) -> Rejected:
    """Somebody changed a resource after it was read for this run."""
    return Rejected(
        Diagnostic(
            "VTN-E506",
            f"{server}: {path} was changed by somebody else while this run was at work",
            detail=json.dumps(held)[:2000],
            hint="look at what stands there now (vtnmd check), then apply again with --repair or --adopt",
        )
    )
