"""Which artifacts a Karaf feature needs, on repositories small enough to see through."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from lab.commands import LabError
from lab.karaf.artifacts import Artifact, from_url
from lab.karaf.features import Locate, closure

ROOT = "mvn:org.example/root/1.0/xml/features"

REPOSITORIES = {
    "root": """
        <features xmlns="http://karaf.apache.org/xmlns/features/v1.2.0" name="root">
          <repository>mvn:org.example/base/1.0/xml/features</repository>
          <feature name="wanted" version="1.0">
            <feature version="2.0">shared</feature>
            <bundle start-level="80">mvn:org.example/wanted/1.0</bundle>
            <configfile finalname="/etc/wanted.cfg">mvn:org.example/wanted/1.0/cfg/config</configfile>
            <conditional><condition>web</condition><bundle>wrap:mvn:org.example/page/3/war$Web-Path=/</bundle></conditional>
          </feature>
          <feature name="other"><bundle>mvn:org.example/other/1.0</bundle></feature>
        </features>""",
    "base": """
        <features name="base">
          <repository>mvn:org.example/root/1.0/xml/features</repository>
          <feature name="shared" version="1.9"><bundle>mvn:org.example/shared/1.9</bundle></feature>
          <feature name="shared" version="1.10"><bundle>mvn:org.example/shared/1.10</bundle></feature>
          <feature name="lost"><feature>nowhere</feature></feature>
        </features>""",
}


@pytest.fixture
def locate(tmp_path: Path) -> Locate:
    def located(artifacts: Iterable[Artifact]) -> dict[Artifact, Path]:
        places = {artifact: tmp_path / artifact.path for artifact in artifacts}
        for artifact, path in places.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(REPOSITORIES[artifact.name])
        return places

    return located


def test_a_feature_brings_bundles_files_conditions_and_the_newest_of_what_it_needs(locate: Locate) -> None:
    assert closure([ROOT], ["wanted"], locate) == {
        Artifact("org.example", "root", "1.0", "xml", "features"),
        Artifact("org.example", "base", "1.0", "xml", "features"),
        Artifact("org.example", "wanted", "1.0"),
        Artifact("org.example", "wanted", "1.0", "cfg", "config"),
        Artifact("org.example", "page", "3", "war"),
        Artifact("org.example", "shared", "1.10"),
    }


def test_a_repository_that_karaf_keeps_as_a_file_is_read_and_not_fetched(locate: Locate, tmp_path: Path) -> None:
    kept = tmp_path / "kept.xml"
    kept.write_text(
        """<features name="kept">
          <repository>
            mvn:org.example/base/1.0/xml/features
          </repository>
          <feature name="boot"><feature>shared</feature></feature>
        </features>"""
    )
    assert closure([kept], ["boot"], locate) == {
        Artifact("org.example", "root", "1.0", "xml", "features"),
        Artifact("org.example", "base", "1.0", "xml", "features"),
        Artifact("org.example", "shared", "1.10"),
    }


def test_a_feature_that_nobody_defines_is_named(locate: Locate) -> None:
    with pytest.raises(LabError, match="nowhere"):
        closure([ROOT], ["lost"], locate)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("mvn:org.example/a/1", "org/example/a/1/a-1.jar"),
        ("mvn:org.example/a/1/xml/features", "org/example/a/1/a-1-features.xml"),
        ("war:mvn:org.example/a/1/war?Web-Path=/x", "org/example/a/1/a-1.war"),
    ],
)
def test_where_a_url_leads(url: str, path: str) -> None:
    artifact = from_url(url)
    assert artifact is not None
    assert artifact.path == Path(path)


def test_other_urls_lead_nowhere() -> None:
    assert from_url("file:/etc/passwd") is None
