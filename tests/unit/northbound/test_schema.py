"""The data model that clients are served."""

import subprocess
import sys
from pathlib import Path

import pytest

from vtnmd.domain.diagnostics import Invalid
from vtnmd.domain.models import Models
from vtnmd.northbound.schema import OWN_FORM, northbound_schema
from vtnmd.yang.library import standard_folders


def test_what_is_not_offered_is_not_there() -> None:
    operations = northbound_schema().root.operations
    target = operations["ietf-netconf:edit-config"].operations["input"].children["target"]
    assert set(target.children) == {"candidate", "running"}
    assert "nc-notifications:netconf" in northbound_schema().root.children


def test_a_designer_cannot_take_the_name_of_a_module() -> None:
    text = 'module notifications { namespace "urn:n"; prefix n; }'
    with pytest.raises(Invalid, match="has the name of a module"):
        northbound_schema(Models({"yang/notifications.yang": text}))


@pytest.mark.parametrize("module", sorted(OWN_FORM.glob("*.yang")), ids=lambda path: path.stem)
def test_own_forms_of_standards_are_valid_yang(module: Path) -> None:
    folders = ":".join(str(folder) for folder in (*standard_folders(), OWN_FORM))
    program = Path(sys.executable).with_name("pyang")
    done = subprocess.run([program, "--strict", "--path", folders, module], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
