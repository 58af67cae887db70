"""OpenDaylight Carbon with the VTN Manager, put together from Maven artifacts.

The ready-made distribution is not among them, but its parts are: an empty Karaf, and the bundles that the feature repository of the
VTN Manager names. Two of these are third-party libraries that OpenDaylight rebuilt and published elsewhere; the libraries as their
authors released them stand in.
"""

import fcntl
import hashlib
import re
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lab.vtn_manager.artifacts import Artifact, fetch, place
from lab.vtn_manager.commands import LabError, say
from lab.vtn_manager.features import closure
from lab.vtn_manager.java import provide_java

PRODUCT = "OpenDaylight Carbon, VTN Manager 0.6.0-Carbon"

_KARAF = Artifact("org.opendaylight.controller", "opendaylight-karaf-empty", "1.8.0-Carbon", "tar.gz")
_VTN_FEATURES = "mvn:org.opendaylight.vtn/features-vtn-manager/0.6.0-Carbon/xml/features"
_VTN_REST = "odl-vtn-manager-rest"
_STAND_INS = {
    Artifact("com.github.romix", "java-concurrent-hash-trie-map", "0.2.23-ODL"): Artifact(
        "com.github.romix", "java-concurrent-hash-trie-map", "0.2.23"
    ),
    Artifact("org.fusesource.leveldbjni", "leveldbjni-all", "1.8-odl"): Artifact(
        "org.fusesource.leveldbjni", "leveldbjni-all", "1.8"
    ),
}


@dataclass(frozen=True, slots=True)
class Distribution:
    karaf: Path
    java_home: Path


@contextmanager
def prepared(cache: Path) -> Iterator[Distribution]:
    """The controller, ready to run, below `cache`; nobody changes it until the context is left.

    What is there already is not fetched again, and what was interrupted goes on. Raises LabError when something cannot be had.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Nobody else is here, so these belong to controllers that were killed.
            for left_over in cache.glob("run-*"):
                shutil.rmtree(left_over)
        fcntl.flock(lock, fcntl.LOCK_SH)
        while not _is_prepared(cache):
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _is_prepared(cache):
                _prepare(cache)
            fcntl.flock(lock, fcntl.LOCK_SH)
        yield Distribution(cache / "karaf", provide_java(cache / "java"))


def _is_prepared(cache: Path) -> bool:
    stamp = cache / "prepared"
    return stamp.exists() and stamp.read_text() == _recipe(cache)


def _prepare(cache: Path) -> None:
    say(f"preparing {PRODUCT} in {cache}: 250 MB are downloaded once and 470 MB kept; this takes one to five minutes")
    provide_java(cache / "java")
    _assemble(cache / "karaf", cache / "maven")
    (cache / "prepared").write_text(_recipe(cache))


def _recipe(cache: Path) -> str:
    """Changes when these modules do, or the folder is moved: then the controller is put together anew."""
    sources = (Path(__file__).with_name(name) for name in ("distribution.py", "features.py", "java.py"))
    return hashlib.sha256(b"".join((bytes(cache), *(source.read_bytes() for source in sources)))).hexdigest()


def _assemble(karaf: Path, repository: Path) -> None:
    say("Karaf, 117 MB")
    fetch([_KARAF], repository)
    part = karaf.with_suffix(".part")
    for folder in (karaf, part):
        shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(repository / _KARAF.path) as archive:
        archive.extractall(part, filter="data")
    (unpacked,) = part.iterdir()
    system = unpacked / "system"
    fetch(_STAND_INS.values(), repository)
    for missing, original in _STAND_INS.items():
        place(original, repository, system / missing.path)
    _add_features(unpacked, repository)
    _shut_in(unpacked)
    unpacked.rename(karaf)
    part.rmdir()


def _add_features(karaf: Path, repository: Path) -> None:
    """Bring every bundle of the VTN Manager and have Karaf start it."""
    system = karaf / "system"

    def locate(artifacts: Iterable[Artifact]) -> dict[Artifact, Path]:
        wanted = set(artifacts)
        absent = {artifact for artifact in wanted if not (system / artifact.path).exists()}
        fetch(absent, repository)
        for artifact in absent:
            place(artifact, repository, system / artifact.path)
        return {artifact: system / artifact.path for artifact in wanted}

    config = karaf / "etc/org.apache.karaf.features.cfg"
    text = config.read_text()
    repositories, boot = (_setting(text, name) for name in ("featuresRepositories", "featuresBoot"))
    say("the VTN Manager and what it needs, some 300 artifacts, 100 MB")
    locate(closure([*repositories, _VTN_FEATURES], [*boot, _VTN_REST], locate))
    for name, value in (("featuresRepositories", _VTN_FEATURES), ("featuresBoot", _VTN_REST)):
        text = re.sub(rf"(?m)^({name}\s*=.*)$", rf"\1,{value}", text)
    config.write_text(text)


def _setting(text: str, name: str) -> list[str]:
    match = re.search(rf"(?m)^{name}\s*=(.*)$", text)
    if not match:
        raise LabError(f"this Karaf has no {name}")
    return [word.strip() for word in match.group(1).split(",") if word.strip()]


def _shut_in(karaf: Path) -> None:
    """Take artifacts from the system folder alone, never from the network."""
    config = karaf / "etc/org.ops4j.pax.url.mvn.cfg"
    own = r"org.ops4j.pax.url.mvn.repositories=file:${karaf.home}/${karaf.default.repository}@id=system.repository"
    config.write_text(re.sub(r"(?m)^org\.ops4j\.pax\.url\.mvn\.repositories\s*=(.*\\\n)*.*$", lambda _: own, config.read_text()))
