"""The body of a workload, which is anydata in `vtnmd-workload`: its form, and what is wrong with one.

    {"servers": [
        {"name": "front",
         "flavor": {"name": "m1.small", "num_cpus": 1, "mem_size": 2000, "disk_size": 10},
         "image": {"name": "debian-12", "architecture": "x86_64", "type": "linux", "distribution": "debian", "version": "12"},
         "ports": [{"name": "front-port", "segment": "web", "ip_address": "10.1.0.20"}],
         "volumes": [{"name": "records", "size": 20, "device": "/dev/vdb"}],
         "user_data": "#cloud-config …"}]}

`mem_size` is in MiB, `disk_size` and `size` in GiB. `flavor` and `image` hold what is asked for, and may be empty: each region's
cloud gives what its inventory has that fits; a `name` asks for the one of that name. `volumes`, `ip_address`, `device`, `user_data`
and the name of a port may be absent; other members there are none.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address

from vtnmd.domain.tree import Json
from vtnmd.yang.instances import Path

Finding = tuple[Path, str]
Judge = Callable[[Json], str]
"""What is wrong with a value; empty for nothing."""

_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,128}")
_DEVICE = re.compile(r"/dev/[a-z0-9]{1,32}")
_LONGEST = 65_535
"""Octets of user data that Nova takes in base64, as it does."""
_NUMBER = re.compile(r"[0-9]{1,10}")


def plain_body(body: Json) -> Json:
    """A body as it is described above, of one that came as XML: that tells neither one from a list of one, nor numbers from text.

    What is of another form stays as it is.
    """
    if not isinstance(body, dict) or "servers" not in body:
        return body
    return {**body, "servers": [_plain_server(each) for each in _listed(body["servers"])]}


def _plain_server(server: Json) -> Json:
    if not isinstance(server, dict):
        return server
    found = {"flavor": {}, "image": {}, **server, "ports": _listed(server.get("ports", []))}
    found["volumes"] = [_numbered(each, ("size",)) for each in _listed(server.get("volumes", []))]
    found["flavor"] = _numbered(found["flavor"], ("num_cpus", "mem_size", "disk_size"))
    return found


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _numbered(value: Json, names: tuple[str, ...]) -> Json:
    if not isinstance(value, dict):
        return value
    texts = {name: each for name, each in value.items() if name in names and isinstance(each, str) and _NUMBER.fullmatch(each)}
    return {**value, **{name: int(text) for name, text in texts.items()}}


def body_problems(workload: Mapping[str, Json]) -> Iterator[Finding]:
    """What is wrong with the body of an entry of the list `workload`."""
    if "body" not in workload:
        return
    segments = {name for member in ("segment", "shared-segment") for name in workload.get(member) or ()}
    for problem in _body(plain_body(workload["body"]), segments):
        yield ("body",), problem


def _body(body: Json, segments: set[str]) -> Iterator[str]:
    yield from _members("the body", body, {"servers": _some}, required=("servers",))
    servers = body.get("servers") if isinstance(body, dict) else None
    for server in servers if isinstance(servers, list) else ():
        yield from _server(server, segments)
    yield from _twice("server", servers)


def _server(server: Json, segments: set[str]) -> Iterator[str]:
    called = server.get("name") if isinstance(server, dict) else None
    what = f"the server {called}" if isinstance(called, str) else "a server"
    yield from _members(what, server, _SERVER, required=("name", "ports"))
    if not isinstance(server, dict):
        return
    for member, known in _INSIDE.items():
        yield from _members(f"{member} of {what}", server.get(member, {}), known)
    for member, known, required in _LISTED:
        listed = server.get(member)
        for each in listed if isinstance(listed, list) else ():
            yield from _members(f"an entry of {member} of {what}", each, known, required)
        yield from _twice(f"entry of {member}", listed)
    for port in server["ports"] if isinstance(server.get("ports"), list) else ():
        if isinstance(port, dict) and isinstance(port.get("segment"), str) and port["segment"] not in segments:
            yield f"{what} has a port on {port['segment']}, which is no segment of the workload"


def _members(what: str, value: Json, known: Mapping[str, Judge], required: tuple[str, ...] = ()) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{what} is no object"
        return
    for name in required:
        if name not in value:
            yield f"{what} lacks {name}"
    for name, each in value.items():
        judge = known.get(name)
        problem = f"is not known there; known are {', '.join(known)}" if judge is None else judge(each)
        if problem:
            yield f"{name} of {what} {problem}"


def _twice(what: str, listed: Json) -> Iterator[str]:
    seen: set[str] = set()
    for each in listed if isinstance(listed, list) else ():
        name = each.get("name") if isinstance(each, dict) else None
        if isinstance(name, str) and name in seen:
            yield f"there are two of the name {name}, and each {what} has its own"
        elif isinstance(name, str):
            seen.add(name)


def _some(value: Json) -> str:
    return "" if isinstance(value, list) and value else "is no list with an entry at least"


def _list(value: Json) -> str:
    return "" if isinstance(value, list) else "is no list"


def _object(value: Json) -> str:
    return "" if isinstance(value, dict) else "is no object"


def _name(value: Json) -> str:
    return "" if isinstance(value, str) and _NAME.fullmatch(value) else "is no text of 1 to 128 characters in one line"


def _text(value: Json) -> str:
    return "" if isinstance(value, str) and 0 < len(value) <= 255 else "is no text of 1 to 255 characters"


def _amount(value: Json) -> str:
    return "" if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else "is no whole number"


def _address(value: Json) -> str:
    try:
        return "" if isinstance(value, str) and ip_address(value) else "is no address"
    except ValueError:
        return "is no address"


def _device(value: Json) -> str:
    return "" if isinstance(value, str) and _DEVICE.fullmatch(value) else "is no device such as /dev/vdb"


def _user_data(value: Json) -> str:
    fits = isinstance(value, str) and len(value.encode("utf-8", "surrogatepass")) * 4 // 3 < _LONGEST
    return "" if fits else "is no text that fits into 64 KiB of base64"


_SERVER: Mapping[str, Judge] = {
    "name": _name,
    "flavor": _object,
    "image": _object,
    "ports": _some,
    "volumes": _list,
    "user_data": _user_data,
}
_INSIDE: Mapping[str, Mapping[str, Judge]] = {
    "flavor": {"name": _text, "num_cpus": _amount, "mem_size": _amount, "disk_size": _amount},
    "image": dict.fromkeys(("name", "architecture", "type", "distribution", "version"), _text),
}
_LISTED: tuple[tuple[str, Mapping[str, Judge], tuple[str, ...]], ...] = (
    ("ports", {"name": _name, "segment": _text, "ip_address": _address}, ("segment",)),
    ("volumes", {"name": _name, "size": _amount, "device": _device}, ("name", "size")),
)
