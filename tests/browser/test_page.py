"""The page of a service in a real browser: what is seen, pointed at, clicked, typed and printed, and that nothing leaves it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import EXAMPLES, Shown

pytestmark = pytest.mark.browser

SHOP = EXAMPLES / "global-shop"
GATEWAY = "east/pe/gateway/acme_shop/core/web"

Show = Callable[..., Shown]


def settled(shown: Shown) -> None:
    """Nothing went wrong, and nothing was asked of anybody."""
    assert (shown.problems, shown.requests) == ([], [])


def test_one_view_is_shown_at_a_time(show: Show) -> None:
    shown = show(SHOP)
    assert [shown.page.is_visible(f"#view-{view}") for view in ("topology", "dependency")] == [True, False]
    shown.page.click("text=Dependencies")
    assert [shown.page.is_visible(f"#view-{view}") for view in ("topology", "dependency")] == [False, True]
    assert shown.page.get_attribute('[data-view="dependency"]', "aria-pressed") == "true"
    settled(shown)


def test_what_is_pointed_at_is_told(show: Show) -> None:
    shown = show(SHOP)
    shown.page.hover(shown.item("node db-east"))
    hint = shown.page.inner_text("#hint")
    assert "Segment db-east" in hint
    assert "10.1.10.0/24" in hint
    assert "service.yaml:56:5" in hint
    shown.page.mouse.move(700, 880)
    assert not shown.page.is_visible("#hint")
    settled(shown)


def test_an_arrow_tells_its_reason_and_where_it_is_written(show: Show) -> None:
    shown = show(SHOP)
    number = shown.page.evaluate(
        """() => JSON.parse(document.getElementById("data").textContent).views.topology.links
                .findIndex((link) => link.source === "node store-east" && link.target === "node records-east")"""
    )
    x, y = shown.page.evaluate(
        f"""() => {{
            const box = document.querySelector('#topology [data-links="{number}"] .near').getBoundingClientRect();
            return [box.left + box.width / 2, box.top + box.height / 2];
        }}"""
    )
    shown.page.mouse.move(x, y)
    assert "local_storage" in shown.page.inner_text("#hint")
    shown.page.mouse.click(x, y)
    assert "Compute store-east → BlockStorage records-east" in shown.details
    assert "/dev/vdb" in shown.details
    assert "service.yaml:126:" in shown.details
    settled(shown)


def test_a_click_keeps_the_details_and_leads_to_neighbours(show: Show) -> None:
    shown = show(SHOP)
    shown.page.click("text=Dependencies")
    shown.page.click(shown.item(GATEWAY))
    for told in (
        "address\neast/pe/gateway/acme_shop/core/web",
        "wave\n1",
        "leg\neast#0",
        "10.1.0.1",
        "service.yaml:74:5",
        "answers in",
    ):
        assert told in shown.details
    shown.page.click("#details button:has-text('vrf acme_shop/core')")
    assert "RD 65000:1" in shown.details
    assert "chosen" in str(shown.page.get_attribute(shown.item("east/pe/vrf/acme_shop/core"), "class"))
    settled(shown)


def test_a_group_tells_of_itself(show: Show) -> None:
    shown = show(SHOP)
    shown.page.click("#topology [data-about='group web-servers'] text")
    assert "vtnmd.groups.Workload" in shown.details
    settled(shown)


def test_search_marks_counts_and_goes_on(show: Show) -> None:
    shown = show(SHOP)
    shown.page.click("text=Dependencies")
    shown.page.fill("#search", "vlan-map 100")
    assert shown.page.inner_text("#found") == "2 found"
    assert shown.page.locator("#dependency .hit").count() == 2
    shown.press("Enter")
    assert shown.page.inner_text("#found") == "1 of 2"
    assert "vlan-map acme_shop/db-east" in shown.details
    shown.press("Enter")
    assert "vlan-map acme_shop/db-west" in shown.details
    shown.page.fill("#search", "no such thing")
    assert shown.page.inner_text("#found") == "nothing found"
    shown.press("Escape")
    assert shown.page.input_value("#search") == ""
    settled(shown)


def test_everything_can_be_done_by_keyboard(show: Show) -> None:
    shown = show(SHOP)
    shown.page.focus(shown.item("node shop"))
    shown.press("Enter")
    assert "Vtn shop" in shown.details
    shown.press("ArrowRight")
    assert "Segment web" in shown.details
    assert shown.page.evaluate("document.activeElement.dataset.item") == "node web"
    shown.press("/")
    assert shown.page.evaluate("document.activeElement.id") == "search"
    tabbable = shown.page.locator("#topology .item[tabindex='0']").count()
    assert tabbable == 1  # one stop for all nodes, arrow keys from there
    settled(shown)


def test_a_large_service_is_folded_and_unfolds(show: Show, large: Path) -> None:
    shown = show(large)
    shown.page.click("text=Dependencies")
    folded = "all east/pe/gateway/0"
    member = "east/pe/gateway/tenant_0_net_0/core-0/segment-0-0"
    below = shown.item("all west/pe/gateway/0")
    assert shown.page.get_attribute(shown.item(folded), "aria-expanded") == "false"
    assert not shown.page.is_visible(shown.item(member))
    arrows, height = shown.page.locator("#dependency .link").count(), shown.box(below)["y"]
    shown.page.click(shown.item(folded))
    assert shown.page.is_visible(shown.item(member))
    assert shown.page.get_attribute(shown.item(folded), "aria-expanded") == "true"
    assert shown.page.locator("#dependency .link").count() > arrows
    assert shown.box(below)["y"] > height + 1000
    shown.page.click(shown.item(folded))
    assert not shown.page.is_visible(shown.item(member))
    assert shown.page.locator("#dependency .link").count() == arrows
    assert shown.box(below)["y"] == height
    settled(shown)


def test_unfolded_nodes_do_not_cover_each_other(show: Show, large: Path) -> None:
    shown = show(large)
    for view in ("Dependencies", "Topology"):
        shown.page.click(f"text={view}")
        shown.page.click("text=Unfold all")
        overlapping = shown.page.evaluate(
            """() => {
                const boxes = [...document.querySelectorAll(".view:not([hidden]) .item:not([display])")].map((item) =>
                    item.querySelector(".frame:last-of-type, .frame").getBoundingClientRect());
                return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) =>
                    a.left < b.right - 6 && b.left < a.right - 6 && a.top < b.bottom - 1 && b.top < a.bottom - 1)).length;
            }"""
        )
        assert overlapping == 0
    settled(shown)


def test_search_unfolds_what_it_finds(show: Show, large: Path) -> None:
    shown = show(large)
    shown.page.click("text=Dependencies")
    shown.page.fill("#search", "gateway segment-2-7")
    shown.press("Enter")
    assert shown.page.is_visible(shown.item("west/pe/gateway/tenant_2_net_2/core-2/segment-2-7"))
    settled(shown)


def test_zoom_and_the_address_of_what_is_chosen(show: Show) -> None:
    shown = show(SHOP)
    width = shown.box("#topology")["width"]
    shown.page.click("#in")
    assert shown.box("#topology")["width"] > width
    shown.page.click("#fit")
    assert shown.box("#topology")["width"] == width
    shown.page.click("text=Dependencies")
    shown.page.click(shown.item(GATEWAY))
    shown.page.reload()
    assert "gateway acme_shop/core/web" in shown.details
    assert shown.page.is_visible("#view-dependency")
    assert shown.problems == []


def test_no_script_and_no_style_but_its_own_is_taken(show: Show) -> None:
    shown = show(SHOP)
    shown.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.taken = true";
            document.head.append(script);
            const image = document.createElement("img");
            image.src = "https://example.net/x.png";
            document.body.append(image);
            const bold = "<b id=styled style='color: rgb(1, 2, 3)' onclick='window.taken = true'>x</b>";
            document.body.insertAdjacentHTML("beforeend", bold);
            document.getElementById("styled").click();
        }"""
    )
    assert shown.page.evaluate("window.taken") is None
    assert shown.page.evaluate("getComputedStyle(document.getElementById('styled')).color") != "rgb(1, 2, 3)"
    assert any("Content Security Policy" in problem for problem in shown.problems)


