"""Faults as rpc-errors: what error-info names, and in which namespace."""

from vtnmd.datastore.faults import Fault, Refused
from vtnmd.northbound.netconf.faults import below, failed, rpc_error
from vtnmd.yang.identifiers import Identifier

NC, YANG = "{urn:ietf:params:xml:ns:netconf:base:1.0}", "{urn:ietf:params:xml:ns:yang:1}"


def test_only_what_the_tag_allows_is_named() -> None:
    named = (("bad-element", "mtu"), ("bad-attribute", "operation"))
    assert [part["tag"] for part in rpc_error(Fault("unknown-element", "no", info=named)).info] == [f"{NC}bad-element"]
    assert [part["tag"] for part in rpc_error(Fault("bad-attribute", "no", info=named)).info] == [
        f"{NC}bad-element",
        f"{NC}bad-attribute",
    ]
    assert rpc_error(Fault("data-exists", "no", info=named)).info == ()


def test_what_rfc_7950_tells_is_in_its_namespace() -> None:
    (told,) = rpc_error(Fault("data-missing", "no", app_tag="missing-choice", info=(("missing-choice", "heating"),))).info
    assert told == {"tag": f"{YANG}missing-choice", "children": ["heating"]}


def test_who_holds_a_lock_is_told() -> None:
    (told,) = rpc_error(Fault("lock-denied", "no", "protocol", info=(("session-id", "4"),))).info
    assert told == {"tag": f"{NC}session-id", "children": ["4"]}


def test_every_fault_is_an_error_with_its_path() -> None:
    base = Identifier("/nc:rpc", {"nc": "urn:n"})
    fault = below(base, Fault("invalid-value", "no", path=Identifier("/d:x", {"d": "urn:d"})))
    failure = failed(Refused(fault, Fault("in-use", "busy")))
    assert [(error.tag, error.path) for error in failure.errors] == [("invalid-value", "/nc:rpc/d:x"), ("in-use", "")]
    assert failure.errors[0].namespaces == {"nc": "urn:n", "d": "urn:d"}
