"""A rename by the command line against a lab: no endpoint hears of it."""

import re
from pathlib import Path

from tests.e2e.conftest import SHOP, RunningLab
from tests.support.program import Vtnmd

HERE = re.compile(r"(?<![-\w])web(?![-\w])")
SAYS = "\n    www:\n      metadata: { moved: web }\n"


def test_a_segment_and_the_service_get_other_names(vtnmd: Vtnmd, lab: RunningLab, tmp_path: Path) -> None:
    text = (SHOP / "service.yaml").read_text()
    assert vtnmd("apply", SHOP, "-I", lab.inventory, "--yes").code == 0
    before = {region: lab.held(region) for region in ("east", "west")}

    said = HERE.sub("www", text).replace("\n    www:\n", SAYS)
    said = said.replace("template_name: global-shop", "template_name: world-shop\n  moved: global-shop")
    file = tmp_path / "service.yaml"
    file.write_text(said)
    planned = vtnmd("plan", file, "-o", tmp_path / "plan.json", "--detailed-exitcode")
    assert planned.code == 10, planned.stderr
    assert "moved  service  global-shop → world-shop" in planned.stdout
    assert "moved  segment  web → www" in planned.stdout
    applied = vtnmd("apply", tmp_path / "plan.json", "--yes")
    assert applied.code == 0, applied.stderr
    assert "nothing is sent; what is new is kept" in applied.stderr
    assert {region: lab.held(region) for region in ("east", "west")} == before
    assert "world-shop" in vtnmd("services").stdout
    assert vtnmd("probe", "world-shop").code == 0

    stale = vtnmd("apply", file, "--yes")
    assert stale.code == 0
    assert stale.stderr.count("warning[VTN-G022]") == 2
    file.write_text(said.replace(SAYS, "\n    www:\n").replace("\n  moved: global-shop", ""))
    quiet = vtnmd("plan", file, "--detailed-exitcode")
    assert (quiet.code, quiet.stderr) == (0, "")
    assert "no changes, 32 resources are as run" in quiet.stdout

    destroyed = vtnmd("destroy", "world-shop", "--yes")
    assert destroyed.code == 0, destroyed.stderr
    assert all(not lab.held(region)["heat"]["stacks"] for region in ("east", "west"))
