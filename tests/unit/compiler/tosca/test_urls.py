"""URL imports: what is fetched, relative to what, and what is refused."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.tosca import found, service, write
from vtnmd.compiler.tosca import open_service, read_topology, with_urls
from vtnmd.compiler.tosca.library import Files, Refused, Unreadable
from vtnmd.compiler.tosca.urls import WithUrls, redirected
from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.topology import Topology

LEAF = service("node_types: { my.Leaf: { derived_from: tosca.nodes.Root } }")
TEMPLATES = "topology_template: { node_templates: { a: { type: my.Leaf } } }"


class Web:
    """Pages by URL, and which of them were asked for."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def fetch(self, url: str, limit: int) -> bytes:
        self.asked.append(url)
        if url not in self.pages:
            raise Unreadable("the server answers HTTP 404")
        return self.pages[url].encode()[: limit + 1]


def read(folder: Path, text: str, web: Web) -> Topology:
    return read_topology(with_urls(open_service(write(folder, service(text))), web.fetch))


def problems(folder: Path, text: str, web: Web) -> tuple[Diagnostic, ...]:
    with pytest.raises(Invalid) as caught:
        read(folder, text, web)
    return caught.value.diagnostics


def test_imports_of_a_fetched_file_are_relative_to_its_url(tmp_path: Path) -> None:
    write(tmp_path, LEAF, "types/leaf.yaml")
    web = Web(
        {
            "https://example.org/profiles/all.yaml": service("imports: [ ../types/leaf.yaml, other.yaml ]"),
            "https://example.org/profiles/other.yaml": service("imports: [ /types/leaf.yaml#part ]"),
            "https://example.org/types/leaf.yaml": LEAF,
        }
    )
    topology = read(tmp_path, f"imports: [ 'https://example.org/profiles/all.yaml' ]\n{TEMPLATES}", web)
    assert topology.nodes["a"].ancestry[0] == "my.Leaf"
    assert web.asked == [f"https://example.org/{name}" for name in ("profiles/all.yaml", "types/leaf.yaml", "profiles/other.yaml")]


def test_repositories_have_urls(tmp_path: Path) -> None:
    web = Web({"https://example.org/base/types/leaf.yaml": LEAF})
    text = "repositories: { r: { url: 'https://example.org/base/' } }\nimports: [ { file: types/leaf.yaml, repository: r } ]\n"
    assert "a" in read(tmp_path, text + TEMPLATES, web).nodes


def test_what_cannot_be_fetched_is_said_where_it_is_imported(tmp_path: Path) -> None:
    text = "imports: [ 'http://example.org/a.yaml', b: 'http://example.org/b.yaml' ]"
    assert found(problems(tmp_path, text, Web({}))) == [("VTN-T010", 2, 12), ("VTN-T010", 2, 44)]


def test_errors_in_a_fetched_file_name_its_url(tmp_path: Path) -> None:
    web = Web({"https://example.org/a.yaml": service("node_type: {}")})
    told = problems(tmp_path, "imports: [ 'https://example.org/a.yaml' ]", web)
    assert str(told[0]).startswith("https://example.org/a.yaml:2:1: error[VTN-T002]")


def test_nothing_is_told_of_a_page_that_is_not_tosca(tmp_path: Path) -> None:
    web = Web({"http://169.254.169.254/keys": "secret: value"})
    told = problems(tmp_path, "imports: [ 'http://169.254.169.254/keys' ]", web)
    assert found(told) == [("VTN-T013", 2, 12)]
    assert "secret" not in str(told[0])


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("file:///etc/passwd", "VTN-T011"),
        ("ftp://example.org/a.yaml", "VTN-T011"),
        ("http://", "VTN-T011"),
        ("http://[", "VTN-T011"),
        ("http://example.org:port/", "VTN-T011"),
        ("http://exämple.org/", "VTN-T011"),
        ("http://example.org/a b", "VTN-T011"),
        ("http://example.org/" + "a" * 3000, "VTN-T011"),
        ("https://user:password@example.org/a.yaml", "VTN-T015"),
    ],
)
def test_what_is_not_fetched(tmp_path: Path, reference: str, code: str) -> None:
    web = Web({})
    told = problems(tmp_path, f"imports: [ '{reference}' ]", web)
    assert found(told) == [(code, 2, 12)]
    assert "password@" not in told[0].summary
    assert not web.asked


@pytest.mark.parametrize("reference", ["file:///etc/passwd", "//[", "ftp:a", "javascript:alert(1)"])
def test_a_fetched_file_imports_nothing_else_either(reference: str) -> None:
    with pytest.raises(Refused):
        WithUrls(Files(), Web({}).fetch).locate(reference, "https://example.org/a.yaml")


def test_a_redirect_keeps_tls() -> None:
    assert redirected("https://a.example/x/y", "../z") == "https://a.example/z"
    assert redirected("http://a.example/x", "https://b.example/") == "https://b.example/"
    for target in ("http://a.example/x", "file:///etc/passwd"):
        with pytest.raises(Refused):
            redirected("https://a.example/x", target)


def test_a_large_page_is_refused(tmp_path: Path) -> None:
    web = Web({"http://example.org/a.yaml": "#" * (17 * 1024 * 1024)})
    told = problems(tmp_path, "imports: [ 'http://example.org/a.yaml' ]", web)
    assert [(problem.code, problem.span and problem.span.file) for problem in told] == [("VTN-F003", "http://example.org/a.yaml")]
