"""What other services share is looked at by who uses it: a change there is judged with its users."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.memory_log import MemoryLog
from vtnmd.compiler.models import service_schema
from vtnmd.datastore.edits import ResourceEdit, edit_resources
from vtnmd.datastore.faults import Refused
from vtnmd.datastore.running import Running
from vtnmd.datastore.tree import Changes, Tree
from vtnmd.domain.commit import Origin
from vtnmd.domain.tree import Json
from vtnmd.yang.amend import ABSENT
from vtnmd.yang.api_path import parse_path
from vtnmd.yang.instance import validate

SCHEMA = service_schema()
ORIGIN = Origin("ann", "restconf")
HOST = "vtnmd-vtn:services/service=host"
SEGMENT = f"{HOST}/vtn=base/segment=names"


def host() -> Json:
    segment = {"name": "names", "cidr": "10.9.0.0/24", "region": [{"name": "east"}], "shared": {"tenant": ["acme"]}}
    other = {"name": "own", "cidr": "10.8.0.0/24", "region": [{"name": "east"}]}
    return {"name": "host", "vtn": [{"name": "base", "tenant": "provider", "segment": [segment, other]}]}


def guest(name: str = "guest", tenant: str = "acme") -> Json:
    used = {"name": "dns", "service": "host", "vtn": "base", "segment": "names", "region": [{"name": "east"}]}
    return {"name": name, "vtn": [{"name": "shop", "tenant": tenant, "shared-segment": [used]}]}


def edit(path: str, value: Json = ABSENT, operation: str = "replace") -> Callable[[Tree], Changes]:
    steps = parse_path(SCHEMA, path)
    return lambda tree: edit_resources(SCHEMA, tree, [ResourceEdit(operation, steps, value)])


async def shared() -> Running:
    running = Running(SCHEMA, MemoryLog(), lambda: 1.0)
    running.load()
    await running.commit(lambda _: {"vtnmd-inventory:inventory": {"region": [{"name": "east"}, {"name": "west"}]}}, ORIGIN)
    await running.commit(lambda _: {"service/host": host()}, ORIGIN)
    await running.commit(lambda _: {"service/guest": guest()}, ORIGIN)
    return running


def test_only_what_is_shared_with_a_tenant_is_used_by_it() -> None:
    async def work() -> None:
        running = await shared()
        with pytest.raises(Refused, match="does not share the segment with the tenant"):
            await running.commit(lambda _: {"service/thief": guest("thief", "rival")}, ORIGIN)

    asyncio.run(work())


@pytest.mark.parametrize(
    ("path", "value", "operation"),
    [
        (HOST, ABSENT, "delete"),
        (SEGMENT, ABSENT, "delete"),
        (f"{SEGMENT}/shared", ABSENT, "delete"),
        (f"{SEGMENT}/shared/tenant", ["rival"], "replace"),
        (f"{SEGMENT}/region", [{"name": "west"}], "replace"),
    ],
)
def test_what_is_used_is_neither_removed_nor_withdrawn(path: str, value: Json, operation: str) -> None:
    async def work() -> None:
        running = await shared()
        with pytest.raises(Refused, match="service guest refers to it"):
            await running.commit(edit(path, value, operation), ORIGIN)
        await running.commit(lambda _: {"service/guest": None}, ORIGIN)
        await running.commit(edit(path, value, operation), ORIGIN)

    asyncio.run(work())


def test_host_and_guest_may_change_together() -> None:
    async def work() -> None:
        running = await shared()
        await running.commit(lambda _: {"service/host": None, "service/guest": None}, ORIGIN)
        assert running.current.services == {}

    asyncio.run(work())


def test_users_are_judged_only_where_they_look(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        running = await shared()
        judged: list[int] = []

        def counted(schema: Any, document: Json, **given: Any) -> Any:
            services = document["vtnmd-vtn:services"]["service"]
            judged.append(sum(id(each) not in given["aside"] for each in services))
            return validate(schema, document, **given)

        monkeypatch.setattr("vtnmd.datastore.judging.validate", counted)
        await running.commit(edit(f"{HOST}/description", "other"), ORIGIN)
        await running.commit(edit(f"{HOST}/vtn=base/segment=own/description", "other"), ORIGIN)
        await running.commit(edit(f"{SEGMENT}/description", "other"), ORIGIN)
        assert judged == [1, 1, 2]

    asyncio.run(work())
