"""What is put together once: OpenStack from Python packages, in an environment of its own, and databases with its tables."""

import hashlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.cache import held
from lab.commands import run, say
from lab.openstack import database
from lab.openstack.schema import make_tables

_HERE = Path(__file__).parent
_CONSTRAINTS = _HERE / "constraints.txt"
_PACKAGES = (
    *("openstack-heat", "keystone", "neutron", "nova", "openstack-placement", "glance", "cinder"),
    *("pymysql", "werkzeug"),
)
_EFFORT = "190 packages are downloaded once and 0.9 GB kept; this takes two to ten minutes"


@dataclass(frozen=True, slots=True)
class Installation:
    """An OpenStack that is ready to run: its Python environment, and the data of a MariaDB server that holds empty tables.

    `entry_points` is where its programs keep what they know of the environment.
    """

    venv: Path
    data: Path
    entry_points: Path


def installation(cache: Path) -> Installation:
    """Where it is below `cache`, prepared or not."""
    return Installation(cache / "venv", cache / "data", cache / "entry-points")


@contextmanager
def prepared(cache: Path, more: tuple[Path, ...] = ()) -> Iterator[Installation]:
    """OpenStack, ready to run, below `cache`; nobody changes it until the context is left.

    `more` are folders of Python packages that are installed beside it, such as plug-ins of Heat. What is there already is not
    fetched again, and what was interrupted goes on. Raises LabError when something cannot be had.
    """
    with held(cache, lambda: all(done.exists() for done in _stamps(cache, more)), lambda: _prepare(cache, more)):
        yield installation(cache)


def _prepare(cache: Path, more: tuple[Path, ...]) -> None:
    packages, tables, plug_ins = _stamps(cache, more)
    place = installation(cache)
    if not packages.exists():
        say(f"preparing OpenStack in {cache}: {_EFFORT}")
        _install(place)
        _mark(packages)
    if not tables.exists():
        say("making the tables of Keystone, Heat, Neutron, Nova, Placement, Glance and Cinder, which takes one to four minutes")
        _make_data(place.data)
        _mark(tables)
    if not plug_ins.exists():
        for folder in more:
            say(f"installing {folder}")
            _pip(place, "install", "--force-reinstall", "--no-deps", folder)
        _mark(plug_ins)


def _stamps(cache: Path, more: tuple[Path, ...]) -> tuple[Path, Path, Path]:
    """Files that say what is done, named by all that it depends on: the packages, the tables, and what else is installed."""
    packages = [_CONSTRAINTS.read_bytes(), repr(_PACKAGES).encode(), sys.version.encode(), bytes(cache)]
    tables = [*packages, *(_HERE.joinpath(name).read_bytes() for name in ("schema.py", "database.py"))]
    sources = sorted(path for folder in more for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    plug_ins = [*packages, *(part for path in sources for part in (bytes(path), path.read_bytes()))]
    return _stamp(cache, "packages", packages), _stamp(cache, "tables", tables), _stamp(cache, "plug-ins", plug_ins)


def _stamp(cache: Path, what: str, said: list[bytes]) -> Path:
    return cache / f"{what}-{hashlib.sha256(b''.join(said)).hexdigest()[:16]}"


def _mark(stamp: Path) -> None:
    for outdated in stamp.parent.glob(f"{stamp.name.rpartition('-')[0]}-*"):
        outdated.unlink()
    stamp.touch()


def _install(place: Installation) -> None:
    if not (place.venv / "bin/pip").exists():
        shutil.rmtree(place.venv, ignore_errors=True)
        run(sys.executable, "-m", "venv", place.venv)
    _pip(place, "install", "--constraint", _CONSTRAINTS, *_PACKAGES)
    shutil.rmtree(place.entry_points, ignore_errors=True)


def _pip(place: Installation, *words: str | Path) -> None:
    run(place.venv / "bin/python", "-m", "pip", "--disable-pip-version-check", "--quiet", *words)


def _make_data(data: Path) -> None:
    work = data.with_suffix(".part")
    for folder in (data, work):
        shutil.rmtree(folder, ignore_errors=True)
    database.create(work / "data")
    make_tables(work, installation(data.parent).venv)
    (work / "data").rename(data)
    shutil.rmtree(work)
