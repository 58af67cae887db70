"""A file against the grammar of TOSCA (`vtnmd.compiler.tosca.shapes`).

Reports VTN-T001 (version), T002 (unknown keyname), T003 (wrong structure) and T004 (keyname missing). Later phases take for
granted that what breaks the grammar has been reported, and read such places as absent.
"""

from dataclasses import dataclass, field

from vtnmd.compiler.tosca.document import YamlList, YamlMap, YamlNode, YamlScalar, is_null, kind_of, named_of
from vtnmd.compiler.tosca.hints import closest
from vtnmd.compiler.tosca.shapes import SHAPES, ListOf, MapOf, Named, Record, Shape, Short
from vtnmd.domain.diagnostics import Diagnostic, Severity, Span

NFV, MEC = "tosca_simple_profile_for_nfv_1_0_0", "tosca_simple_profile_for_mec_1_0_0"
VERSIONS = (
    "tosca_simple_yaml_1_3",
    "tosca_simple_yaml_1_2",
    "tosca_simple_yaml_1_1",
    "tosca_simple_yaml_1_0",
    "tosca_simple_yaml_1_0_0",
    *(f"http://docs.oasis-open.org/tosca/ns/simple/yaml/1.{minor}" for minor in range(4)),
    NFV,
    MEC,
)
"""Values of `tosca_definitions_version`: those of the Simple Profile (section 3.1), and of the profiles that extend it."""


REFINABLE = ("property", "attribute")
_DEFINING = SHAPES["property"]


def is_plain_value(node: YamlNode) -> bool:
    """Whether what stands in the place of a property definition is none: no keyname of one is there."""
    if isinstance(node, YamlMap) and isinstance(_DEFINING, Record):
        return bool(node.entries) and not any(key in _DEFINING.keys for key in node.entries)
    return isinstance(node, YamlScalar) and not is_null(node)


@dataclass(slots=True)
class Grammar:
    """Checks nodes against shapes and collects what is wrong."""

    problems: list[Diagnostic] = field(default_factory=list)

    def check(self, node: YamlNode, shape: Shape, what: str, at: YamlNode) -> None:
        """`what` names the place in messages, `at` is its key, or the node itself where there is no key."""
        if isinstance(shape, str):
            self.known(node, shape, what, at)
        elif isinstance(shape, Short):
            if not isinstance(node, YamlScalar) or is_null(node):
                self.check(node, shape.shape, what, at)
        elif isinstance(shape, Record):
            self.record(node, shape, what, at)
        elif isinstance(shape, MapOf):
            self.map(node, shape.shape, what)
        elif isinstance(shape, Named):
            self.named(node, shape, what)
        elif isinstance(shape, ListOf):
            self.list(node, shape.shape, what)

    def known(self, node: YamlNode, shape: str, what: str, at: YamlNode) -> None:
        if shape == "operation" and isinstance(node, YamlList) and not node.items:
            self.warn(f"{what} should be empty or a mapping, not an empty list", node.span)
        elif shape in REFINABLE:
            self.refinable(node, SHAPES[shape], what, at)
        elif shape in SHAPES:
            self.check(node, SHAPES[shape], what, at)
        elif shape == "note" and not isinstance(node, YamlScalar):
            self.warn(f"{what} should be a plain value, not {kind_of(node)}", node.span)
        elif shape == "text" and not isinstance(node, YamlScalar):
            self.wrong(node, what, "a plain value")

    def refinable(self, node: YamlNode, shape: Shape, what: str, at: YamlNode) -> None:
        """A definition. If it refines an inherited one, its type or all but a value may be missing: `definitions` knows of that."""
        if isinstance(shape, Record) and not is_plain_value(node):
            self.record(node, Record(shape.keys, (), shape.others), what, at)

    def record(self, node: YamlNode, shape: Record, what: str, at: YamlNode) -> None:
        if is_null(node) and not shape.required:
            return
        if not isinstance(node, YamlMap):
            self.wrong(node, what, "a mapping")
            return
        keys = shape.keys
        for key, value in node.entries.items():
            known = keys.get(key, shape.others)
            if known is None:
                hint = closest(key, keys)
                self.problems.append(Diagnostic("VTN-T002", f"unknown keyname {key[:80]!r} in {what}", node.keys[key].span, hint))
            elif known != "any" and not (value.__class__ is YamlScalar and known == "text"):
                self.check(value, known, f"{key} of {what}" if key in keys else key, node.keys[key])
        for key in shape.required:
            if node.get(key) is None:
                self.problems.append(Diagnostic("VTN-T004", f"{what} needs the keyname {key!r}", at.span))

    def map(self, node: YamlNode, shape: Shape, what: str) -> None:
        if is_null(node):
            return
        if not isinstance(node, YamlMap):
            self.wrong(node, what, "a mapping")
            return
        if shape == "any":
            return
        for key, value in node.pairs():
            self.check(value, shape, key.text if shape != "text" else f"{key.text} of {what}", key)

    def list(self, node: YamlNode, shape: Shape, what: str) -> None:
        if is_null(node):
            return
        if not isinstance(node, YamlList):
            self.wrong(node, what, "a list")
            return
        for item in node.items:
            self.check(item, shape, what, item)

    def named(self, node: YamlNode, shape: Named, what: str) -> None:
        if is_null(node):
            return
        if isinstance(node, YamlMap) and shape.mapping:
            self.map(node, shape.shape, what)
            return
        if not isinstance(node, YamlList):
            self.wrong(node, what, "a list")
            return
        for item in node.items:
            if isinstance(item, YamlMap) and len(item.entries) == 1:
                self.map(item, shape.shape, what)
            elif isinstance(item, YamlMap) and len(named := named_of(item, listed=True)) == 1:
                ((key, body),) = named
                self.warn(f"what stands below {key.text} should be indented further, and is read as if it were", key.span)
                self.check(body, shape.shape, key.text, key)
            else:
                self.wrong(item, f"an entry of {what}", "a mapping with one key")

    def warn(self, summary: str, span: Span) -> None:
        self.problems.append(Diagnostic("VTN-T083", summary, span, severity=Severity.WARNING))

    def wrong(self, node: YamlNode, what: str, expected: str) -> None:
        self.problems.append(Diagnostic("VTN-T003", f"{what} must be {expected}, not {kind_of(node)}", node.span))


def check_grammar(document: YamlMap, *, imported: bool = False) -> list[Diagnostic]:
    """Everything in a service template or type file that the grammar does not allow. An imported file may lack a version."""
    grammar = Grammar()
    if not imported or document.get("tosca_definitions_version") is not None:
        _check_version(document, grammar.problems)
    else:
        grammar.warn("tosca_definitions_version is missing, and taken to be that of the importing file", document.span)
    grammar.check(document, "service", "the service template", document)
    return grammar.problems


def _check_version(document: YamlMap, problems: list[Diagnostic]) -> None:
    version = document.get("tosca_definitions_version")
    hint = f"write tosca_definitions_version: {VERSIONS[0]}"
    if version is None:
        problems.append(Diagnostic("VTN-T001", "tosca_definitions_version is missing", document.span, hint))
    elif not isinstance(version, YamlScalar) or version.text not in VERSIONS:
        problems.append(Diagnostic("VTN-T001", f"{kind_of(version)} is no TOSCA version that vtnmd reads", version.span, hint))
    elif next(iter(document.entries)) != "tosca_definitions_version":
        span = document.keys["tosca_definitions_version"].span
        problems.append(Diagnostic("VTN-T001", "tosca_definitions_version must be the first line", span))
