"""The simulated PE and a real yuma123 netconfd, asked the same: each story is told to both, and both must answer alike.

Where they differ for a reason, the story says what netconfd answers; docs/fidelity.md says why.
"""

import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from lab.netconfd.fleet import DeviceAddress, missing_packages, netconfd_fleet
from tests.support.netconf import PE, bridge, circuit, element, entry, simulated_pe
from vtnmd.assets import YANG_MODELS
from vtnmd.netconf import operations as nc
from vtnmd.netconf.messages import RpcError
from vtnmd.netconf.session import ClientSession, Refused
from vtnmd.netconf.ssh import SshTarget, connect

pytestmark = [pytest.mark.anyio, pytest.mark.netconfd]

Answer = str | list[str]


@dataclass(frozen=True, slots=True)
class Story:
    """What two sessions, 0 and 1, ask in turn. `netconfd` holds by the number of the question what netconfd alone answers."""

    name: str
    questions: tuple[tuple[int, etree._Element], ...]
    netconfd: dict[int, Answer] = field(default_factory=dict)


def first(*operations: etree._Element) -> tuple[tuple[int, etree._Element], ...]:
    return tuple((0, operation) for operation in operations)


def edit(*config: Any, **options: str) -> etree._Element:
    return nc.edit_config("candidate", config, **options)


CANDIDATE, RUNNING = nc.get_config("candidate"), nc.get_config("running")
SHAPER = element("pe", element("attachment-circuit", element("name", "acme_shop/web"), element("shaper")))

APP_TAGS = frozenset(
    tag
    for module in YANG_MODELS.glob("*.yang")
    for tag in re.findall(r'error-app-tag "([^"]+)"', module.read_text(encoding="utf-8"))
)
"""The modules' own. Others are each server's choice."""

STORIES = (
    Story(
        "an edit, its commit, and the same again",
        first(edit(bridge()), CANDIDATE, RUNNING, nc.commit(), RUNNING, edit(bridge()), nc.commit()),
    ),
    Story("create what is there", first(edit(bridge("create")), nc.commit(), edit(bridge("create")), CANDIDATE)),
    Story("delete what is not there", first(edit(bridge("delete")), nc.commit(), CANDIDATE)),
    Story("remove what is not there", first(edit(bridge(name="other")), edit(bridge("remove")), nc.commit(), RUNNING)),
    Story(
        "remove from a configuration that never held anything",
        first(edit(bridge("remove")), nc.commit(), RUNNING),
        netconfd={2: ["acme_shop/web"]},
    ),
    Story("replace", first(edit(bridge("replace")), nc.commit(), edit(bridge("replace", mtu="9000")), nc.commit(), RUNNING)),
    Story("discard", first(edit(bridge()), nc.discard_changes(), CANDIDATE, nc.discard_changes())),
    Story("a value out of range", first(edit(bridge(mtu="20000")), CANDIDATE)),
    Story("an unknown leaf", first(edit(entry("bridge-domain", "", name="a", colour="red")), CANDIDATE)),
    Story("an entry without its key", first(edit(entry("bridge-domain", "", mtu="1500")), CANDIDATE)),
    Story("an entry without a mandatory leaf", first(edit(entry("bridge-domain", "", name="a")), nc.commit())),
    Story("a reference to nothing", first(edit(circuit()), nc.commit(), RUNNING)),
    Story(
        "a reference to nothing, set untested",
        first(edit(circuit(), test_option="set"), nc.commit(), RUNNING, nc.discard_changes()),
    ),
    Story(
        "taking away what is referred to",
        first(edit(bridge(), circuit()), nc.commit(), edit(bridge("delete")), nc.commit(), nc.discard_changes(), RUNNING),
    ),
    Story(
        "one VLAN twice on a port",
        first(edit(bridge(), circuit()), nc.commit(), edit(circuit(name="other")), nc.commit()),
    ),
    Story("an unknown namespace", first(edit({"tag": "{urn:other}pe"}), CANDIDATE)),
    Story("an unknown operation attribute", first(edit(bridge("paint")), CANDIDATE)),
    Story(
        "all or nothing",
        first(edit(bridge("create", "before"), bridge("delete", "gone"), error_option="rollback-on-error"), CANDIDATE),
    ),
    Story(
        "locks",
        (
            (0, nc.lock("candidate")),
            (1, nc.lock("candidate")),
            (1, edit(bridge())),
            (1, nc.commit()),
            (1, nc.unlock("candidate")),
            (0, nc.unlock("candidate")),
            (0, nc.unlock("candidate")),
            (1, nc.lock("candidate")),
        ),
    ),
    Story(
        "a changed candidate is not locked by another",
        ((0, edit(bridge())), (1, nc.lock("candidate")), (0, nc.discard_changes()), (1, nc.lock("candidate"))),
    ),
    Story(
        "a confirmed commit, confirmed elsewhere",
        (
            (0, edit(bridge())),
            (0, nc.confirmed_commit("mine", 600)),
            (1, RUNNING),
            (1, nc.confirming_commit("yours")),
            (1, nc.confirming_commit("mine")),
            (1, nc.confirming_commit("mine")),
            (1, RUNNING),
        ),
    ),
    Story(
        "a confirmed commit, cancelled elsewhere",
        (
            (0, edit(bridge())),
            (0, nc.confirmed_commit("mine", 600)),
            (1, nc.cancel_commit("yours")),
            (1, nc.cancel_commit("mine")),
            (1, RUNNING),
            (1, nc.cancel_commit("mine")),
        ),
    ),
    Story(
        "others while a confirmed commit waits",
        (
            (0, edit(bridge())),
            (0, nc.confirmed_commit("mine", 600)),
            (1, nc.lock("running")),
            (1, nc.lock("candidate")),
            (1, nc.unlock("candidate")),
            (1, edit(bridge(name="other"))),
            (1, nc.commit()),
            (0, nc.cancel_commit("mine")),
        ),
    ),
    Story(
        "operations that are not there",
        first(
            nc.operation("paint"),
            nc.operation("edit-config"),
            nc.edit_config("running", [bridge()]),
            nc.edit_config("startup", [bridge()]),
            nc.get_schema("vtnmd-nothing"),
        ),
    ),
    Story(
        "validate",
        first(nc.validate("candidate"), nc.validate("running"), edit(circuit(), test_option="set"), nc.validate("candidate")),
    ),
    Story("validate, then commit", first(edit(bridge()), nc.validate("candidate"), nc.commit(), RUNNING), netconfd={3: []}),
)


