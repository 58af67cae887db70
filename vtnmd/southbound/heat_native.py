"""Stacks over Heat's own API, OpenStack Orchestration v1. The marks of a stack are its tags."""

from collections.abc import Collection
from urllib.parse import quote, urlencode

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json
from vtnmd.southbound.cloud import Cloud
from vtnmd.southbound.ports import Rejected, Unreachable
from vtnmd.southbound.stack import OWNER_TAG, Stack, stack_from_json
from vtnmd.southbound.stack_service import DEFAULT_MINUTES, NOT_FOUND, without_id

_PAGE = 100


class NativeStacks:
    """`StackService` over JSON. A cancelled call leaves its HTTP exchange to end by itself."""

    remark = f"give it the tag {OWNER_TAG} again"

    def __init__(self, cloud: Cloud) -> None:
        self.name = cloud.name
        self._cloud = cloud

    async def hello(self) -> str:
        await self._cloud.send("GET", "/stacks?limit=1")
        try:
            build = await self._cloud.send("GET", "/build_info")
        except Rejected:  # some clouds show it to administrators only
            build = None
        revision = build.get("engine", {}).get("revision", "unknown") if isinstance(build, dict) else "unknown"
        return f"OpenStack Heat, Orchestration API v1, engine revision {revision}"

    async def find(self, name: str) -> Stack | None:
        for listed in await self.named(name):
            stack = await self.look(listed)
            if stack is not None:  # it did not go between the list and the look
                return stack
        return None

    async def named(self, name: str) -> list[Stack]:
        listed, project = await self._cloud.send("GET", f"/stacks?{urlencode({'name': name})}"), await self._cloud.project()
        try:
            # The name is compared again: a Heat that ignores the filter lists every stack.
            entries = [entry for entry in listed["stacks"] if entry["stack_name"] == name and _is_of(project, entry)]
            entries.sort(key=lambda entry: (entry["creation_time"], entry["id"]))
            stacks = [stack_from_json(entry) for entry in entries]
        except (KeyError, TypeError, AttributeError):
            raise self._not_understood(name) from None
        return [stack for stack in stacks if not stack.gone]

    async def look(self, found: Stack) -> Stack | None:
        try:
            shown = await self._cloud.send("GET", _path(found))
            stack = stack_from_json(shown["stack"])
        except Rejected as error:
            if error.diagnostic.code == NOT_FOUND:
                return None
            raise
        except (KeyError, TypeError, AttributeError):
            raise self._not_understood(found.name) from None
        return None if stack.gone else stack

    async def marked(self, besides: Collection[str]) -> list[Stack]:
        """Page by page. A Heat that ignores the filter lists others as well."""
        found: dict[str, Json] = {}
        marker: dict[str, str] = {}
        project = await self._cloud.project()
        while True:
            listed = await self._cloud.send("GET", f"/stacks?{urlencode({'tags': OWNER_TAG, 'limit': _PAGE, **marker})}")
            try:
                page = {entry["id"]: entry for entry in listed["stacks"]}
                if page.keys() <= found.keys():
                    stacks = [stack_from_json(entry) for entry in found.values() if _is_of(project, entry)]
                    return [stack for stack in stacks if stack.ours and not stack.gone and stack.name not in besides]
            except (KeyError, TypeError, AttributeError):
                raise self._not_understood("list") from None
            found |= page
            marker = {"marker": list(page)[-1]}

    async def create(self, wanted: Json) -> str:
        body = {"stack_name": wanted["name"], "disable_rollback": True, **_content(wanted)}
        made = await self._cloud.send("POST", "/stacks", body)
        try:
            return str(made["stack"]["id"])
        except (KeyError, TypeError):
            raise without_id(self.name, wanted["name"]) from None

    async def update(self, found: Stack, wanted: Json) -> None:
        await self._cloud.send("PUT", _path(found), _content(wanted))

    async def delete(self, found: Stack) -> None:
        await self._cloud.send("DELETE", _path(found))

    async def template(self, found: Stack) -> Json:
        template = await self._cloud.send("GET", f"{_path(found)}/template")
        if not isinstance(template, dict):
            raise self._not_understood(found.name)
        return template

    async def failures(self, found: Stack) -> list[str]:
        answer = await self._cloud.send("GET", f"{_path(found)}/resources")
        entries = answer.get("resources", ()) if isinstance(answer, dict) else ()
        return [
            f"{entry.get('resource_name')}: {entry.get('resource_status_reason')}"
            for entry in entries
            if str(entry.get("resource_status", "")).endswith("_FAILED")
        ]

    async def aclose(self) -> None:
        await self._cloud.aclose()

    def _not_understood(self, name: str) -> Unreachable:
        hint = "check that the catalogue of Keystone leads to Heat"
        return Unreachable(Diagnostic("VTN-E010", f"{self.name}: stack {name} is shown in a form that is not Heat's", hint=hint))


def _is_of(project: str, entry: Json) -> bool:
    """Whether a listed stack is of a project. Heat shows an administrator those of all, and of which each is."""
    return bool(entry.get("project", project) == project)


def _path(stack: Stack) -> str:
    return f"/stacks/{quote(stack.name, safe='')}/{quote(stack.id, safe='')}"


def _content(wanted: Json) -> Json:
    """The members that creating and updating share."""
    return {
        "template": wanted["template"],
        "tags": ",".join(wanted["tags"]),
        "timeout_mins": wanted.get("timeout", DEFAULT_MINUTES),
    }
