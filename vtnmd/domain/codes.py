"""Every diagnostic code with its explanation: the one table behind `vtnmd explain`, the exit codes and the RFC 6241 error-tags.

Letters: F files and YAML, T TOSCA, Y YANG and intent, I inventory, G graph, R rendering, P plan, S state, E endpoints and execution,
U usage. A code is never reused for another meaning.
"""

from dataclasses import dataclass

EXIT_OK, EXIT_FAILED, EXIT_INVALID, EXIT_PARTLY, EXIT_STALE, EXIT_UNREACHABLE, EXIT_INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
EXIT_CHANGES = 10


@dataclass(frozen=True, slots=True)
class Code:
    """What a diagnostic code means. `error_tag` is the RFC 6241 appendix A tag that a northbound client is given."""

    title: str
    explanation: str
    exit_code: int = EXIT_INVALID
    error_tag: str = "invalid-value"


_FILES = {
    "VTN-F001": Code("file cannot be read", "The file does not exist, is a folder, or may not be read by this user."),
    "VTN-F002": Code("file is not UTF-8", "vtnmd reads YAML and JSON as UTF-8 only. Convert the file and try again."),
    "VTN-F003": Code("file is too large", "The file is above the size limit, which protects against exhausted memory."),
    "VTN-F004": Code("not valid YAML", "The YAML parser could not read the file at the place shown."),
    "VTN-F005": Code("duplicate key", "A mapping holds the same key twice; YAML would silently keep the last one only."),
    "VTN-F006": Code("YAML tag refused", "Only plain YAML is read: tags such as !!python/object are never interpreted."),
    "VTN-F007": Code("too many YAML aliases", "Anchors and aliases expand to more nodes than the limit allows (a YAML bomb)."),
    "VTN-F008": Code("cannot write", "An output file or folder cannot be written."),
    "VTN-F009": Code("nested too deeply", "The document is nested deeper than the limit allows."),
}

# TOSCA: compiler/tosca
_TOSCA: dict[str, Code] = {}

_YANG: dict[str, Code] = {}

_INVENTORY: dict[str, Code] = {
    "VTN-I010": Code(
        "pool missing", "A resource needs a value from a pool that the inventory does not declare.", error_tag="data-missing"
    ),
    "VTN-I011": Code("pool exhausted", "No free value is left in a pool of labels, VLANs or numbers.", error_tag="resource-denied"),
}

_GRAPH: dict[str, Code] = {}

_RENDER: dict[str, Code] = {}

_PLAN: dict[str, Code] = {}

_STATE: dict[str, Code] = {}

_ENDPOINT: dict[str, Code] = {
    "VTN-E001": Code(
        "secret missing",
        "A reference to a secret (env:NAME or file:PATH) could not be resolved where vtnmd runs.",
        EXIT_FAILED,
        "operation-failed",
    ),
    # Heat: southbound/cloud.py, southbound/heat.py
    "VTN-E301": Code(
        "cloud unreachable",
        "Keystone or Heat could not be reached, or did not answer before anything was sent to Heat. It will be tried again.",
        EXIT_UNREACHABLE,
        "operation-failed",
    ),
    "VTN-E302": Code(
        "cloud certificate not trusted",
        "The TLS certificate of Keystone or Heat does not lead to a trusted authority or is for another host. Name the authority in "
        "ca-file (or cacert in clouds.yaml); verification cannot be switched off.",
        EXIT_UNREACHABLE,
        "operation-failed",
    ),
    "VTN-E303": Code(
        "cloud credentials refused",
        "Keystone did not accept the user, password, project or domain.",
        EXIT_FAILED,
        "access-denied",
    ),
    "VTN-E304": Code(
        "not allowed in the cloud", "The user logged in but its roles do not allow what was asked.", EXIT_FAILED, "access-denied"
    ),
    "VTN-E305": Code(
        "no Heat service",
        "The catalogue of Keystone holds no orchestration service for this region, or what it names is not Heat.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E306": Code(
        "answer of the cloud lost",
        "A request left for Heat and no whole answer came back, so it may or may not have taken effect. vtnmd reads the stack "
        "before it does anything else.",
        EXIT_UNREACHABLE,
        "operation-failed",
    ),
    "VTN-E307": Code(
        "cloud busy",
        "Keystone or Heat answered that it cannot serve the request now. It will be tried again.",
        EXIT_FAILED,
        "resource-denied",
    ),
    "VTN-E308": Code(
        "stack in progress",
        "A create, update or delete of the stack is still under way. It will be looked at again.",
        EXIT_FAILED,
        "in-use",
    ),
    "VTN-E309": Code(
        "stack refused by Heat", "Heat refused the template or another part of the request.", EXIT_FAILED, "operation-failed"
    ),
    "VTN-E310": Code(
        "stack failed",
        "Heat accepted the template but could not make, change or remove what it describes. The stack is left as it is, so that "
        "it can be looked into; the next apply repairs or replaces it.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E311": Code(
        "stack name taken",
        "A stack of this name exists that vtnmd did not make (it has no tag vtnmd), so it is neither changed nor removed.",
        EXIT_FAILED,
        "data-exists",
    ),
    "VTN-E312": Code(
        "cloud settings unusable",
        "The entry in clouds.yaml or in the inventory does not say all that is needed to log in, or switches off TLS verification.",
        EXIT_FAILED,
        "operation-failed",
    ),
    "VTN-E313": Code(
        "attribute unknown",
        "A stack needs an attribute of another resource that has not been applied, or an output that its own template lacks.",
        EXIT_FAILED,
        "data-missing",
    ),
}

_USAGE: dict[str, Code] = {}

CODES: dict[str, Code] = {
    **_FILES,
    **_TOSCA,
    **_YANG,
    **_INVENTORY,
    **_GRAPH,
    **_RENDER,
    **_PLAN,
    **_STATE,
    **_ENDPOINT,
    **_USAGE,
}
