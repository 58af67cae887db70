"""A real browser, and pages in it that tell everything that goes wrong or leaves the page."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.topologies import written
from vtnmd.usecases import drawing
from vtnmd.usecases.services import Source

EXAMPLES = Path(__file__).parents[2] / "examples"
INVENTORY = EXAMPLES / "global-shop" / "inventory.yaml"
_ENOUGH_MILLISECONDS = 120_000


@dataclass
class Shown:
    """A page that is open. `problems` are what its console said, `requests` all that it asked for besides itself."""

    page: Page
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def item(self, name: str) -> str:
        """The selector of a node by its id."""
        return f'.view:not([hidden]) [data-item="{name}"]'

    def box(self, selector: str) -> Mapping[str, float]:
        """Where an element is seen."""
        found = self.page.locator(selector).bounding_box()
        assert found is not None
        return {"x": found["x"], "y": found["y"], "width": found["width"], "height": found["height"]}

    @property
    def details(self) -> str:
        return str(self.page.inner_text("#details"))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For no longer than a module: while it is open an event loop runs, which tests elsewhere could not have one beside."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("needs Chromium (Debian package chromium)")
    with sync_playwright() as running:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium has none for root
        opened = running.chromium.launch(executable_path=program, args=sandbox)
        yield opened
        opened.close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Shown]]:
    """Opens the page of a service in a window of its own."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(_ENOUGH_MILLISECONDS)

    def open_page(service: Path, color_scheme: Literal["light", "dark"] = "light") -> Shown:
        state = str(tmp_path / "state")
        resources = drawing.see_resources(Source(service, inventory=INVENTORY), state)
        file = tmp_path / "page.html"
        file.write_text(drawing.draw_page([drawing.see_topology(Source(service), state), resources.sketch]), encoding="utf-8")
        shown = Shown(context.new_page())
        shown.page.emulate_media(color_scheme=color_scheme)
        shown.page.on("console", lambda message: shown.problems.append(message.text))
        shown.page.on("pageerror", lambda error: shown.problems.append(str(error)))
        shown.page.on("request", lambda request: shown.requests.append(request.url))
        shown.page.goto(file.as_uri())
        assert shown.requests.pop(0) == file.as_uri()
        return shown

    yield open_page
    context.close()


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A service of about 300 resources and 200 nodes."""
    file = tmp_path / "large.yaml"
    file.write_text(written(tenants=3, segments=20, servers=40))
    return file
