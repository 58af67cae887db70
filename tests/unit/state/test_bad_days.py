"""State that cannot be used says why and never leaks an error of the database."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fake_driver import create, plan_of, resource_of
from vtnmd.domain.diagnostics import StateError
from vtnmd.state import Owner, open_store
from vtnmd.state.tables import SCHEMA

NOW = 1_795_356_130.0
ME = Owner("tester: vtnmd apply", 4711, NOW)


def refusal(call: Callable[[], object]) -> StateError:
    with pytest.raises(StateError) as caught:
        call()
    return caught.value


def code(error: StateError) -> str:
    return error.diagnostics[0].code


def make_state(folder: Path) -> Path:
    with open_store(folder) as store:
        plan = plan_of([create(resource_of(f"east/{number}", note="x" * 500)) for number in range(200)])
        store.begin_run(plan, "tester", NOW)
    return folder / "state.db"


def test_the_state_is_its_owners_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)  # as the folder is where something else made it
    with open_store(tmp_path) as store:
        store.load_inventory({}, NOW)
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes.pop("state.db") == 0o600
    assert set(modes.values()) <= {0o600}


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    error = refusal(lambda: open_store(tmp_path / "file" / "state"))
    assert code(error) == "VTN-S001"
    assert "--state" in error.diagnostics[0].hint


def test_a_folder_that_is_read_only_for_this_user(tmp_path: Path) -> None:
    # /proc takes no files from anybody, root included
    assert code(refusal(lambda: open_store("/proc/vtnmd-state"))) == "VTN-S001"


def test_a_state_that_turns_read_only(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        with store._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        assert code(refusal(lambda: store.load_inventory({}, NOW))) == "VTN-S001"


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_text("services:\n  - name: shop\n" * 40)
    assert code(refusal(lambda: open_store(tmp_path))) == "VTN-S003"


def test_a_file_shorter_than_a_header(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"SQLite")
    assert code(refusal(lambda: open_store(tmp_path))) == "VTN-S003"


@pytest.mark.parametrize("part", [0.3, 0.5, 0.9])
def test_a_file_cut_in_half(tmp_path: Path, part: float) -> None:
    file = make_state(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * part)])
    assert code(refusal(lambda: open_store(tmp_path))) == "VTN-S003"
    assert file.read_bytes() == whole[: int(len(whole) * part)]


def test_a_file_with_rubbish_inside(tmp_path: Path) -> None:
    file = make_state(tmp_path)
    content = bytearray(file.read_bytes())
    content[4096:-1] = b"\xff" * (len(content) - 4097)
    file.write_bytes(content)
    assert code(refusal(lambda: open_store(tmp_path).runs())) == "VTN-S003"


def test_an_empty_file_is_a_new_state(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"")
    with open_store(tmp_path) as store:
        assert store.services() == ()


def test_a_state_of_a_newer_vtnmd(tmp_path: Path) -> None:
    file = make_state(tmp_path)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    error = refusal(lambda: open_store(tmp_path))
    assert code(error) == "VTN-S004"
    assert "9999" in error.diagnostics[0].summary
    assert SCHEMA in error.diagnostics[0].summary


def test_a_state_that_another_process_keeps_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vtnmd.state.sqlite._BUSY_MILLISECONDS", 1)
    file = make_state(tmp_path)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with open_store(tmp_path) as store:
        assert code(refusal(lambda: store.load_inventory({}, NOW))) == "VTN-S005"
        other.execute("ROLLBACK")
        store.load_inventory({}, NOW)
    other.close()


@pytest.mark.parametrize("place", ["mysql://localhost/x", "postgresql://localhost", "postgresql://", "sqlite://", "sqlite:///"])
def test_a_place_of_an_unknown_kind(place: str) -> None:
    assert code(refusal(lambda: open_store(place))) == "VTN-S011"


def test_a_database_url(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/vtn.db") as store:
        assert store.services() == ()
    assert (tmp_path / "vtn.db").exists()


def test_a_full_disk_says_so_when_the_state_is_made(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        with store._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1")
        assert code(refusal(lambda: store.load_inventory({"note": "x" * 100_000}, NOW))) == "VTN-S002"
        assert store.inventory() is None


def test_a_second_owner_is_told_who_is_there(tmp_path: Path) -> None:
    with open_store(tmp_path) as first, open_store(tmp_path) as second, first.own(ME):
        error = refusal(lambda: second.own(Owner("other", 1, NOW)).__enter__())
    assert code(error) == "VTN-S006"
    assert "tester: vtnmd apply (process 4711, since 2026-11-22 14:02:10 UTC)" in error.diagnostics[0].summary


def test_a_second_owner_may_wait(tmp_path: Path) -> None:
    waited_for: list[Owner] = []
    waits, entered = threading.Event(), threading.Event()

    def note(owner: Owner) -> None:
        waited_for.append(owner)
        waits.set()

    def second() -> None:
        with open_store(tmp_path) as store, store.own(Owner("second", 2, NOW), wait=True, waiting=note):
            entered.set()

    with open_store(tmp_path) as store:
        thread = threading.Thread(target=second)
        with store.own(ME):
            thread.start()
            assert waits.wait(20)
            assert not entered.is_set()
        thread.join(20)
    assert entered.is_set()
    assert waited_for == [ME]


def test_ownership_ends_with_its_process(tmp_path: Path) -> None:
    script = (
        "import os, sys; from vtnmd.state import Owner, open_store\n"
        "open_store(sys.argv[1]).own(Owner('child', os.getpid(), 0.0)).__enter__(); os._exit(9)"
    )
    child = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, cwd=Path(__file__).parents[3])
    assert child.returncode == 9
    with open_store(tmp_path) as store, store.own(ME):
        assert store.services() == ()


def test_several_may_make_the_state_at_once(tmp_path: Path) -> None:
    problems: list[BaseException] = []

    def make() -> None:
        try:
            open_store(tmp_path).close()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test must show it
            problems.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert problems == []
