"""Every code that is raised can be explained, and every one that can be explained is raised."""

import re
from pathlib import Path

import pytest

from vtnmd.cli.app import main
from vtnmd.cli.views.explain import LETTERS
from vtnmd.domain import codes as module
from vtnmd.domain.codes import CODES
from vtnmd.domain.remedies import REMEDIES

PACKAGE = Path(module.__file__).parents[1]
DESCRIBING = {PACKAGE / "domain" / "codes.py", PACKAGE / "domain" / "remedies.py"}
RAISED = {
    code
    for file in PACKAGE.rglob("*.py")
    if file not in DESCRIBING
    for code in re.findall(r'"(VTN-[A-Z]\d{3})"', file.read_text(encoding="utf-8"))
}


def test_what_is_raised_is_what_is_explained() -> None:
    assert set(CODES) == RAISED
    assert set(REMEDIES) <= set(CODES)
    assert {code[4] for code in CODES} == set(LETTERS)


@pytest.mark.parametrize("code", sorted(CODES))
def test_an_explanation_says_what_it_is_and_what_to_do(code: str) -> None:
    told = f"{CODES[code].explanation} {REMEDIES.get(code, '')}".strip()
    assert len(told.split()) >= 12, told
    assert told.endswith(("`.", ".", "'."))
    assert CODES[code].title
    assert not CODES[code].title.endswith(".")


def test_explaining_one_all_and_a_letter(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "t040"]) == 0
    assert "Mind the spelling" in capsys.readouterr().out
    assert main(["explain"]) == 0
    shown = capsys.readouterr().out
    assert all(code in shown for code in CODES)
    assert main(["explain", "F"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("F  files and YAML\n   VTN-F001  file cannot be read")
    assert "VTN-T" not in shown
    assert main(["explain", "VTN-X999"]) == 2
    assert "letters are F, T, Y" in capsys.readouterr().err
