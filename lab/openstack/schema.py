"""The tables of every service, made by the services' own programs in one MariaDB server."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab.commands import run
from lab.openstack import settings
from lab.openstack.database import NAMES, execute, running
from lab.openstack.site import Region, Site, new_secrets

_AT_ONCE = 2


def make_tables(folder: Path, venv: Path) -> None:
    """Fill the server whose data is `folder`/data. The other files that this leaves in `folder` are of no use afterwards."""
    region = Region("tables", "127.0.0.1")
    site = Site("127.0.0.1", (region,), folder, new_secrets())
    with running(folder / "data", site.home(region) / "database") as socket:
        for name in NAMES:
            execute(socket, f"CREATE DATABASE {name}")
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for done in [pool.submit(_carry_out, commands, venv) for commands in _commands(site, region, venv)]:
                done.result()


def _carry_out(commands: list[tuple[str, ...]], venv: Path) -> None:
    environment: Mapping[str, str] = {"PYTHONWARNINGS": "ignore", "OS_CINDER_DISABLE_EVENTLET_PATCHING": "1"}
    for program, *words in commands:
        run(venv / "bin" / program, *words, env=environment)


def _commands(site: Site, region: Region, venv: Path) -> list[list[tuple[str, ...]]]:
    """For each service what is to be carried out, in order."""
    files = settings.write_region(site, region, venv)
    keystone = str(settings.write_keystone(site))
    nova = ("nova-manage", "--config-file", files["nova"])
    # Nova keeps where its other databases are; so said, the copy that a region gets is found where that region's is.
    cell = "{scheme}://{username}@{hostname}/%s?{query}"
    return [
        [("neutron-db-manage", "--config-file", files["neutron"], "upgrade", "heads")],
        [
            (*nova, "api_db", "sync"),
            (*nova, "cell_v2", "map_cell0", "--database_connection", cell % "nova_cell0"),
            (*nova, "db", "sync"),
            (
                *nova,
                "cell_v2",
                "create_cell",
                "--name",
                "cell1",
                "--transport-url",
                "fake:///",
                "--database_connection",
                cell % "nova",
            ),
        ],
        [("cinder-manage", "--config-file", files["cinder"], "db", "sync")],
        [("keystone-manage", "--config-file", keystone, "db_sync")],
        [("heat-manage", "--config-file", files["heat"], "db_sync")],
        [("glance-manage", "--config-file", files["glance"], "db_sync")],
        [("placement-manage", "--config-file", files["placement"], "db", "sync")],
    ]
