from dataclasses import replace

from vtnmd.cli.views.drift import show_checked
from vtnmd.domain.address import parse_address
from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.drift import Finding, Standing, Stranger
from vtnmd.domain.graph import Resource
from vtnmd.domain.snapshot import Applied
from vtnmd.usecases.checking import Checked

EXPECTED = """\
global-shop: 1 in sync, 1 drifted, 1 missing, 2 unknown, 1 foreign

east
  drifted  odl/vbridge   acme_shop/web  segment web
      vbridge-config/description: first words expected, other words found
      attributes/map_id: 1 expected, (nothing) found
  missing  odl/vlan-map  acme_shop/web  VLAN 100
  foreign  odl/vbridge   intruder       in vtn:vtns/vtn/acme_shop, made by hand

west
  unknown  odl  2 resources  west/odl: connection refused"""


def _applied(address: str, summary: str = "") -> Applied:
    return Applied(Resource(parse_address(address), {}, summary=summary), "digest")


def test_a_check_is_told_by_region() -> None:
    refused = Diagnostic("VTN-E010", "west/odl: connection refused")
    differences = {"vbridge-config/description": ("first words", "other words"), "attributes/map_id": ("1", None)}
    checked = Checked(
        (
            Finding(_applied("east/odl/vtn/acme_shop"), Standing.IN_SYNC),
            Finding(_applied("east/odl/vbridge/acme_shop/web", "segment web"), Standing.DRIFTED, differences),
            Finding(_applied("east/odl/vlan-map/acme_shop/web", "VLAN 100"), Standing.MISSING),
            Finding(_applied("west/odl/vtn/acme_shop"), Standing.UNKNOWN, problem=refused),
            Finding(_applied("west/odl/vbridge/acme_shop/web"), Standing.UNKNOWN, problem=refused),
        ),
        (("east/odl", Stranger("vbridge", "intruder", "vtn:vtns/vtn/acme_shop", "made by hand")),),
    )
    assert show_checked("global-shop", checked).plain == EXPECTED


def test_what_is_accepted_is_in_sync_and_counted() -> None:
    entry = replace(_applied("east/odl/vtn/acme_shop"), accepted={"description": "theirs"})
    checked = Checked((Finding(entry, Standing.IN_SYNC), Finding(_applied("east/odl/vtn/x"), Standing.IN_SYNC)))
    assert show_checked("global-shop", checked).plain == "global-shop: 2 in sync (1 as accepted)"


def test_nothing_applied() -> None:
    assert show_checked("all services", Checked(())).plain == "all services: nothing is applied"
