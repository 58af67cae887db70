"""Clients that others wrote, over real SSH: ncclient, netconf-client, and yangcli of yuma123."""

import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import etree
from ncclient import manager
from ncclient.operations import RPCError
from ncclient.transport import session as ncclient_session
from netconf_client.connect import connect_ssh
from netconf_client.ncclient import Manager

from tests.conformance.test_netconf import DEPOT
from tests.unit.northbound.netconf.conftest import Served

OFFICE = f'<office xmlns="{DEPOT}"><title>hq</title></office>'
CONFIG = f'<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">{OFFICE}</config>'


def test_ncclient(served: Served, client_key: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ncclient_session, "TICK", 0.002)
    login = {"username": "admin", "key_filename": str(client_key[0]), "hostkey_verify": False, "look_for_keys": False}
    with manager.connect(host=served.host, port=served.port, allow_agent=False, timeout=30, **login) as client:
        with client.locked("candidate"):
            client.edit_config(CONFIG, target="candidate", error_option="rollback-on-error")
            client.validate("candidate")
            client.commit(confirmed=True, timeout="60")
            client.commit()
        assert "hq" in client.get_config("running", filter=("subtree", OFFICE)).data_xml
        assert "hq" in client.get_config("running", filter=("xpath", ({"d": DEPOT}, "/d:office/d:title"))).data_xml
        assert "calm" in client.get_config("running", with_defaults="report-all").data_xml
        assert "module depot" in client.get_schema("depot").data
        with pytest.raises(RPCError, match="staff") as refused:
            client.edit_config(CONFIG.replace("<title>hq</title>", "<staff>99</staff>"), target="candidate")
        assert refused.value.tag == "invalid-value"
        client.create_subscription()
        client.edit_config(CONFIG.replace("hq", "other"), target="running")
        told = client.take_notification(timeout=30)
        assert told is not None
        assert "netconf-config-change" in told.notification_xml


def test_netconf_client(served: Served) -> None:
    session = connect_ssh(host=served.host, port=served.port, username="admin", password="admin")
    with Manager(session, timeout=30) as client:
        client.edit_config(CONFIG, target="candidate")
        client.commit()
        found = client.get_config(source="running", filter=f'<filter type="subtree">{OFFICE}</filter>')
        assert b"<title>hq</title>" in etree.tostring(found.data_ele)


@pytest.mark.skipif(shutil.which("yangcli") is None, reason="needs yangcli (Debian package yangcli)")
def test_yangcli(served: Served, tmp_path: Path) -> None:
    """It reads the library, fetches every module with get-schema, and parses them with its own parser."""
    script = tmp_path / "script"
    steps = (
        "create /office/title value='hq'",
        "commit",
        "sget-config source=running /office",
        "call-out words=hello times=2",
        "validate source=candidate",
        "discard-changes",
    )
    script.write_text("\n".join(steps) + "\n", encoding="utf-8")
    login = [f"--server={served.host}", f"--ncport={served.port}", "--user=admin", "--password=admin"]
    done = subprocess.run(
        ["yangcli", *login, "--batch-mode", f"--run-script={script}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert "title hq" in done.stdout
    assert done.stdout.count("heard hello") == 2
    assert done.stdout.count("RPC OK Reply") >= 3
