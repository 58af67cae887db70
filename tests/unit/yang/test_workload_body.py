"""The form of a workload's body, from whatever client it comes."""

from typing import Any

import pytest

from vtnmd.yang.workload_body import body_problems, plain_body


def server(**said: Any) -> dict[str, Any]:
    return {"name": "front", "flavor": {}, "image": {}, "ports": [{"segment": "web"}], **said}


def problems(body: Any, **said: Any) -> list[str]:
    found = list(body_problems({"segment": ["web"], "body": body, **said}))
    assert all(path == ("body",) for path, _ in found)
    return [problem for _, problem in found]


def test_what_is_asked_for_may_be_all_or_next_to_nothing() -> None:
    full = server(
        flavor={"name": "m1.small", "num_cpus": 1, "mem_size": 2000, "disk_size": 10},
        image={"name": "debian-12", "architecture": "x86_64", "type": "linux", "distribution": "debian", "version": "12"},
        ports=[{"name": "p", "segment": "web", "ip_address": "10.1.0.20"}, {"segment": "yard"}],
        volumes=[{"name": "records", "size": 20, "device": "/dev/vdb"}],
        user_data="#cloud-config\n",
    )
    assert problems({"servers": [full]}, **{"shared-segment": ["yard"]}) == []
    assert problems({"servers": [{"name": "front", "ports": [{"segment": "web"}]}]}) == []


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ([], "is no object"),
        ("text", "is no object"),
        ({}, "lacks servers"),
        ({"servers": []}, "an entry at least"),
        ({"servers": [7]}, "is no object"),
        ({"servers": [{}]}, "lacks name"),
        ({"servers": [server(name="a\nb")]}, "is no text"),
        ({"servers": [server(name=["a"])]}, "is no text"),
        ({"servers": [server(), server()]}, "two of the name front"),
        ({"servers": [server(ports=[])]}, "an entry at least"),
        ({"servers": [server(ports=[{}])]}, "lacks segment"),
        ({"servers": [server(ports=[{"segment": "yard"}])]}, "is no segment of the workload"),
        ({"servers": [server(ports=[{"segment": "web", "ip_address": "10.1"}])]}, "is no address"),
        ({"servers": [server(flavor={"num_cpus": "many"})]}, "is no whole number"),
        ({"servers": [server(flavor={"num_cpus": True})]}, "is no whole number"),
        ({"servers": [server(flavor={"cpus": 1})]}, "is not known there; known are name"),
        ({"servers": [server(image={"name": ""})]}, "is no text"),
        ({"servers": [server(volumes=[{"name": "v"}])]}, "lacks size"),
        ({"servers": [server(volumes=[{"name": "v", "size": 1, "device": "/etc/passwd"}])]}, "is no device"),
        ({"servers": [server(user_data="x" * 50_000)]}, "64 KiB"),
        ({"servers": [server()], "more": 1}, "is not known there"),
    ],
)
def test_what_is_wrong_is_said(body: Any, word: str) -> None:
    assert any(word in problem for problem in problems(body)), problems(body)


def test_what_came_as_xml_counts_as_what_was_meant() -> None:
    by_xml = {
        "servers": {
            "name": "front",
            "flavor": {"num_cpus": "2"},
            "ports": {"segment": "web"},
            "volumes": {"name": "v", "size": "5"},
        }
    }
    assert problems(by_xml) == []
    assert plain_body(by_xml) == {
        "servers": [
            {
                "name": "front",
                "flavor": {"num_cpus": 2},
                "image": {},
                "ports": [{"segment": "web"}],
                "volumes": [{"name": "v", "size": 5}],
            }
        ]
    }
    kept = {"servers": [server(volumes=[], ports=[{"segment": "web"}])]}
    assert plain_body(kept) == kept
    assert plain_body([1]) == [1]
