from pathlib import Path

import pytest

from vtnmd.compiler.allocations import read_allocations
from vtnmd.domain.diagnostics import Invalid


def test_pools_owners_and_values(tmp_path: Path) -> None:
    file = tmp_path / "held.yaml"
    file.write_text('vlan/east: {shop/web: 300}\nname/odl:\n  shop/vtn: acme_shop\n  other/vtn: "12"\n')
    assert read_allocations(file).values == {
        "vlan/east": {"shop/web": 300},
        "name/odl": {"shop/vtn": "acme_shop", "other/vtn": "12"},
    }


def test_every_wrong_entry_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "held.yaml"
    file.write_text("vlan/east: 300\nlabel:\n  a: true\n  b: [1]\n  c: 7\n")
    with pytest.raises(Invalid) as refusal:
        read_allocations(file)
    assert [(each.code, each.span.line if each.span else 0) for each in refusal.value.diagnostics] == [
        ("VTN-P032", 1),
        ("VTN-P032", 3),
        ("VTN-P032", 4),
    ]
