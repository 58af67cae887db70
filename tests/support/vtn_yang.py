"""The YANG modules of the VTN Manager, by which the bodies of its RPCs are checked. They are EPL: fetched, never kept here."""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from yangson.datamodel import DataModel
from yangson.enumerations import ContentType, ValidationScope
from yangson.exceptions import YangsonException
from yangson.instance import RootNode
from yangson.schemanode import InputNode

from lab.commands import LabError
from lab.karaf.artifacts import Artifact, fetch

CHECKOUT = Path(__file__).parents[2]
VARIABLE = "VTNMD_VTN_YANG"

_CACHE = CHECKOUT / ".cache" / "vtn-yang"
_BESIDE = CHECKOUT.parent / "shared" / "data" / "yang-odl"
_ARTIFACTS = (
    Artifact("org.opendaylight.vtn", "manager.model", "0.6.0-Carbon"),
    Artifact("org.opendaylight.controller.model", "model-inventory", "1.5.0-Carbon"),
    Artifact("org.opendaylight.openflowplugin.model", "model-flow-base", "0.4.0-Carbon"),
    Artifact("org.opendaylight.mdsal.model", "opendaylight-l2-types", "2013.08.27.10-Carbon"),
    Artifact("org.opendaylight.mdsal.model", "yang-ext", "2013.09.07.10-Carbon"),
    Artifact("org.opendaylight.mdsal.model", "ietf-inet-types-2013-07-15", "1.2.0-Carbon"),
    Artifact("org.opendaylight.mdsal.model", "ietf-yang-types-20130715", "2013.07.15.10-Carbon"),
)
_ROOTS = (
    "vtn",
    "vtn-vbridge",
    "vtn-vinterface",
    "vtn-vterminal",
    "vtn-port-map",
    "vtn-vlan-map",
    "vtn-mac-map",
    "vtn-flow-condition",
    "vtn-flow-filter",
    "vtn-path-policy",
    "vtn-path-map",
    "vtn-version",
)


@cache
def rpc_model() -> DataModel:
    """The modules whose RPCs vtnmd calls. Skips the test, saying why, where they cannot be had."""
    folder = _folder()
    found = _with_imports(folder, _ROOTS)
    library = [
        {
            "name": name,
            "revision": revision,
            "namespace": namespace,
            "conformance-type": "implement" if name in _ROOTS else "import",
        }
        for name, (revision, namespace) in sorted(found.items())
    ]
    return DataModel(json.dumps({"ietf-yang-library:modules-state": {"module-set-id": "vtn", "module": library}}), (str(folder),))


def why_wrong(rpc: str, given: Mapping[str, Any]) -> str:
    """What the YANG modules find wrong with the input of an RPC such as `vtn:update-vtn`; empty where it is right."""
    model = rpc_model()
    schema = model.get_schema_node(f"/{rpc}/input")
    if not isinstance(schema, InputNode):
        return f"there is no RPC {rpc}"
    schema._make_schema_patterns()  # yangson makes them for data trees only
    try:
        document: Any = model.from_raw({rpc: {"input": _with_both_ranges(dict(given))}}).value
        cooked = document[rpc]["input"]
        # An inner node of a schema serves as a root too, whatever its annotation says.
        root = RootNode(cooked, schema, model.schema_data, cooked.timestamp)  # type: ignore[arg-type]
        root.validate(ValidationScope.all, ContentType.all)
    except YangsonException as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _with_both_ranges(tree: Any) -> Any:
    """A port range beside each that stands alone.

    `port-from` is mandatory in containers without presence, so the modules demand both ranges; the VTN Manager does not, as its
    recordings show.
    """
    if isinstance(tree, list):
        return [_with_both_ranges(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    found = {name: _with_both_ranges(value) for name, value in tree.items()}
    for kind in ("tcp", "udp"):
        pair = {f"{kind}-source-range", f"{kind}-destination-range"}
        if pair & found.keys():
            found = {name: {"port-from": 0} for name in pair} | found
    return found


def _folder() -> Path:
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    if _fetched() or _CACHE.is_dir():
        return _CACHE
    if _BESIDE.is_dir():
        return _BESIDE
    pytest.skip(f"no YANG modules of the VTN Manager: Maven does not deliver them, and {VARIABLE} names no folder with them")


def _fetched() -> bool:
    """Whether the modules stand in the cache now; one process fetches, the others wait for it."""
    if shutil.which("mvn") is None:
        return _CACHE.is_dir()
    _CACHE.parent.mkdir(exist_ok=True)
    with (_CACHE.parent / "vtn-yang.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _CACHE.is_dir():
            return True
        repository = _CACHE.parent / "vtn-manager" / "maven"
        try:
            fetch(_ARTIFACTS, repository)
        except LabError:
            return False
        _unpack(repository, _CACHE)
    return True


def _unpack(repository: Path, target: Path) -> None:
    unpacked = target.with_suffix(".new")
    unpacked.mkdir(exist_ok=True)
    for artifact in _ARTIFACTS:
        with ZipFile(repository / artifact.path) as jar:
            for member in jar.namelist():
                if member.endswith(".yang"):
                    name = Path(member).name.partition("@")[0].removesuffix(".yang")
                    (unpacked / f"{name}.yang").write_bytes(jar.read(member))
    unpacked.rename(target)


def _with_imports(folder: Path, names: tuple[str, ...]) -> Mapping[str, tuple[str, str]]:
    """Revision and namespace of the modules and of all that they import, by name."""
    found: dict[str, tuple[str, str]] = {}
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            text = (folder / f"{name}.yang").read_text(encoding="utf-8")
            namespace = re.search(r'^\s*namespace\s+"([^"]+)"', text, re.MULTILINE)
            assert namespace, f"{name}.yang has no namespace"
            found[name] = (max(re.findall(r'^\s*revision\s+"?(\d{4}-\d\d-\d\d)', text, re.MULTILINE)), namespace[1])
            left += re.findall(r"^\s*import\s+([\w.-]+)", text, re.MULTILINE)
    return found
