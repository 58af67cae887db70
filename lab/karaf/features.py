"""Karaf features: which artifacts a feature needs, found by walking the feature repositories.

A feature repository is an XML file that names other repositories and defines features; a feature names bundles, configuration files
and other features (Karaf manual, "Provisioning").
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from lab.commands import LabError
from lab.karaf.artifacts import Artifact, from_url

Locate = Callable[[Iterable[Artifact]], dict[Artifact, Path]]
"""Fetch artifacts and say where each one is."""


def closure(repositories: Iterable[str | Path], names: Iterable[str], locate: Locate) -> set[Artifact]:
    """Every artifact that the named features need, conditional ones included, repositories too.

    `repositories` are mvn: URLs, or files that Karaf has already. Raises LabError for a feature that no repository defines.
    """
    features, seen = _read_repositories(repositories, locate)
    needed = set(seen)
    done: set[tuple[str, str]] = set()
    waiting = [(name, "") for name in names]
    while waiting:
        name, version = waiting.pop()
        versions = features.get(name)
        if not versions:
            raise LabError(f"no feature repository defines {name}")
        version = version if version in versions else max(versions, key=_natural)
        if (name, version) in done:
            continue
        done.add((name, version))
        for part in _parts(versions[version]):
            kind, text = _tag(part), (part.text or "").strip()
            if kind == "feature":
                waiting.append((text, part.get("version", "")))
            elif artifact := from_url(text):
                needed.add(artifact)
    return needed


def _read_repositories(
    repositories: Iterable[str | Path], locate: Locate
) -> tuple[dict[str, dict[str, ET.Element]], set[Artifact]]:
    """Features by name and version, and the artifacts they were found in."""
    features: dict[str, dict[str, ET.Element]] = {}
    seen: set[Artifact] = set()
    given = list(repositories)
    files = [each for each in given if isinstance(each, Path)]
    level = {artifact for url in given if isinstance(url, str) and (artifact := from_url(url))}
    while level or files:
        seen |= level
        following: set[Artifact] = set()
        for path in (*files, *locate(level).values()):
            for element in ET.parse(path).getroot():  # noqa: S314 - signed off by whoever runs the controller itself
                if _tag(element) == "feature":
                    features.setdefault(element.get("name", ""), {})[element.get("version", "")] = element
                elif _tag(element) == "repository" and (artifact := from_url(element.text or "")):
                    following.add(artifact)
        level, files = following - seen, []
    return features, seen


def _parts(feature: ET.Element) -> Iterator[ET.Element]:
    for part in feature:
        if _tag(part) in {"conditional", "library"}:
            yield from _parts(part)
        elif _tag(part) in {"feature", "bundle", "configfile"}:
            yield part


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _natural(version: str) -> list[tuple[int, str]]:
    """Sorts 1.10 after 1.9."""
    return [(int(number or -1), word) for number, word in re.findall(r"(\d+)|([A-Za-z]+)", version)]
