"""An OpenDaylight, put together from Maven artifacts.

Ready-made distributions are not among them, but their parts are: an empty Karaf, and the bundles that the feature repository of a
project names. Some of these are third-party libraries that OpenDaylight rebuilt and published elsewhere; the libraries as their
authors released them stand in.
"""

import hashlib
import re
import shutil
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab.cache import held
from lab.commands import LabError, say
from lab.karaf.artifacts import Artifact, fetch, place
from lab.karaf.features import closure
from lab.karaf.java import Runtime, provide_java

_ETC = "file:${karaf.etc}/"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an OpenDaylight is made of: an empty Karaf, and `features` of the `repository` (an mvn: URL) that it boots.

    `stand_ins` maps artifacts that cannot be had to others; `effort` tells the user what is downloaded.
    """

    product: str
    karaf: Artifact
    repository: str
    features: tuple[str, ...]
    runtime: Runtime
    effort: str
    stand_ins: Mapping[Artifact, Artifact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Distribution:
    """An OpenDaylight that is ready to run."""

    karaf: Path
    java_home: Path


@contextmanager
def prepared(recipe: Recipe, cache: Path) -> Iterator[Distribution]:
    """The controller, ready to run, below `cache`; nobody changes it until the context is left.

    What is there already is not fetched again, and what was interrupted goes on. Raises LabError when something cannot be had.
    """
    with held(cache, lambda: _is_prepared(recipe, cache), lambda: _prepare(recipe, cache)):
        yield Distribution(cache / "karaf", provide_java(recipe.runtime, cache / "java"))


def _is_prepared(recipe: Recipe, cache: Path) -> bool:
    stamp = cache / "prepared"
    return stamp.exists() and stamp.read_text() == _fingerprint(recipe, cache)


def _prepare(recipe: Recipe, cache: Path) -> None:
    say(f"preparing {recipe.product} in {cache}: {recipe.effort}")
    provide_java(recipe.runtime, cache / "java")
    _assemble(recipe, cache / "karaf", cache / "maven")
    (cache / "prepared").write_text(_fingerprint(recipe, cache))


def _fingerprint(recipe: Recipe, cache: Path) -> str:
    """Changes when the recipe or these modules do, or the folder is moved: then the controller is put together anew."""
    sources = (Path(__file__).with_name(name) for name in ("distribution.py", "features.py", "java.py"))
    said = (bytes(cache), repr(recipe).encode(), *(source.read_bytes() for source in sources))
    return hashlib.sha256(b"".join(said)).hexdigest()


def _assemble(recipe: Recipe, karaf: Path, repository: Path) -> None:
    say("an empty Karaf")
    fetch([recipe.karaf], repository)
    part = karaf.with_suffix(".part")
    for folder in (karaf, part):
        shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(repository / recipe.karaf.path) as archive:
        archive.extractall(part, filter="data")
    (unpacked,) = part.iterdir()
    system = unpacked / "system"
    fetch(recipe.stand_ins.values(), repository)
    for missing, original in recipe.stand_ins.items():
        place(original, repository, system / missing.path)
    _add_features(recipe, unpacked, repository)
    _shut_in(unpacked)
    unpacked.rename(karaf)
    part.rmdir()


def _add_features(recipe: Recipe, karaf: Path, repository: Path) -> None:
    """Bring every bundle of the recipe and have Karaf start it."""
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
    boot = [*_setting(text, "featuresBoot"), *recipe.features]
    repositories = [*_setting(text, "featuresRepositories"), recipe.repository]
    say(f"{', '.join(recipe.features)} and what they need, 300 to 400 artifacts")
    locate(closure([_placed(each, karaf) for each in repositories], boot, locate))
    config.write_text(_set(_set(text, "featuresRepositories", repositories), "featuresBoot", boot))


def _placed(url: str, karaf: Path) -> str | Path:
    """A repository that Karaf keeps among its settings, as a file."""
    return karaf / "etc" / url.removeprefix(_ETC) if url.startswith(_ETC) else url


def _setting(text: str, name: str) -> list[str]:
    match = re.search(rf"(?m)^{name}\s*=(.*)$", text)
    if not match:
        raise LabError(f"this Karaf has no {name}")
    return [word.strip() for word in match.group(1).split(",") if word.strip()]


def _set(text: str, name: str, words: list[str]) -> str:
    return re.sub(rf"(?m)^({name}\s*=).*$", lambda match: match[1] + ",".join(words), text)


def _shut_in(karaf: Path) -> None:
    """Take artifacts from the system folder alone, never from the network."""
    config = karaf / "etc/org.ops4j.pax.url.mvn.cfg"
    own = r"org.ops4j.pax.url.mvn.repositories=file:${karaf.home}/${karaf.default.repository}@id=system.repository"
    config.write_text(re.sub(r"(?m)^org\.ops4j\.pax\.url\.mvn\.repositories\s*=(.*\\\n)*.*$", lambda _: own, config.read_text()))