def test_light_dark_and_paper(show: Show) -> None:
    fill = "getComputedStyle(document.querySelector('.paper')).fill"
    assert show(SHOP, color_scheme="light").page.evaluate(fill) == "rgb(255, 255, 255)"
    dark = show(SHOP, color_scheme="dark")
    assert dark.page.evaluate(fill) == "rgb(23, 25, 28)"
    dark.page.emulate_media(color_scheme="dark", media="print")
    assert dark.page.evaluate(fill) == "rgb(255, 255, 255)"
    assert not dark.page.is_visible("#details")
    assert not dark.page.is_visible("header button")
    assert dark.page.is_visible("#topology")


HOSTILE = (
    "</script><script>window.taken=1</script>",
    "<img src=x onerror=window.taken=1>",
    "\"'><svg onload=window.taken=1>",
    "${taken}{{taken}}",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_ever_text(show: Show, tmp_path: Path, name: str) -> None:
    quoted = json.dumps(name)  # which is YAML too
    text = (SHOP / "service.yaml").read_text()
    vtn = "    shop:\n      type: vtnmd.nodes.Vtn\n"
    text = text.replace(vtn, f"{vtn}      properties: {{ description: {quoted} }}\n")
    text = text.replace("    front:\n", f"    {quoted}:\n").replace("binding: front", f"binding: {quoted}")
    file = tmp_path / "hostile.yaml"
    file.write_text(text.replace("[ front,", f"[ {quoted},"))
    shown = show(file)
    assert shown.page.evaluate("window.taken") is None
    shown.page.hover(shown.item("node shop"))
    assert name in shown.page.inner_text("#hint")
    shown.page.click("text=Dependencies")
    shown.page.click(shown.item("east/odl/vtn/acme_shop"))
    assert name in shown.details
    assert shown.page.evaluate("window.taken") is None
    assert shown.page.evaluate("document.querySelectorAll('img, script:not([type])').length") == 1
    settled(shown)
