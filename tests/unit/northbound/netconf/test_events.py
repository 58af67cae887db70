"""What is told of commits, whoever made them."""

import asyncio
from typing import Any

from tests.unit.northbound.netconf.conftest import depot
from vtnmd.datastore.tree import Changes
from vtnmd.domain.commit import Origin
from vtnmd.northbound.netconf.events import tell_of_commits

OFFICE = "depot:office"


def told(*commits: tuple[Changes, Origin]) -> list[Any]:
    """The content of the notifications of config-change."""

    async def work() -> list[Any]:
        backend = depot()
        tell_of_commits(backend)
        for changes, origin in commits:
            await backend.running.commit(lambda _, made=changes: made, origin)  # type: ignore[misc] # bound at once
        await backend.running.aclose()
        return [event.content for event in backend.streams.replay(0) if event.member.endswith(":netconf-config-change")]

    return asyncio.run(work())


def test_who_changed_what_is_told() -> None:
    ann = Origin("ann", "restconf", "192.0.2.1", 7)
    first, second, third = told(
        ({OFFICE: {"title": "hq", "staff": 3}}, ann), ({OFFICE: {"title": "other"}}, ann), ({OFFICE: None}, ann)
    )
    assert first["changed-by"] == {"username": "ann", "session-id": 7, "source-host": "192.0.2.1"}
    assert first["edit"] == [
        {"target": "/depot:office/title", "operation": "create"},
        {"target": "/depot:office/staff", "operation": "create"},
    ]
    assert second["edit"] == [
        {"target": "/depot:office/title", "operation": "replace"},
        {"target": "/depot:office/staff", "operation": "delete"},
    ]
    assert [edit["operation"] for edit in third["edit"]] == ["delete"]


def test_what_the_server_does_itself_is_told_as_such() -> None:
    (only,) = told(({OFFICE: {"title": "hq"}}, Origin("vtnmd", "serve")))
    assert only["changed-by"] == {"server": [None]}


def test_very_many_edits_are_not_listed() -> None:
    bays = {"bay": [{"number": number} for number in range(200)]}
    (only,) = told(({"depot:yard": bays}, Origin("ann", "netconf", "somewhere", 1)))
    assert "edit" not in only
    assert "source-host" not in only["changed-by"]
