"""A lab's shape, its records and its processes."""

import os
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.waiting import until
from vtnmd.compiler.backbone import ways
from vtnmd.compiler.inventory import read_inventory
from vtnmd.lab import up
from vtnmd.lab.credentials import make_credentials
from vtnmd.lab.inventory import lab_inventory
from vtnmd.lab.layout import Lab, region_names
from vtnmd.lab.links import down_links, set_link
from vtnmd.lab.record import LabError, Process, process_of, read_lab, read_process, write_lab, write_process

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_regions_have_names_and_ports_of_their_own() -> None:
    assert region_names(6) == ("east", "west", "north", "south", "region-5", "region-6")
    lab = Lab(Path(), region_names(3), 18100)
    assert lab.ports("east") == {"odl": 18101, "pe": 18102, "heat": 18103, "probe": 18104}
    ports = [port for region in lab.regions for port in lab.all_ports(region).values()]
    assert len(ports) == len(set(ports))


def test_the_examples_describe_the_lab() -> None:
    lab = Lab(Path(), region_names(2), 18100)
    inventory = yaml.safe_load((EXAMPLES / "global-shop" / "inventory.yaml").read_text(encoding="utf-8"))
    assert inventory == lab_inventory(lab, "../../.vtnmd/lab/")


def test_between_any_two_regions_there_are_two_ways(tmp_path: Path) -> None:
    lab = Lab(tmp_path, region_names(5), 18100)
    file = tmp_path / "inventory.yaml"
    file.write_text(yaml.safe_dump(lab_inventory(lab)), encoding="utf-8")
    inventory = read_inventory(file)
    for source in lab.regions:
        for target in set(lab.regions) - {source}:
            primary, backup = ways(inventory, source, target, "path")
            assert backup
            assert not set(primary.hops[:-1]) & set(backup.hops[:-1])


def test_links_go_down_and_up_and_are_forgotten_with_the_lab(tmp_path: Path) -> None:
    lab = Lab(tmp_path, region_names(2), 18100)
    write_lab(lab)
    assert down_links(lab) == {}
    set_link(lab, "p2", "p1", down=True, now=5.0)
    set_link(lab, "pe-east", "p1", down=True, now=6.0)
    set_link(lab, "p1", "p2", down=True, now=7.0)
    assert down_links(lab) == {frozenset({"p1", "p2"}): 5.0, frozenset({"pe-east", "p1"}): 6.0}
    set_link(lab, "p1", "p2", down=False, now=8.0)
    set_link(lab, "p1", "p3", down=False, now=8.0)
    assert down_links(lab) == {frozenset({"pe-east", "p1"}): 6.0}
    with pytest.raises(LabError) as refused:
        set_link(lab, "pe-east", "p3", down=True, now=9.0)
    assert refused.value.diagnostics[0].code == "VTN-U017"
    assert "p1 – p2" in refused.value.diagnostics[0].hint
    up.stop(tmp_path)
    assert down_links(lab) == {}


@pytest.mark.parametrize("text", ["", "[]", "{}", "[1]", '[{"a": "p1"}]'])
def test_a_file_of_links_that_says_nothing_is_no_error(tmp_path: Path, text: str) -> None:
    lab = Lab(tmp_path, region_names(2), 18100)
    lab.file("down-links.json").write_text(text, encoding="utf-8")
    assert down_links(lab) == {}


def test_credentials_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", region_names(2), 18100)
    make_credentials(lab)
    first = {path: path.read_bytes() for path in lab.folder.rglob("*") if path.is_file()}
    make_credentials(lab)
    assert {path: path.read_bytes() for path in first} == first
    assert all(path.stat().st_mode & 0o077 == 0 for path in first)
    ssl.create_default_context(cafile=lab.file("ca.pem"))
    assert lab.file("known_hosts").read_text(encoding="ascii").startswith("[127.0.0.1]:18102 ssh-ed25519 ")


def test_a_lab_is_found_again(tmp_path: Path) -> None:
    assert read_lab(tmp_path) is None
    lab = Lab(tmp_path, region_names(2), 18100)
    write_lab(lab)
    assert read_lab(tmp_path) == lab
    lab.file("lab.json").write_text("{", encoding="utf-8")
    assert read_lab(tmp_path) is None


def test_a_process_is_known_by_when_it_started(tmp_path: Path) -> None:
    lab = Lab(tmp_path, region_names(1), 18100)
    mine = process_of(os.getpid())
    assert mine.runs
    assert not Process(mine.pid, mine.started + 1).runs
    write_process(lab, "east", mine)
    assert read_process(lab, "east") == mine
    lab.file("east.pid").write_text("nonsense", encoding="ascii")
    assert read_process(lab, "east") is None


_OUTLIVED = """
import ctypes, os, sys, threading
def rest():
    print("alone", flush=True)
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=rest).start()
ctypes.CDLL(None).pthread_exit(None)
"""
"""A process whose first thread ends before another one, which ends with standard input."""


def test_a_process_runs_until_its_last_thread_has_ended() -> None:
    """Its ports are taken as long."""
    with subprocess.Popen([sys.executable, "-c", _OUTLIVED], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b"alone\n"
        found = process_of(process.pid)
        until(
            "the first thread has ended",
            Path(f"/proc/{process.pid}/task/{process.pid}/stat").read_text,
            lambda stat: ") Z " in stat,
        )
        assert found.runs
        process.stdin.close()
        until("the process has ended", lambda: not found.runs)


def test_a_stranger_with_the_same_number_is_left_alone(tmp_path: Path) -> None:
    lab = Lab(tmp_path, region_names(1), 18100)
    write_lab(lab)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        write_process(lab, "east", Process(stranger.pid, 1))
        assert up.stop(tmp_path) == ()
        assert stranger.poll() is None
        assert not lab.file("east.pid").exists()
        stranger.communicate(b"\n")


def test_ports_that_are_taken_are_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LabError, match=rf"VTN-U011.*{port} \(east odl\)"):
            up.start(Lab(tmp_path / "lab", region_names(1), port - 1))
    assert not (tmp_path / "lab").exists()


def test_a_region_that_does_not_start_is_told_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(tmp_path, region_names(1), 18100)
    monkeypatch.setattr(up, "_refuse_taken_ports", lambda _lab, _regions: None)
    monkeypatch.setattr(up, "_prepare", lambda _lab: None)
    with pytest.raises(LabError, match=r"VTN-U012.*there is no region east in the lab"):
        up.start(lab)
    assert not lab.file("east.pid").exists()


def test_a_lab_that_is_not_there(tmp_path: Path) -> None:
    assert up.stop(tmp_path) == ()
    lab = Lab(tmp_path, region_names(1), 18100)
    assert [state.state for state in up.states(lab)] == ["down"]
