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

_ENDPOINT: dict[str, Code] = {}

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
