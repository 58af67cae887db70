"""The operations of NETCONF as elements to send (RFC 6241 sections 7 and 8, RFC 6022 section 3.1)."""

from collections.abc import Sequence
from typing import Any

from lxml import etree

from vtnmd.domain.tree import Json
from vtnmd.netconf.messages import content_of
from vtnmd.netconf.xmltree import BASE

MONITORING = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"
"""The namespace of ietf-netconf-monitoring (RFC 6022)."""


def operation(name: str, namespace: str = BASE, **leaves: str) -> etree._Element:
    """`<name>` with one leaf per keyword that is not empty; underscores become hyphens."""
    default: Any = {None: namespace}
    element = etree.Element(f"{{{namespace}}}{name}", nsmap=default)
    for leaf, text in leaves.items():
        if text:
            etree.SubElement(element, f"{{{namespace}}}{leaf.replace('_', '-')}").text = text
    return element


def _datastore(parent: etree._Element, role: str, name: str) -> None:
    etree.SubElement(etree.SubElement(parent, f"{{{BASE}}}{role}"), f"{{{BASE}}}{name}")


def _on(name: str, role: str, datastore: str) -> etree._Element:
    element = operation(name)
    _datastore(element, role, datastore)
    return element


def lock(datastore: str) -> etree._Element:
    """RFC 6241 section 7.5."""
    return _on("lock", "target", datastore)


def unlock(datastore: str) -> etree._Element:
    """RFC 6241 section 7.6."""
    return _on("unlock", "target", datastore)


def validate(datastore: str) -> etree._Element:
    """Check a datastore as a commit would (RFC 6241 section 8.6.4.1)."""
    return _on("validate", "source", datastore)


def get_config(datastore: str, subtree: Sequence[Json] = ()) -> etree._Element:
    """With `subtree`, only what its trees select (RFC 6241 section 6)."""
    element = _on("get-config", "source", datastore)
    if subtree:
        selection = etree.SubElement(element, f"{{{BASE}}}filter", type="subtree")
        selection.extend(content_of(subtree))
    return element


def edit_config(datastore: str, config: Sequence[Json], *, test_option: str = "", error_option: str = "") -> etree._Element:
    """Merge the trees of `config` into a datastore, but where they carry an operation of their own."""
    element = _on("edit-config", "target", datastore)
    etree.SubElement(element, f"{{{BASE}}}default-operation").text = "merge"
    if test_option:
        etree.SubElement(element, f"{{{BASE}}}test-option").text = test_option
    if error_option:
        etree.SubElement(element, f"{{{BASE}}}error-option").text = error_option
    etree.SubElement(element, f"{{{BASE}}}config", nsmap={"nc": BASE}).extend(content_of(config))
    return element


def discard_changes() -> etree._Element:
    """Make the candidate what running is (RFC 6241 section 8.3.4.2)."""
    return operation("discard-changes")


def commit() -> etree._Element:
    """Make running what the candidate is, or confirm the confirmed commit of this session (RFC 6241 section 8.3.4.1)."""
    return operation("commit")


def confirmed_commit(persist: str, timeout: int) -> etree._Element:
    """A commit that the device takes back after `timeout` seconds, unless it is confirmed; it outlives the session."""
    element = operation("commit")
    etree.SubElement(element, f"{{{BASE}}}confirmed")
    etree.SubElement(element, f"{{{BASE}}}confirm-timeout").text = str(timeout)
    etree.SubElement(element, f"{{{BASE}}}persist").text = persist
    return element


def confirming_commit(persist_id: str) -> etree._Element:
    """Confirm the commit of that persist-id, from any session (RFC 6241 section 8.4.1)."""
    return operation("commit", persist_id=persist_id)


def cancel_commit(persist_id: str) -> etree._Element:
    """Take back the commit of that persist-id, from any session (RFC 6241 section 8.4.4.1)."""
    return operation("cancel-commit", persist_id=persist_id)


def close_session() -> etree._Element:
    """RFC 6241 section 7.8."""
    return operation("close-session")


def kill_session(session_id: int) -> etree._Element:
    """End another session (RFC 6241 section 7.9)."""
    return operation("kill-session", session_id=str(session_id))


def get_schema(identifier: str, version: str = "") -> etree._Element:
    """The text of a YANG module (RFC 6022 section 3.1)."""
    return operation("get-schema", MONITORING, identifier=identifier, version=version)
