"""Inventory files: what is refused, where, and what becomes of the names of files."""

from pathlib import Path

import pytest

from vtnmd.compiler.inventory import read_inventory, relative_files
from vtnmd.domain.diagnostics import Invalid

EXAMPLE = Path(__file__).parents[3] / "examples" / "global-shop" / "inventory.yaml"


def write(folder: Path, text: str) -> Path:
    path = folder / "inventory.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "place"),
    [("region: []\n", "1:1"), ("inventory: {}\nregions: []\n", "2:1"), ("inventory: []\n", "1:1"), ("{}\n", "1:1")],
)
def test_a_file_without_the_one_key_is_refused(tmp_path: Path, text: str, place: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(Invalid) as refused:
        read_inventory(path)
    assert [(problem.code, str(problem.span)) for problem in refused.value.diagnostics] == [("VTN-I004", f"{path}:{place}")]


def test_what_yang_refuses_is_placed_at_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "inventory:\n  region:\n    - name: east\n      colour: red\n    - name: 'no name'\n")
    with pytest.raises(Invalid) as refused:
        read_inventory(path)
    assert {(problem.span.line if problem.span else 0) for problem in refused.value.diagnostics} == {4, 5}


def test_files_are_found_from_the_folder_of_the_inventory() -> None:
    lab = EXAMPLE.parents[2] / ".vtnmd" / "lab"
    controller, router, *_ = read_inventory(EXAMPLE).endpoints()
    assert controller.settings["ca-file"] == str(lab / "ca.pem")
    assert controller.settings["password"] == f"file:{lab}/secrets/east-odl"
    assert router.settings["known-hosts-file"] == str(lab / "known_hosts")


def restconf(folder: Path, settings: str) -> Path:
    entry = (
        f"        - name: far\n          restconf: {{ {settings}, username: vtnmd, password: 'file:secret', ca-file: ca.pem }}\n"
    )
    return write(folder, f"inventory:\n  region:\n    - name: east\n      endpoint:\n{entry}")


def test_a_restconf_server_is_an_endpoint(tmp_path: Path) -> None:
    (endpoint,) = read_inventory(restconf(tmp_path, "url: 'https://far.example'")).endpoints()
    assert (endpoint.kind, endpoint.family) == ("restconf", "restconf")
    assert endpoint.settings == {
        "url": "https://far.example",
        "username": "vtnmd",
        "password": f"file:{tmp_path}/secret",
        "ca-file": f"{tmp_path}/ca.pem",
        "style": "rfc8040",
    }


@pytest.mark.parametrize("settings", ["url: 'http://far.example'", "url: 'https://far.example', style: newest", "style: rfc8040"])
def test_a_restconf_server_in_clear_or_of_no_known_style_is_refused(tmp_path: Path, settings: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_inventory(restconf(tmp_path, settings))
    assert [problem.span.line if problem.span else 0 for problem in refused.value.diagnostics] == [6]


def test_names_of_files_that_depend_on_the_folder_are_found() -> None:
    netconf = {"host": "a", "password": "file:pe.secret", "key-file": "/keys/pe", "known-hosts-file": "hosts"}
    odl = {"ca-file": "/ca.pem", "password": "env:ODL_PASSWORD"}
    region = {"name": "east", "endpoint": [{"name": "pe", "netconf": netconf}, {"name": "odl", "odl": odl}]}
    assert sorted(relative_files({"region": [region]})) == ["hosts", "pe.secret"]
    assert list(relative_files(None)) == []


def heat(folder: Path, settings: str) -> Path:
    entry = f"        - name: heat\n          heat: {{ cloud: c, physical-network: p, {settings} }}\n"
    return write(folder, f"inventory:\n  region:\n    - name: east\n      endpoint:\n{entry}")


def test_a_cloud_is_asked_through_its_own_api_unless_the_inventory_says_otherwise(tmp_path: Path) -> None:
    (endpoint,) = read_inventory(heat(tmp_path, "project: shop")).endpoints()
    assert endpoint.settings["api"] == "native"
    keys = "ec2-credentials: { access-key: A, secret-key: 'file:key' }"
    (endpoint,) = read_inventory(heat(tmp_path, f"api: cloudformation, {keys}")).endpoints()
    assert endpoint.settings["ec2-credentials"] == {"access-key": "A", "secret-key": f"file:{tmp_path}/key"}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("ec2-credentials: { access-key: A, secret-key: 'env:K' }", "only requests of the API 'cloudformation' are signed"),
        ("api: cloudformation, ec2-credentials: { access-key: A }", "secret-key"),
        ("api: cloudformation, ec2-credentials: { access-key: A, secret-key: hunter2 }", "env:NAME"),
        ("api: aws", "aws"),
    ],
)
def test_keys_that_cannot_sign_are_refused(tmp_path: Path, settings: str, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_inventory(heat(tmp_path, settings))
    assert told in str([problem.to_json() for problem in refused.value.diagnostics])
