"""Maven artifacts: names, places and fetching with the ordinary `mvn`."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from lab.commands import LabError, run

_DEPENDENCY_PLUGIN = "3.8.1"
_MVN_URL = re.compile(r"mvn:([^/$?#\s]+)/([^/$?#\s]+)/([^/$?#\s]+)(?:/([^/$?#\s]+))?(?:/([^/$?#\s]+))?")


@dataclass(frozen=True, slots=True, order=True)
class Artifact:
    group: str
    name: str
    version: str
    type: str = "jar"
    classifier: str = ""

    @property
    def path(self) -> Path:
        """Where it stands in a repository."""
        tail = f"-{self.classifier}" if self.classifier else ""
        return Path(*self.group.split("."), self.name, self.version, f"{self.name}-{self.version}{tail}.{self.type}")


def from_url(url: str) -> Artifact | None:
    """The artifact that a Karaf URL names, such as `wrap:mvn:group/name/version$options`; None for any other URL."""
    match = _MVN_URL.search(url)
    if not match:
        return None
    group, name, version, kind, classifier = match.groups()
    return Artifact(group, name, version, kind or "jar", classifier or "")


def fetch(artifacts: Iterable[Artifact], repository: Path) -> None:
    """Bring artifacts, without what they depend on, into the local Maven repository. Raises LabError when one cannot be had."""
    wanted = sorted(artifact for artifact in set(artifacts) if not (repository / artifact.path).exists())
    if not wanted:
        return
    with tempfile.TemporaryDirectory(prefix="karaf-") as name:
        project = Path(name) / "pom.xml"
        ET.ElementTree(_project(wanted, Path(name) / "copies")).write(project, encoding="utf-8", xml_declaration=True)
        run("mvn", "--batch-mode", "--no-transfer-progress", f"-Dmaven.repo.local={repository}", "-f", project, "dependency:copy")
    absent = [artifact for artifact in wanted if not (repository / artifact.path).exists()]
    if absent:
        raise LabError(f"Maven did not deliver {', '.join(str(artifact.path) for artifact in absent)}")


def place(artifact: Artifact, repository: Path, target: Path) -> None:
    """Put a fetched artifact at `target`, as a second link to the same file where the file system allows it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source = repository / artifact.path
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _project(artifacts: list[Artifact], copies: Path) -> ET.Element:
    """A Maven project whose one task is to copy: `dependency:copy` takes several versions of one artifact, dependencies do not."""
    project = ET.Element("project")
    for tag, text in (
        ("modelVersion", "4.0.0"),
        ("groupId", "vtnmd.lab"),
        ("artifactId", "karaf"),
        ("version", "1"),
        ("packaging", "pom"),
    ):
        ET.SubElement(project, tag).text = text
    plugin = ET.SubElement(ET.SubElement(ET.SubElement(project, "build"), "plugins"), "plugin")
    for tag, text in (
        ("groupId", "org.apache.maven.plugins"),
        ("artifactId", "maven-dependency-plugin"),
        ("version", _DEPENDENCY_PLUGIN),
    ):
        ET.SubElement(plugin, tag).text = text
    configuration = ET.SubElement(plugin, "configuration")
    ET.SubElement(configuration, "outputDirectory").text = str(copies)
    items = ET.SubElement(configuration, "artifactItems")
    for artifact in artifacts:
        item = ET.SubElement(items, "artifactItem")
        for tag, text in (
            ("groupId", artifact.group),
            ("artifactId", artifact.name),
            ("version", artifact.version),
            ("type", artifact.type),
            ("classifier", artifact.classifier),
        ):
            if text:
                ET.SubElement(item, tag).text = text
    return project