@pytest.fixture(scope="module")
def fleet() -> Iterator[dict[str, DeviceAddress]]:
    """A netconfd of its own for each story."""
    if missing := missing_packages():
        pytest.skip(f"Debian packages missing: {', '.join(missing)}")
    with netconfd_fleet(len(STORIES), [YANG_MODELS], ["vtnmd-pe"]) as devices:
        yield {story.name: device for story, device in zip(STORIES, devices, strict=True)}


@contextlib.asynccontextmanager
async def sessions(target: SshTarget) -> AsyncIterator[list[ClientSession]]:
    opened = [await connect(target, 10), await connect(target, 10)]
    try:
        yield opened
    finally:
        for session in opened:
            await session.aclose()


async def tell(story: Story, target: SshTarget) -> list[Answer]:
    async with sessions(target) as asking:
        return [await answer(asking[number], question) for number, question in story.questions]


async def answer(session: ClientSession, question: etree._Element) -> Answer:
    """`ok`, the error's tag and app-tag, or the names of the entries that a configuration holds."""
    try:
        reply = await session.call(question, 20)
    except Refused as refused:
        return told(refused.errors[0])
    if reply.data is None:
        return "ok"
    return sorted(name.text or "" for name in reply.data.iterfind(f"{PE}pe/*/{PE}name"))


def told(error: RpcError) -> str:
    return f"{error.tag} {error.app_tag}" if error.app_tag in APP_TAGS else error.tag


@pytest.mark.parametrize("story", [pytest.param(story, id=story.name) for story in STORIES])
async def test_both_answer_alike(story: Story, fleet: dict[str, DeviceAddress], tmp_path: Path) -> None:
    async with simulated_pe(tmp_path) as pe:
        simulated = await tell(story, pe.target)
    device = fleet[story.name]
    target = SshTarget(
        device.host, device.port, device.username, key_file=str(device.key_file), known_hosts_file=str(device.known_hosts)
    )
    real = await tell(story, target)
    expected = [story.netconfd.get(number, answer) for number, answer in enumerate(simulated)]
    assert real == expected
