"""Commits: judged, durable, one after the other; what refers to what is seen from both sides."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.memory_log import MemoryLog
from vtnmd.compiler.models import service_schema
from vtnmd.datastore.aside import MANY, Large, is_large
from vtnmd.datastore.candidate import Candidate
from vtnmd.datastore.edits import ResourceEdit, edit_resources
from vtnmd.datastore.faults import Fault, Refused
from vtnmd.datastore.running import Running
from vtnmd.datastore.tree import Changes, Tree
from vtnmd.domain.commit import Commit, Origin
from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.tree import Json
from vtnmd.yang.amend import ABSENT
from vtnmd.yang.api_path import parse_path

SCHEMA = service_schema()
ORIGIN = Origin("ann", "restconf")
INVENTORY = {"region": [{"name": "east"}, {"name": "west"}]}


def service(name: str, *regions: str) -> Json:
    segment = {"name": "web", "cidr": "10.0.0.0/24", "region": [{"name": each} for each in regions]}
    return {"name": name, "vtn": [{"name": "shop", "tenant": "acme", "segment": [segment]}]}


def running(log: MemoryLog) -> Running:
    found = Running(SCHEMA, log, lambda: 1000.0)
    found.load()
    return found


def putting(path: str, value: Json = ABSENT, operation: str = "replace") -> Callable[[Tree], Changes]:
    steps = parse_path(SCHEMA, path)
    return lambda tree: edit_resources(SCHEMA, tree, [ResourceEdit(operation, steps, value)])


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


async def filled(log: MemoryLog) -> Running:
    store = running(log)
    await store.commit(putting("vtnmd-inventory:inventory", INVENTORY), ORIGIN)
    await store.commit(putting("vtnmd-vtn:services/service=shop", service("shop", "east")), ORIGIN)
    return store


def test_a_commit_is_durable_and_read_back_by_the_next_life() -> None:
    async def work() -> None:
        log = MemoryLog()
        store = await filled(log)
        assert [commit.number for commit in log.commits] == [1, 2]
        assert store.current.services["shop"].value == service("shop", "east")
        assert running(log).current.document() == store.current.document()

    run(work())


def test_what_a_service_refers_to_must_be_there() -> None:
    async def work() -> None:
        store = await filled(MemoryLog())
        with pytest.raises(Refused) as caught:
            await store.commit(putting("vtnmd-vtn:services/service=shop", service("shop", "north")), ORIGIN)
        (fault,) = caught.value.faults
        assert (fault.tag, fault.app_tag) == ("data-missing", "instance-required")
        assert "service[vtn:name='shop']" in fault.path.text

    run(work())


def test_what_is_in_use_is_not_deleted_and_the_users_are_told() -> None:
    async def work() -> None:
        store = await filled(MemoryLog())
        await store.commit(putting("vtnmd-inventory:inventory/region=west", operation="delete"), ORIGIN)
        with pytest.raises(Refused, match="service shop refers to it"):
            await store.commit(putting("vtnmd-inventory:inventory/region=east", operation="delete"), ORIGIN)
        await store.commit(putting("vtnmd-vtn:services/service=shop", operation="delete"), ORIGIN)
        await store.commit(putting("vtnmd-inventory:inventory/region=east", operation="delete"), ORIGIN)
        assert store.current.document() == {}

    run(work())


def test_an_edit_that_changes_nothing_is_no_commit() -> None:
    async def work() -> None:
        log = MemoryLog()
        store = await filled(log)
        found = await store.commit(putting("vtnmd-vtn:services/service=shop", service("shop", "east")), ORIGIN)
        assert found.commit is None
        assert len(log.commits) == 2

    run(work())


def test_what_waits_together_is_written_together_and_in_order() -> None:
    async def work() -> None:
        log = MemoryLog()
        store = await filled(log)
        edits = [putting(f"vtnmd-vtn:services/service=s{n}", service(f"s{n}", "east")) for n in range(20)]
        found = await asyncio.gather(*(store.commit(edit, ORIGIN) for edit in edits))
        assert [each.commit.number for each in found if each.commit] == list(range(3, 23))
        assert len(store.current.services) == 21

    run(work())


def test_what_cannot_be_written_has_not_happened() -> None:
    async def work() -> None:
        log = MemoryLog()
        store = await filled(log)
        log.fail = StateError(Diagnostic("VTN-S002", "no room"))
        with pytest.raises(StateError):
            await store.commit(putting("vtnmd-vtn:services/service=shop", operation="delete"), ORIGIN)
        assert "shop" in store.current.services
        assert store.head is store.current
        await store.commit(putting("vtnmd-vtn:services/service=shop", operation="delete"), ORIGIN)
        assert not log.parts.keys() & {"service/shop"}

    run(work())


def test_an_edit_is_made_again_on_what_another_process_committed() -> None:
    async def work() -> None:
        log = MemoryLog()
        store = await filled(log)
        log.write_commits([Commit(Origin("bob", "cli"), {"service/other": service("other", "west")}, 1.0)], 2)
        told: list[int] = []
        store.listen(lambda each: told.append(each.after.number))
        description = putting("vtnmd-vtn:services/service=shop/description", "ours")
        await store.commit(description, ORIGIN)
        assert told == [3, 4]
        assert store.current.services.keys() == {"shop", "other"}
        with pytest.raises(Refused, match="service other refers to it"):
            await store.commit(putting("vtnmd-inventory:inventory/region=west", operation="delete"), ORIGIN)

    run(work())


def test_a_candidate_follows_running_but_for_what_was_edited_in_it() -> None:
    async def work() -> None:
        store = await filled(MemoryLog())
        candidate = Candidate(lambda: store.current)
        candidate.edit(putting("vtnmd-vtn:services/service=new", service("new", "west"))(candidate.tree))
        await store.commit(putting("vtnmd-vtn:services/service=shop/description", "moved"), ORIGIN)
        assert candidate.tree.services["shop"].value["description"] == "moved"
        await store.commit(candidate.onto, ORIGIN)
        candidate.discard()
        candidate.edit(putting("vtnmd-vtn:services/service=new/description", "one")(candidate.tree))
        await store.commit(putting("vtnmd-vtn:services/service=new/description", "two"), ORIGIN)
        with pytest.raises(Refused, match="service/new changed in running"):
            await store.commit(candidate.onto, ORIGIN)

    run(work())


def test_a_large_edit_is_made_in_a_thread_and_the_loop_goes_on() -> None:
    async def work() -> None:
        store = await filled(MemoryLog())
        begun, go = threading.Event(), threading.Event()

        def edit(tree: Tree) -> Changes:
            begun.set()
            assert go.wait(30)
            return putting("vtnmd-vtn:services/service=shop/vtn=shop/tenant", "large")(tree)

        large = asyncio.create_task(store.commit(Large(edit), ORIGIN))
        assert await asyncio.to_thread(begun.wait, 30)
        small = asyncio.create_task(store.commit(putting("vtnmd-vtn:services/service=fair", service("fair", "east")), ORIGIN))
        await asyncio.sleep(0)
        assert not small.done()
        go.set()
        assert [each.after.number for each in (await large, await small)] == [3, 4]
        assert store.current.services["shop"].value["vtn"][0]["tenant"] == "large"
        assert "fair" in store.current.services

    run(work())


def test_a_large_edit_is_made_anew_where_it_was_overtaken() -> None:
    async def work() -> None:
        log = MemoryLog()
        store, other = await filled(log), running(log)
        seen: list[int] = []
        begun, go = threading.Event(), threading.Event()

        def edit(tree: Tree) -> Changes:
            seen.append(tree.number)
            begun.set()
            assert go.wait(30)
            return putting("vtnmd-vtn:services/service=shop/vtn=shop/tenant", "large")(tree)

        large = asyncio.create_task(store.commit(Large(edit), ORIGIN))
        assert await asyncio.to_thread(begun.wait, 30)
        await other.commit(putting("vtnmd-vtn:services/service=fair", service("fair", "east")), ORIGIN)
        await store.refresh()
        go.set()
        assert (await large).after.number == 4
        assert seen == [2, 3]

    run(work())


def test_locks_are_asked_after_a_large_edit_is_made() -> None:
    async def work() -> None:
        store = await filled(MemoryLog())
        main, asked = threading.current_thread(), []

        def guard(_tree: Tree, _changes: Changes) -> None:
            asked.append(threading.current_thread())
            raise Refused(Fault("in-use", "locked"))

        with pytest.raises(Refused):
            await store.commit(Large(putting("vtnmd-vtn:services/service=fair", service("fair", "east"))), ORIGIN, guard=guard)
        with pytest.raises(Refused):
            await store.judged(Large(putting("vtnmd-vtn:services/service=fair", service("fair", "east"))), guard=guard)
        assert asked == [main, main]
        assert "fair" not in store.head.services

    run(work())


def test_what_is_large_is_told_without_looking_at_all_of_it() -> None:
    assert not is_large({"a": [1, 2, {"b": [None] * 1000}]})
    assert is_large([{"a": [number]} for number in range(MANY)])
