"""What a first start puts into the configuration: one administrator, and access control that lets nobody else write."""

from collections.abc import Mapping

from vtnmd.domain.commit import Configuration, Part
from vtnmd.domain.tree import Json
from vtnmd.northbound.access.accounts import ACCESS
from vtnmd.northbound.access.passwords import hash_password
from vtnmd.northbound.nacm import NACM

ADMINISTRATOR, ADMINISTRATORS = "admin", "administrators"


def bootstrap(configuration: Configuration, password: str) -> Mapping[Part, Json]:
    """The changes to commit: {} where there are accounts already.

    The administrator may do everything, by the rules and as a recovery user, so that no wrong rule locks him out. Rules that are
    there already stay as they are.
    """
    if ACCESS in configuration.parts:
        return {}
    user = {"name": ADMINISTRATOR, "password": hash_password(password), "recovery": True}
    access: dict[Part, Json] = {ACCESS: {"user": [user]}}
    return access if NACM in configuration.parts else {**access, NACM: first_rules(ADMINISTRATOR)}


def first_rules(administrator: str) -> dict[str, Json]:
    """Access control in which one user may do everything, and the others read what no module protects."""
    everything = {"name": "everything", "module-name": "*", "access-operations": "*", "action": "permit"}
    return {
        "enable-nacm": True,
        "read-default": "permit",
        "write-default": "deny",
        "exec-default": "deny",
        "groups": {"group": [{"name": ADMINISTRATORS, "user-name": [administrator]}]},
        "rule-list": [{"name": ADMINISTRATORS, "group": [ADMINISTRATORS], "rule": [everything]}, _BASIC],
    }


_MODULES = (
    "ietf-netconf",
    "ietf-netconf-monitoring",
    "ietf-netconf-nmda",
    "ietf-netconf-partial-lock",
    "ietf-subscribed-notifications",
    "notifications",
)
_BASIC: dict[str, Json] = {
    "name": "protocol-operations",
    "group": ["*"],
    "rule": [
        *(
            {"name": f"no-{name}", "module-name": "ietf-netconf", "rpc-name": name, "access-operations": "exec", "action": "deny"}
            for name in ("kill-session", "delete-config")
        ),
        *(
            {"name": name, "module-name": name, "rpc-name": "*", "access-operations": "exec", "action": "permit"}
            for name in _MODULES
        ),
    ],
}
"""What members of any group may call: the operations of NETCONF itself, which NACM judges by what they read and write."""
