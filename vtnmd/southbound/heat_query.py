"""Stacks over Heat's API in the form of AWS CloudFormation, a query with XML answers.

Templates are sent as they are given: this API of Heat takes HOT as well. It knows no tags, so those of a stack stand at the end of
its template's description, as a line of their own: `[tags: vtnmd,vtnmd-service-shop]`. It is taken off again before a template is
compared. Outputs come as texts, lists and mappings: numbers and truth values are their texts.
"""

import asyncio
import json
import re
from collections.abc import Collection, Iterable

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json
from vtnmd.southbound.cloud import Cloud
from vtnmd.southbound.ports import Rejected, Unreachable
from vtnmd.southbound.stack import OWNER_TAG, Stack
from vtnmd.southbound.stack_service import DEFAULT_MINUTES, NOT_FOUND, without_id

_MARK = re.compile(r"(?:\A|\n\n)\[tags: ([^\n]*)\]\Z")
_NO_VALUE = "None"
"""How an output that has no value yet is written."""


class QueryStacks:
    """`StackService` over the query API. A cancelled call leaves its HTTP exchange to end by itself."""

    remark = f"end the description of its template with the line [tags: {OWNER_TAG}]"

    def __init__(self, cloud: Cloud) -> None:
        self.name = cloud.name
        self._cloud = cloud

    async def hello(self) -> str:
        await self._cloud.query("ListStacks", {}, reads=True)
        return "OpenStack Heat, CloudFormation-compatible API 2010-05-15"

    async def find(self, name: str) -> Stack | None:
        """By its name: of several stacks, Heat shows the oldest itself."""
        stack = await self._described(name, name)
        if stack is not None and stack.gone:
            # For a moment Heat shows what was deleted, and by that hides a younger one.
            return next(iter(await self.named(name)), None)
        return stack

    async def named(self, name: str) -> list[Stack]:
        """Lists say nothing of descriptions, so each stack is looked at."""
        entries = [entry for entry in await self._listed() if entry["StackName"] == name]
        try:
            ids = [identity for _, identity in sorted((entry["CreationTime"], entry["StackId"]) for entry in entries)]
        except (KeyError, TypeError):
            raise self._not_understood("list") from None
        found = await asyncio.gather(*(self._described(name, identity) for identity in ids))
        return [stack for stack in found if stack is not None and not stack.gone]

    async def look(self, found: Stack) -> Stack | None:
        stack = await self._described(found.name, found.id)
        return None if stack is None or stack.gone else stack

    async def marked(self, besides: Collection[str]) -> list[Stack]:
        """Lists say nothing of descriptions, so each stack is looked at."""
        names = sorted({entry["StackName"] for entry in await self._listed()} - set(besides))
        found = await asyncio.gather(*(self.find(name) for name in names))
        return [stack for stack in found if stack is not None and stack.ours]

    async def create(self, wanted: Json) -> str:
        made = await self._cloud.query("CreateStack", {**self._content(wanted), "DisableRollback": "true"}, reads=False)
        try:
            return str(made["StackId"])
        except (KeyError, TypeError):
            raise without_id(self.name, wanted["name"]) from None

    async def update(self, found: Stack, wanted: Json) -> None:
        await self._cloud.query("UpdateStack", {**self._content(wanted), "StackName": found.id}, reads=False)

    async def delete(self, found: Stack) -> None:
        await self._cloud.query("DeleteStack", {"StackName": found.id}, reads=False)

    async def template(self, found: Stack) -> Json:
        answer = await self._cloud.query("GetTemplate", {"StackName": found.id}, reads=True)
        try:
            template = json.loads(answer["TemplateBody"])
            return {**template, "description": unmarked(template.get("description"))[0]}
        except (KeyError, TypeError, AttributeError, ValueError):
            raise self._not_understood(found.name) from None

    async def failures(self, found: Stack) -> list[str]:
        answer = await self._cloud.query("DescribeStackResources", {"StackName": found.id}, reads=True)
        entries = answer.get("StackResources") if isinstance(answer, dict) else ()
        return [
            f"{entry.get('LogicalResourceId')}: {entry.get('ResourceStatusReason')}"
            for entry in entries or ()
            if isinstance(entry, dict) and str(entry.get("ResourceStatus", "")).endswith("_FAILED")
        ]

    async def aclose(self) -> None:
        await self._cloud.aclose()

    async def _listed(self) -> list[Json]:
        """The entries of all stacks of the project, which have a name and an id. Heat lists those of all to an administrator."""
        listed, project = await self._cloud.query("ListStacks", {}, reads=True), await self._cloud.project()
        try:
            entries = list(listed["StackSummaries"] or ())
            return [entry for entry in entries if entry["StackName"] and _project(entry["StackId"]) == project]
        except (KeyError, TypeError, AttributeError):
            raise self._not_understood("list") from None

    async def _described(self, name: str, name_or_id: str) -> Stack | None:
        """What Heat shows of a stack of that name, be it deleted; None where it knows none."""
        try:
            shown = await self._cloud.query("DescribeStacks", {"StackName": name_or_id}, reads=True)
        except Rejected as error:
            if error.diagnostic.code == NOT_FOUND:
                return None
            raise
        try:
            (stack,) = map(_stack, shown["Stacks"])
        except (KeyError, TypeError, AttributeError, ValueError):
            raise self._not_understood(name) from None
        return stack

    def _content(self, wanted: Json) -> dict[str, str]:
        """The parameters that creating and updating share."""
        template, tags = wanted["template"], wanted["tags"]
        if any(not tag.isprintable() for tag in tags):
            summary = f"{self.name}: stack {wanted['name']} has a tag that cannot stand in a description"
            raise Rejected(Diagnostic("VTN-E304", summary, hint="a tag has no control characters"))
        template = {**template, "description": marked(template.get("description"), tags)}
        minutes = str(wanted.get("timeout", DEFAULT_MINUTES))
        return {"StackName": wanted["name"], "TemplateBody": json.dumps(template), "TimeoutInMinutes": minutes}

    def _not_understood(self, name: str) -> Unreachable:
        hint = "check that the catalogue of Keystone leads to Heat"
        return Unreachable(Diagnostic("VTN-E010", f"{self.name}: stack {name} is shown in a form that is not Heat's", hint=hint))


def marked(description: str | None, tags: Iterable[str]) -> str:
    """The description of a template that carries these tags."""
    return f"{description}\n\n{_line(tags)}" if description else _line(tags)


def unmarked(description: str | None) -> tuple[str, frozenset[str]]:
    """The description as it was before it was marked, and the tags that it carries."""
    text = description or ""
    mark = _MARK.search(text)
    return (text[: mark.start()], frozenset(mark[1].split(","))) if mark else (text, frozenset())


def _line(tags: Iterable[str]) -> str:
    return f"[tags: {','.join(tags)}]"


def _project(identity: str) -> str:
    """The project that the id of a stack names: `arn:openstack:heat::PROJECT:stacks/NAME/ID`. Empty where it is something else."""
    parts = identity.split(":", maxsplit=5)
    return parts[4] if len(parts) > 5 else ""


def _stack(entry: Json) -> Stack:
    """From an entry of DescribeStacks. KeyError, TypeError or AttributeError where it is something else."""
    return Stack(
        id=entry["StackId"],
        name=entry["StackName"],
        status=entry["StackStatus"],
        reason=entry.get("StackStatusReason", ""),
        tags=unmarked(entry.get("Description"))[1],
        outputs={
            output["OutputKey"]: output["OutputValue"]
            for output in entry.get("Outputs") or ()
            if output.get("OutputValue", _NO_VALUE) != _NO_VALUE
        },
    )
