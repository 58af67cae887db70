"""The probe agent: who may ask, what it understands, and what it answers while another region is silent."""

from pathlib import Path

import httpx2
import pytest

from vtnmd.domain.probe import Station
from vtnmd.lab.layout import USER, Lab, region_names
from vtnmd.lab.paths import World
from vtnmd.lab.probe import gather_world, held_region, probe_agent

pytestmark = pytest.mark.anyio
SOURCE = Station("east", 100, "10.0.0.2", 24)
TARGET = Station("west", 100, "10.0.0.3", 24)
QUESTION = {"source": SOURCE.to_json(), "target": TARGET.to_json()}


async def _ask(method: str, body: object = None, password: str = "secret") -> httpx2.Response:
    async def gather() -> World:
        return World({}, {}, {}, {"east": "refused"})

    transport = httpx2.ASGITransport(probe_agent(gather, "secret"))
    async with httpx2.AsyncClient(transport=transport, base_url="http://agent", auth=(USER, password)) as client:
        return await client.request(method, "/probe", json=body)


async def test_it_says_what_it_is() -> None:
    assert "agent" in (await _ask("GET")).json()


async def test_strangers_are_refused() -> None:
    assert (await _ask("POST", QUESTION, "wrong")).status_code == 401


@pytest.mark.parametrize("body", [None, [], {"source": 1, "target": 2}, {"source": SOURCE.to_json()}])
async def test_what_is_no_question_is_refused(body: object) -> None:
    assert (await _ask("POST", body)).status_code == 400


async def test_a_silent_region_fails_the_probe() -> None:
    answer = (await _ask("POST", QUESTION)).json()
    assert answer["passed"] is False
    assert "region east does not answer (refused)" in answer["detail"]


async def test_regions_that_cannot_be_asked_are_silent(tmp_path: Path) -> None:
    lab = Lab(tmp_path, region_names(2), 1)  # nobody listens on the lowest ports
    here = held_region(lab, "east", {"odl": {}, "pe": {}})
    world = await gather_world(lab, {"east": here})
    assert world.held == {"east": here}
    assert set(world.silent) == {"west"}
    assert world.regions == {"pe-east": "east", "pe-west": "west"}
