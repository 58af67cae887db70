"""State on PostgreSQL: who owns what, what waits for what, and how an outage reads."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.fake_driver import create, plan_of, resource_of
from tests.support.postgres import GUARDED, PostgresServer, serving
from vtnmd.domain.diagnostics import Diagnostic, StateError
from vtnmd.domain.journal import Record
from vtnmd.domain.run import Event, Result, Step
from vtnmd.state import Owner, Store, open_store, parse_place
from vtnmd.state.tables import SCHEMA

NOW = 1_795_356_130.0
ME = Owner("tester: vtnmd apply", 4711, NOW)
OTHER = Owner("other: vtnmd destroy", 815, NOW)
ROOT = Path(__file__).parents[3]
_HOLDER = (
    "import os, signal, sys; from vtnmd.state import Owner, open_store\n"
    "store = open_store(sys.argv[1]); owning = store.own(Owner('child', os.getpid(), 0.0), 'shop'); owning.__enter__()\n"
    "print('owns', flush=True); signal.pause()"
)


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.new_database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened


def refusal(call: Callable[[], object]) -> Diagnostic:
    with pytest.raises(StateError) as caught:
        call()
    return caught.value.diagnostics[0]


def plan(name: str, service: str) -> Callable[[Store], str]:
    return lambda store: store.begin_run(plan_of([create(resource_of(name, note=service), [service])], service), "tester", NOW)


def started(run: str) -> Record:
    return Record(Event(run, 1, NOW, Step.STARTED))


def test_a_second_owner_of_a_service_is_told_who_is_there(store: Store, url: str) -> None:
    with open_store(url) as second, store.own(ME, "shop"):
        told = refusal(second.own(OTHER, "shop").__enter__)
    assert told.code == "VTN-S006"
    assert "service shop is owned by tester: vtnmd apply (process 4711" in told.summary


def test_owners_of_different_services_do_not_wait_for_each_other(store: Store, url: str) -> None:
    with open_store(url) as second, store.own(ME, "shop"), second.own(OTHER, "clinic"):
        first, other = plan("east/a", "shop")(store), plan("east/b", "clinic")(second)
        store.append([started(first)])
        second.append([started(other)])
    with store.own(ME):
        assert {run.result for run in store.runs()} == {Result.INTERRUPTED}


def test_a_run_takes_its_service_where_its_owner_has_not(store: Store, url: str) -> None:
    with open_store(url) as second, store.own(ME), second.own(OTHER, "shop"):
        assert refusal(lambda: plan("east/a", "shop")(store)).code == "VTN-S006"
        assert plan("east/b", "clinic")(store)
        with open_store(url) as third:
            assert refusal(third.own(OTHER, "clinic").__enter__).code == "VTN-S006"


def test_a_second_owner_may_wait(store: Store, url: str) -> None:
    waited_for: list[Owner] = []
    waits, entered = threading.Event(), threading.Event()

    def note(owner: Owner) -> None:
        waited_for.append(owner)
        waits.set()

    def second() -> None:
        with open_store(url) as other, other.own(OTHER, "shop", wait=True, waiting=note):
            entered.set()

    thread = threading.Thread(target=second)
    with store.own(ME, "shop"):
        thread.start()
        assert waits.wait(20)
        assert not entered.is_set()
    thread.join(20)
    assert entered.is_set()
    assert waited_for == [ME]


def test_ownership_ends_with_its_process_and_its_run_is_closed(store: Store, url: str) -> None:
    with subprocess.Popen([sys.executable, "-c", _HOLDER, url], cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "owns\n"
        assert f"process {child.pid}" in refusal(store.own(ME, "shop").__enter__).summary
        run = plan("east/a", "shop")(store)
        with store.own(ME, "clinic"):
            assert store.run(run).result is Result.RUNNING
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    with store.own(ME, "shop", wait=True):
        assert store.run(run).result is Result.INTERRUPTED


def test_of_two_runs_that_begin_at_once_on_the_same_resource_one_does(url: str) -> None:
    together = threading.Barrier(2, timeout=20)
    begun: list[str] = []
    refused: list[str] = []

    def begin(service: str) -> None:
        with open_store(url) as own_store:
            together.wait()
            try:
                begun.append(plan("east/a", service)(own_store))
            except StateError as error:
                refused.append(error.diagnostics[0].code)

    threads = [threading.Thread(target=begin, args=[service]) for service in ("shop", "clinic")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(begun), refused) == (1, ["VTN-S012"])


def test_several_may_make_the_state_at_once(postgres: PostgresServer) -> None:
    url = postgres.new_database(migrated=False)
    problems: list[BaseException] = []

    def make() -> None:
        try:
            open_store(url).close()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test must show it
            problems.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert problems == []


def test_a_database_that_is_empty_reads_as_empty_and_stays_so(postgres: PostgresServer) -> None:
    url = postgres.new_database(migrated=False)
    with open_store(url, create=False) as store:
        assert store.services() == ()
    assert postgres.query(postgres.database(url), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0\n"


def test_a_state_of_a_newer_vtnmd(postgres: PostgresServer, url: str) -> None:
    postgres.query(postgres.database(url), "UPDATE alembic_version SET version_num = '9999'")
    told = refusal(lambda: open_store(url))
    assert told.code == "VTN-S004"
    assert "9999" in told.summary
    assert SCHEMA in told.summary


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    told = refusal(lambda: open_store(f"postgresql://vtnmd:sesame@/state?host={quote(str(tmp_path), safe='')}"))
    assert told.code == "VTN-S030"
    assert "sesame" not in str(told)


def test_a_database_that_is_not_there(postgres: PostgresServer) -> None:
    assert refusal(lambda: open_store(postgres.url("nothing"))).code == "VTN-S031"


def test_a_wrong_password_is_refused_and_shown_to_nobody(postgres: PostgresServer, url: str) -> None:
    database = url.rpartition("/")[2]
    postgres.query(postgres.database(url), f"DROP ROLE IF EXISTS {GUARDED}; CREATE ROLE {GUARDED} LOGIN PASSWORD 'right'")
    told = refusal(lambda: open_store(f"postgresql://{GUARDED}:sesame@/{database}"))
    assert told.code == "VTN-S031"
    assert "sesame" not in f"{told} {told.hint} {told.detail}"
    assert f"postgresql://{GUARDED}@/" in told.summary
    told = refusal(lambda: open_store(f"postgresql://{GUARDED}:right@/{database}"))
    assert (told.code, "permission denied" in told.summary) == ("VTN-S031", True)


def test_a_password_may_stand_in_a_file(postgres: PostgresServer, url: str, tmp_path: Path) -> None:
    database = url.rpartition("/")[2]
    postgres.query(postgres.database(url), f"DROP ROLE IF EXISTS {GUARDED}; CREATE ROLE {GUARDED} SUPERUSER LOGIN PASSWORD 'right'")
    passfile = tmp_path / "passfile"
    passfile.write_text(f"*:*:*:{GUARDED}:right\n")
    passfile.chmod(0o600)
    with open_store(f"postgresql://{GUARDED}@/{database}&passfile={quote(str(passfile), safe='')}") as store:
        assert store.services() == ()


def test_a_place_tells_no_password() -> None:
    place = parse_place("postgresql://vtnmd:sesame@db.example/state?sslmode=require&sslpassword=sesame")
    assert str(place) == "postgresql://vtnmd@db.example/state?sslmode=require"
    assert "sesame" not in repr(place)


def test_an_outage_is_said_and_over_when_the_server_is_back() -> None:
    with serving() as server, open_store(server.new_database()) as store:
        run = plan("east/a", "shop")(store)
        server.stop()
        for call in (store.runs, lambda: store.append([started(run)]), lambda: store.load_inventory({}, NOW)):
            assert refusal(call).code == "VTN-S030"
        server.start_again()
        store.append([started(run)])
        assert [event.step for event in store.events(run)] == [Step.STARTED]


def test_the_next_owner_after_an_outage_finds_nobody() -> None:
    with serving() as server:
        url = server.new_database()
        with open_store(url) as first, open_store(url) as second, first.own(ME, "shop"):
            server.stop()
            server.start_again()
            with second.own(OTHER, "shop"):
                assert second.runs() == ()


def test_whoever_is_frozen_in_a_transaction_does_not_hold_up_others(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vtnmd.state.postgres._BRIEF_SECONDS", 1)
    with open_store(url) as other:

        def freeze() -> None:
            with store.writing(brief=True):
                other.load_inventory({"regions": []}, NOW)

        assert refusal(freeze).code == "VTN-S030"
        assert other.inventory() == {"regions": []}
