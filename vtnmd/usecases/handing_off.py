"""Hands a plain topology off: Heat templates and the files that they name, as a folder that can be used as it is."""

import posixpath
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from vtnmd.compiler.cycles import check_cycles
from vtnmd.compiler.hot import HandOff, as_cloudformation, common_cloud, hand_off
from vtnmd.compiler.hot.cloud import USUAL_CLOUD
from vtnmd.compiler.inventory import read_inventory
from vtnmd.compiler.tosca import Limits, Opened
from vtnmd.compiler.tosca.archive import META_FILE
from vtnmd.compiler.tosca.library import Refused, Unreadable
from vtnmd.domain.diagnostics import Diagnostic, Invalid, Severity, has_errors, in_order
from vtnmd.domain.topology import Topology
from vtnmd.render.hot import dump_template

TARGETS = ("heat", "cfn")
_ON_THE_WEB = ("http://", "https://")
TEMPLATE_FILES = {"heat": "template.yaml", "cfn": "template.cfn.yaml"}


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a hand-off by their paths, and what their user should know."""

    files: dict[str, str | bytes]
    warnings: tuple[Diagnostic, ...]


def hand_off_topology(topology: Topology, opened: Opened, inventory: Path | None, targets: Collection[str]) -> Folder:
    """The files for the targets `heat` and `cfn`. Flavors and images are those that all clouds of the inventory have, if given.

    Raises Invalid with all that Heat has nothing for.
    """
    check_cycles(topology)
    found = hand_off(topology, common_cloud(read_inventory(inventory)) if inventory else USUAL_CLOUD)
    forms = {target: found if target == "heat" else as_cloudformation(found) for target in targets}
    problems = [warning for form in forms.values() for warning in form.warnings]
    copied = dict(_contents(forms["heat"], opened, problems)) if "heat" in forms else {}
    if has_errors(problems):
        raise Invalid(*problems)
    base = _folder(opened, copied)
    files: dict[str, str | bytes] = {posixpath.normpath(posixpath.join(base, name)): text for name, text in copied.items()}
    templates = {TEMPLATE_FILES[target]: dump_template(form.template) for target, form in forms.items()}
    templates |= {file: dump_template(tree) for file, tree in found.nested.items()}
    for name, text in templates.items():
        path = posixpath.join(base, name)
        if path in files:
            raise Invalid(Diagnostic("VTN-H007", f"the file {name} of the topology has the name of a template", topology.span))
        files[path] = text
    return Folder(files, in_order(problems))


def _contents(found: HandOff, opened: Opened, problems: list[Diagnostic]) -> Iterator[tuple[str, bytes]]:
    """(name as the template says it, content) of each file that is there. What is on the web is left to whoever creates the stack.

    A file outside of the service is refused: the client of Heat would read it where the stack is created.
    """
    for name in found.files:
        place = found.places.get(name)
        if name.startswith(_ON_THE_WEB):
            continue
        try:
            yield name, _content(name, opened)
        except Refused as error:
            problems.append(
                Diagnostic("VTN-H008", f"{name} is not handed off: {error}", place, "keep it in the folder of the service")
            )
        except Unreadable as error:
            summary, hint = f"{name} is not written beside the template: {error}", "put it there before the stack is created"
            problems.append(Diagnostic("VTN-H008", summary, place, hint, severity=Severity.WARNING))


def _content(name: str, opened: Opened) -> bytes:
    """The content of a file of the service. Raises Refused for one outside of it, Unreadable, and Invalid where it is too large."""
    if "://" in name:
        raise Refused("only http and https are fetched by the client of Heat for others")
    located = opened.library.locate(name, opened.file)
    if opened.holds is None and not _is_inside(located, Path(opened.folder)):
        raise Refused("it lies outside of the folder of the service")
    return opened.library.read(located, Limits().file_size)


def _is_inside(located: str, folder: Path) -> bool:
    """Whether a file belongs to the service: it stands below its folder, or below that of the unpacked CSAR that it is part of."""
    root = folder.resolve()
    if (root.parent / META_FILE).is_file():
        root = root.parent
    return Path(located).resolve().is_relative_to(root)


def _folder(opened: Opened, names: Collection[str]) -> str:
    """Where the templates go: so deep that names which lead upwards stay within the hand-off."""
    depth = max((posixpath.normpath(name).split("/").count("..") for name in names), default=0)
    above = posixpath.dirname(opened.library.identity(opened.file).replace("\\", "/")).split("/")
    return posixpath.join(*above[-depth:]) if depth else ""
