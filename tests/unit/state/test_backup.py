"""Copies of a state, and what they are good for."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from tests.support.fake_driver import create, plan_of, resource_of
from tests.support.rig import Rig
from vtnmd.cli.app import main
from vtnmd.domain.diagnostics import StateError
from vtnmd.domain.run import Result
from vtnmd.state import Owner, back_up_state, open_store, restore_state
from vtnmd.state.tables import SCHEMA

NOW = 1_795_356_130.0
ME = Owner("tester", 1, NOW)


def make_state(folder: Path, *names: str) -> None:
    with open_store(folder) as store:
        for name in names:
            store.begin_run(plan_of([create(resource_of(f"east/{name}"))], name), "tester", NOW)


def services(folder: Path) -> list[str]:
    with open_store(folder, create=False) as store:
        return [entry.name for entry in store.services()]


def refusal(place: Path, copy: Path) -> str:
    with pytest.raises(StateError) as caught:
        restore_state(place, copy, ME)
    return caught.value.diagnostics[0].code


def test_a_copy_holds_what_the_state_held(tmp_path: Path) -> None:
    make_state(tmp_path / "state", "shop")
    back_up_state(tmp_path / "state", tmp_path / "copy")
    make_state(tmp_path / "state", "forge")
    assert restore_state(tmp_path / "other", tmp_path / "copy", ME) is None
    assert services(tmp_path / "other") == ["shop"]
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("copy?*"))


def test_a_copy_is_made_while_the_state_is_written(tmp_path: Path) -> None:
    """With a transaction open: what is not committed is not in the copy."""
    make_state(tmp_path, "shop")
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM services")
        back_up_state(tmp_path, tmp_path / "copy")
        writer.execute("ROLLBACK")
    restore_state(tmp_path / "other", tmp_path / "copy", ME)
    assert services(tmp_path / "other") == ["shop"]


def test_a_damaged_state_is_mended_by_its_copy(tmp_path: Path) -> None:
    make_state(tmp_path, "shop")
    back_up_state(tmp_path, tmp_path / "copy")
    whole = (tmp_path / "state.db").read_bytes()
    half = whole[: len(whole) // 2]
    (tmp_path / "state.db").write_bytes(half)
    with pytest.raises(StateError) as caught:
        open_store(tmp_path)
    assert caught.value.diagnostics[0].code == "VTN-S003"
    assert "vtnmd state restore" in caught.value.diagnostics[0].hint
    kept = restore_state(tmp_path, tmp_path / "copy", ME)
    assert kept is not None
    assert kept.read_bytes() == half
    assert services(tmp_path) == ["shop"]


def test_what_the_log_of_the_old_state_holds_is_not_taken_for_the_new(tmp_path: Path) -> None:
    make_state(tmp_path, "shop")
    back_up_state(tmp_path, tmp_path / "copy")
    script = "import os, sys; from tests.unit.state.test_backup import make_state, Path; make_state(Path(sys.argv[1]), 'forge'); "
    leave = "import vtnmd.state; vtnmd.state.Store.close = lambda self: os._exit(0); "
    subprocess.run([sys.executable, "-c", leave.replace("import ", "import os, ", 1) + script, str(tmp_path)], check=True)
    assert (tmp_path / "state.db-wal").stat().st_size
    kept = restore_state(tmp_path, tmp_path / "copy", ME)
    assert kept is not None
    assert services(tmp_path) == ["shop"]
    (tmp_path / "old").mkdir()
    kept.rename(tmp_path / "old" / "state.db")
    kept.with_name(kept.name + "-wal").rename(tmp_path / "old" / "state.db-wal")
    assert services(tmp_path / "old") == ["forge", "shop"]


def test_a_run_that_was_under_way_in_the_copy_goes_on(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "state")
    plan = plan_of([create(resource_of(f"east/{number}", [f"east/{number - 1}"] if number else [])) for number in range(3)])
    rig.endpoints["east/odl"].faults = ["", "rejected"]
    run = rig.apply(plan).run
    back_up_state(rig.folder, tmp_path / "copy")
    assert rig.resume(run).result is Result.APPLIED
    rig.crash()
    restore_state(rig.folder, tmp_path / "copy", ME)
    assert rig.resume(run).result is Result.APPLIED
    assert set(rig.endpoints["east/odl"].serials.values()) == {1}


def test_a_state_that_somebody_owns_is_not_replaced(tmp_path: Path) -> None:
    make_state(tmp_path, "shop")
    back_up_state(tmp_path, tmp_path / "copy")
    with open_store(tmp_path) as store, store.own(Owner("other", 2, NOW)):
        assert refusal(tmp_path, tmp_path / "copy") == "VTN-S006"


@pytest.mark.parametrize("content", [b"", b"SQLite", b"services:\n" * 1000])
def test_what_is_no_copy_is_refused(tmp_path: Path, content: bytes) -> None:
    make_state(tmp_path, "shop")
    (tmp_path / "copy").write_bytes(content)
    assert refusal(tmp_path, tmp_path / "copy") == "VTN-S003"
    assert refusal(tmp_path, tmp_path / "nothing") == "VTN-S003"
    assert services(tmp_path) == ["shop"]
    assert not list(tmp_path.glob("*replaced*"))


def test_a_copy_that_is_cut_is_refused(tmp_path: Path) -> None:
    make_state(tmp_path, "shop")
    back_up_state(tmp_path, tmp_path / "copy")
    whole = (tmp_path / "copy").read_bytes()
    for part in (0.3, 0.6, 0.95):
        (tmp_path / "copy").write_bytes(whole[: int(len(whole) * part)])
        assert refusal(tmp_path, tmp_path / "copy") == "VTN-S003"
    assert services(tmp_path) == ["shop"]


def test_a_copy_of_a_newer_vtnmd_is_refused(tmp_path: Path) -> None:
    make_state(tmp_path, "shop")
    back_up_state(tmp_path, tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert refusal(tmp_path, tmp_path / "copy") == "VTN-S004"


def test_a_copy_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    make_state(tmp_path, "shop")
    for target in (tmp_path / "no" / "copy", Path("/proc/copy")):
        with pytest.raises(StateError) as caught:
            back_up_state(tmp_path, target)
        assert caught.value.diagnostics[0].code == "VTN-F008"
        assert str(target) in caught.value.diagnostics[0].summary
    with pytest.raises(StateError) as caught:
        back_up_state(tmp_path / "nothing", tmp_path / "copy")
    assert caught.value.diagnostics[0].code == "VTN-S040"
    assert not (tmp_path / "nothing").exists()


def test_an_older_state_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", "vtnmd.state:migrations")
    engine = create_engine(f"sqlite:///{tmp_path}/state.db")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql("INSERT INTO inventory VALUES ('1', '{}', 0)")
    engine.dispose()
    with open_store(tmp_path) as store:
        assert store.inventory() == {}
    with closing(sqlite3.connect(tmp_path / "state.db.schema-0001")) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert copy.execute("SELECT digest FROM inventory").fetchone() == ("1",)
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (SCHEMA,)


def test_the_command_line_copies_and_restores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_state(tmp_path / "state", "shop")
    place = ["--state", str(tmp_path / "state")]
    assert main(["state", "backup", str(tmp_path / "copy"), *place]) == 0
    (tmp_path / "state" / "state.db").write_bytes(b"rubbish")
    assert main(["services", *place]) == 1
    assert "VTN-S003" in capsys.readouterr().err
    assert main(["state", "restore", str(tmp_path / "copy"), *place]) == 0
    assert "state.db.replaced-1" in capsys.readouterr().out
    assert main(["services", *place]) == 0
    assert "shop" in capsys.readouterr().out


def test_the_command_line_refuses_a_state_of_a_newer_vtnmd(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_state(tmp_path, "shop")
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for words in (["services"], ["history"], ["destroy", "shop", "--yes"]):
        assert main([*words, "--state", str(tmp_path)]) == 1
        assert "VTN-S004" in capsys.readouterr().err
