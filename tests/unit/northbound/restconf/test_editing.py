"""Edits, and what stands in their way: access rules, locks, confirmed commits, each other."""

import asyncio

import pytest

from tests.support.restconf import Bounds, Client, orchard
from vtnmd.datastore.tree import Changes, Tree
from vtnmd.domain.commit import Commit, Confirmation, Origin
from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.tree import Json

FARM = "/data/orchard:farm"
OWNED = {"orchard:farm": {"owner": "ann"}}


def log_of(client: Client) -> list[Commit]:
    found: list[Commit] = client.context.backend.running.log.commits  # type: ignore[attr-defined]  # a log in memory
    return found


def test_who_may_not_write_is_told_so_and_who_may_not_see_is_told_nothing() -> None:
    rules = {
        "eve": Bounds(fixed=frozenset({"orchard:farm"})),
        "joe": Bounds(frozenset({"orchard:farm"}), frozenset({"orchard:farm"})),
    }
    with orchard(rules) as client:
        client.ask("PUT", FARM, OWNED)
        denied = client.ask("DELETE", FARM, user="eve")
        assert (denied.status, denied.error["error-tag"]) == (403, "access-denied")
        assert client.ask("PATCH", FARM, OWNED | {"orchard:farm": {"tank": 3}}, user="eve").status == 403
        for method, body in (("DELETE", None), ("PATCH", {"orchard:farm": {"tank": 3}}), ("POST", {"orchard:tank": 3})):
            assert client.ask(method, FARM, body, user="joe").status == 404
        assert client.ask("GET", FARM, user="eve").json == OWNED


def test_a_lock_of_a_session_stands_in_the_way() -> None:
    with orchard() as client:
        backend = client.context.backend
        backend.locks.lock("running", 7)
        refused = client.ask("PUT", FARM, OWNED)
        assert (refused.status, refused.error["error-tag"]) == (409, "in-use")
        backend.locks.end(7)
        backend.locks.lock_parts({"orchard:rows"}, 7)
        assert client.ask("PUT", FARM, OWNED).status == 201
        assert client.ask("PUT", "/data/orchard:rows", {"orchard:rows": {"row": [{"name": "a"}]}}).status == 409


@pytest.mark.parametrize(("persist", "status"), [("", 201), ("secret", 409)])
def test_an_edit_confirms_what_is_pending_but_for_a_persist_id(persist: str, status: int) -> None:
    with orchard() as client:
        confirmations = client.context.backend.confirmations
        confirmations.pending = Confirmation(7, persist, 0.0, {})
        assert client.ask("PUT", FARM, OWNED).status == status
        assert (confirmations.pending is None) == (status == 201)


def test_who_edited_why_and_from_where_is_kept() -> None:
    with orchard() as client:
        client.ask("PUT", FARM, OWNED, user="bob", x_vtnmd_label="spring", x_vtnmd_comment="new owner, Zürich")
        [commit] = log_of(client)
        assert commit.origin.to_json() == {
            "user": "bob",
            "source": "restconf",
            "client": "127.0.0.1",
            "label": "spring",
            "comment": "new owner, Zürich",
        }
        assert client.ask("PUT", FARM, OWNED, x_vtnmd_label="a\tb").status == 400
        assert client.ask("PUT", FARM, OWNED, x_vtnmd_label="x" * 2000).status == 400


def test_a_patch_brings_its_comment() -> None:
    edit = {"edit-id": "1", "operation": "merge", "target": "/", "value": OWNED}
    patch = {"ietf-yang-patch:yang-patch": {"patch-id": "p", "comment": "spring", "edit": [edit]}}
    with orchard() as client:
        client.ask("PUT", FARM, {"orchard:farm": {"tank": 3}})
        assert client.ask("PATCH", FARM, patch, content_type="application/yang-patch+json").status == 200
        assert log_of(client)[-1].origin.comment == "spring"


def test_of_two_edits_on_one_tag_one_is_made() -> None:
    with orchard() as client:
        client.ask("PUT", FARM, OWNED)
        tag = client.ask("GET", FARM).headers["etag"]

        async def both() -> list[int]:
            edits = [client.answer("PATCH", FARM, {"orchard:farm": {"tank": n}}, if_match=tag) for n in (1, 2)]
            return sorted(reply.status for reply in await asyncio.gather(*edits))

        assert client.run(both()) == [204, 412]


def test_the_tag_told_after_an_edit_is_that_of_the_resource() -> None:
    with orchard() as client:
        told = client.ask("PUT", FARM, OWNED).headers["etag"]
        assert client.ask("GET", FARM).headers["etag"] == told
        told = client.ask("POST", FARM, {"orchard:tank": 3}).headers["etag"]
        assert client.ask("GET", f"{FARM}/tank").headers["etag"] == told
        assert client.ask("DELETE", f"{FARM}/tank", if_match=told).status == 204


def test_what_cannot_be_written_is_the_servers_fault() -> None:
    with orchard() as client:
        client.context.backend.running.log.fail = StateError(Diagnostic("VTN-S002", "no room"))  # type: ignore[attr-defined]  # as above
        refused = client.ask("PUT", FARM, OWNED)
        assert (refused.status, refused.error["error-tag"]) == (500, "operation-failed")
        assert client.ask("GET", FARM).json == {"orchard:farm": {}}


def test_a_dry_run_shows_what_would_be_and_changes_nothing() -> None:
    async def preview(before: Tree, changes: Changes, origin: Origin) -> Json:
        assert origin.source == "restconf"
        return {"before": before.document(), "changes": dict(changes)}

    with orchard(preview=preview) as client:
        shown = client.ask("PUT", f"{FARM}?dry-run=native", OWNED)
        assert (shown.status, shown.json) == (200, {"before": {}, "changes": OWNED})
        assert client.ask("POST", "/data?dry-run=native", OWNED).status == 200
        assert client.ask("PUT", f"{FARM}?dry-run=cli", OWNED).status == 400
        assert client.ask("PUT", f"{FARM}?dry-run=native", {"orchard:farm": {"owner": "9"}}).status == 400
        assert log_of(client) == []
