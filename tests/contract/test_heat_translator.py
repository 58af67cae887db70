"""Templates beside those that heat-translator makes of the same TOSCA files.

`HEAT_TRANSLATOR_PAIRS` names a folder with an `index.json` of pairs (TOSCA file, inputs, expected templates) and their data below
`data/`. None of it is part of this repository, so without the variable there is nothing to compare.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from vtnmd.compiler.hot import hand_off
from vtnmd.compiler.tosca import read_topology
from vtnmd.domain.diagnostics import Invalid
from vtnmd.render.hot import dump_template

FOLDER = os.environ.get("HEAT_TRANSLATOR_PAIRS", "")
LEAST = {"plain": 24, "nfv": 6}


def _is_equal(pair: dict[str, Any]) -> bool:
    data = Path(FOLDER) / "data"
    try:
        found = hand_off(read_topology(data / pair["tosca"], pair["params"], symbolic=True))
    except Invalid:
        return False
    main, *nested = (yaml.safe_load((data / name).read_text()) for name in pair["expected_hot"])
    names = [Path(name).name for name in pair["expected_hot"][1:]]
    if yaml.safe_load(dump_template(found.template)) != main:
        return False
    return {name: yaml.safe_load(dump_template(tree)) for name, tree in found.nested.items()} == dict(
        zip(names, nested, strict=True)
    )


@pytest.mark.skipif(not FOLDER, reason="HEAT_TRANSLATOR_PAIRS names no folder")
@pytest.mark.parametrize("kind", LEAST)
def test_users_of_heat_translator_find_what_they_are_used_to(kind: str) -> None:
    pairs = json.loads((Path(FOLDER) / "index.json").read_text())["pairs"]
    equal = [pair["tosca"] for pair in pairs if pair["nfv"] == (kind == "nfv") and _is_equal(pair)]
    assert len(equal) >= LEAST[kind]
