"""Datastores of a device whose modules have conditions, which vtnmd-pe has not."""

from pathlib import Path

import pytest
from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.lab.netconf_datastores import CANDIDATE, RUNNING, Datastores
from vtnmd.netconf.server import RpcFailed
from vtnmd.yang.edit import Operation
from vtnmd.yang.schema import load_schema

MODELS = Path(__file__).parents[1] / "yang" / "models"
TANKER: Json = {"harbour:dock": {"berth": [{"name": "a", "depth": 9, "kind": "harbour:tanker", "draught": 4}]}}


@pytest.fixture
def stores() -> Datastores:
    schema = load_schema(("harbour", "harbour-tide"), (MODELS,))
    return Datastores(schema, TANKER, lambda _: None)


def berth(*leaves: str) -> list[etree._Element]:
    """Elements that change berth a."""
    inner = "".join(leaves)
    return [etree.fromstring(f'<dock xmlns="urn:example:harbour"><berth><name>a</name>{inner}</berth></dock>')]


def test_what_an_edit_makes_inapplicable_goes_with_it(stores: Datastores) -> None:
    changed = stores.changed(CANDIDATE, berth("<kind>ferry</kind>"), Operation.MERGE)
    assert changed == {"harbour:dock": {"berth": [{"name": "a", "depth": 9, "kind": "harbour:ferry"}]}}
    assert stores.held == {RUNNING: TANKER, CANDIDATE: TANKER}


def test_what_an_edit_sets_while_it_is_inapplicable_is_refused(stores: Datastores) -> None:
    with pytest.raises(RpcFailed) as refused:
        stores.changed(CANDIDATE, berth("<kind>ferry</kind>", "<draught>5</draught>"), Operation.MERGE)
    (error,) = refused.value.errors
    assert (error.tag, error.path) == ("unknown-element", "/h:dock/h:berth[h:name='a']/h:draught")
