"""What a Heat stack is, how it differs from what is wanted, and what to do about it. Pure.

A stack's status is `ACTION_STATUS`: the last action (CREATE, UPDATE, DELETE, …) and whether it is IN_PROGRESS, COMPLETE or FAILED
(OpenStack Orchestration API v1, "Show stack details").
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from vtnmd.domain.tree import Json, Secret, Tree, holes

OWNER_TAG = "vtnmd"


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack as Heat shows it. `outputs` holds those that have a value."""

    id: str
    name: str
    status: str
    reason: str = ""
    tags: frozenset[str] = frozenset()
    outputs: Mapping[str, Json] = field(default_factory=dict)

    @property
    def in_progress(self) -> bool:
        return self.status.endswith("_IN_PROGRESS")

    @property
    def failed(self) -> bool:
        return self.status.endswith("_FAILED")

    @property
    def gone(self) -> bool:
        """Deleted, but Heat still tells of it by its id."""
        return self.status == "DELETE_COMPLETE"

    @property
    def sound(self) -> bool:
        """Complete, and holding what its template says: not suspended, not rolled back."""
        return self.status.endswith("_COMPLETE") and self.status.partition("_")[0] not in {"SUSPEND", "ROLLBACK", "DELETE"}

    @property
    def ours(self) -> bool:
        """Made by vtnmd."""
        return OWNER_TAG in self.tags


def stack_from_json(data: Json) -> Stack:
    """From the body of a list entry or of `Show stack details`. KeyError or TypeError where it is neither."""
    outputs = data.get("outputs") or ()
    return Stack(
        id=data["id"],
        name=data["stack_name"],
        status=data["stack_status"],
        reason=data.get("stack_status_reason") or "",
        tags=frozenset(data.get("tags") or ()),
        outputs={output["output_key"]: output["output_value"] for output in outputs if output.get("output_value") is not None},
    )


class Step(Enum):
    """What brings a stack that is not in progress closer to what is wanted."""

    CREATE = auto()
    UPDATE = auto()
    DELETE = auto()
    KEEP = auto()


def next_step(found: Stack | None, template: Json, wanted: Json) -> Step:
    """`wanted` is the filled STACK of a put, `template` what Heat holds of a sound stack.

    A stack whose creation or removal failed holds an unknown part of its resources: it is deleted and made anew. One whose update
    failed is updated again, which keeps what is sound in it.
    """
    if found is None:
        return Step.CREATE
    if found.status in {"CREATE_FAILED", "DELETE_FAILED"}:
        return Step.DELETE
    if (
        found.sound
        and found.tags.issuperset(wanted.get("tags", ()))
        and not differences(wanted["template"], wanted["template"], template)
    ):
        return Step.KEEP
    return Step.UPDATE


def differences(tree: Tree, expected: Json, found: Json) -> dict[str, tuple[Json, Json]]:
    """The leaves of a template that differ, by path, as (expected, found). `tree` is the template before its holes were filled.

    Empty sections do not count, for Heat adds some. What a secret went into is not shown.
    """
    return dict(_differences(tree, _without_empty_sections(expected), _without_empty_sections(found), "template"))


def _without_empty_sections(template: Json) -> Json:
    return (
        {name: section for name, section in template.items() if section not in (None, {}, "")}
        if isinstance(template, dict)
        else template
    )


def _differences(tree: Tree, expected: Json, found: Json, path: str) -> Iterable[tuple[str, tuple[Json, Json]]]:
    if isinstance(tree, dict) and isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted({*expected, *found}):
            yield from _differences(tree.get(key), expected.get(key), found.get(key), f"{path}/{key}")
    elif expected != found:
        secret = any(isinstance(hole, Secret) for hole in holes(tree))
        yield path, ("(holds a secret)", "(another value)") if secret else (expected, found)
