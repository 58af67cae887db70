"""Hand-offs as folders: where files go, and what is refused."""

import zipfile
from pathlib import Path

import pytest
import yaml

from tests.support.hand_off import SERVER
from tests.support.tosca import service, write
from vtnmd.domain.diagnostics import Invalid
from vtnmd.usecases.rendering import render_source
from vtnmd.usecases.services import Source

META = "TOSCA-Meta-File-Version: 1.1\nCSAR-Version: 1.1\nCreated-By: me\nEntry-Definitions: D/s.yaml\n"


def text(implementation: str) -> str:
    return service(f"""
        topology_template:
          node_templates:
            s: {SERVER}
            a:
              type: tosca.nodes.WebServer
              requirements: [ host: s ]
              interfaces: {{ Standard: {{ create: {implementation} }} }}
    """)


def rendered(path: Path, *targets: str) -> dict[str, str | bytes]:
    return render_source(Source(path), "", targets).files


def refused(path: Path, *targets: str) -> list[str]:
    with pytest.raises(Invalid) as error:
        render_source(Source(path), "", targets)
    return [problem.code for problem in error.value.diagnostics if problem.severity == "error"]


def test_files_go_beside_the_template(tmp_path: Path) -> None:
    write(tmp_path, "#!/bin/sh\n", "scripts/a.sh")
    found = rendered(write(tmp_path, text("scripts/a.sh")))
    assert sorted(found) == ["scripts/a.sh", "template.yaml"]
    assert found["scripts/a.sh"] == b"#!/bin/sh\n"


def test_a_template_of_an_archive_stands_as_deep_as_its_files_demand(tmp_path: Path) -> None:
    archive = tmp_path / "shop.csar"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("TOSCA-Metadata/TOSCA.meta", META)
        file.writestr("D/s.yaml", text("../scripts/a.sh"))
        file.writestr("scripts/a.sh", "#!/bin/sh\n")
    assert sorted(rendered(archive)) == ["D/template.yaml", "scripts/a.sh"]


def test_an_unpacked_archive_is_a_service_as_well(tmp_path: Path) -> None:
    write(tmp_path, "", "TOSCA-Metadata/TOSCA.meta")
    write(tmp_path, "#!/bin/sh\n", "scripts/a.sh")
    found = rendered(write(tmp_path, text("../scripts/a.sh"), "D/s.yaml"))
    assert sorted(found) == ["D/template.yaml", "scripts/a.sh"]


@pytest.mark.parametrize("file", ["../a.sh", "/etc/hostname", "file:///etc/hostname"])
def test_a_file_outside_of_the_service_is_refused(tmp_path: Path, file: str) -> None:
    write(tmp_path, "#!/bin/sh\n", "a.sh")
    assert refused(write(tmp_path / "service", text(file))) == ["VTN-H008"]


def test_a_link_that_leads_out_of_the_service_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "secret", "secret")
    path = write(tmp_path / "service", text("a.sh"))
    (tmp_path / "service" / "a.sh").symlink_to(tmp_path / "secret")
    assert refused(path) == ["VTN-H008"]


def test_a_file_that_is_missing_is_a_warning(tmp_path: Path) -> None:
    found = render_source(Source(write(tmp_path, text("a.sh"))), "", ())
    assert [warning.code for warning in found.warnings] == ["VTN-H008"]


def test_a_file_never_takes_the_place_of_a_template(tmp_path: Path) -> None:
    write(tmp_path, "- hosts: all\n", "template.yaml")
    assert refused(write(tmp_path, text("template.yaml"))) == ["VTN-H007"]


def test_each_target_has_its_file(tmp_path: Path) -> None:
    path = write(tmp_path, service(f"topology_template: {{ node_templates: {{ s: {SERVER} }} }}"))
    found = rendered(path, "heat", "cfn")
    assert sorted(found) == ["template.cfn.yaml", "template.yaml"]
    assert yaml.safe_load(found["template.cfn.yaml"])["HeatTemplateFormatVersion"] == "2012-12-12"


def test_a_plain_topology_has_no_other_targets(tmp_path: Path) -> None:
    path = write(tmp_path, service(f"topology_template: {{ node_templates: {{ s: {SERVER} }} }}"))
    assert refused(path, "odl") == ["VTN-H010"]


def test_a_service_with_nodes_of_vtnmd_goes_to_its_regions_in_either_form(tmp_path: Path) -> None:
    example = Path(__file__).parents[3] / "examples" / "global-shop"
    source = Source(example, inventory=example / "inventory.yaml")
    found = render_source(source, str(tmp_path / "state"), ("heat", "cfn")).files
    stacks = [name.partition("/heat/")[2] for name in found if name.startswith("east/heat/")]
    assert len(stacks) == 3
    assert sorted(name for name in found if "/cfn/" in name) == sorted(
        f"{r}/cfn/{s}"
        for r in ("east", "west")
        for s in (name.partition(f"{r}/heat/")[2] for name in found if name.startswith(f"{r}/heat/"))
    )
    for name in found:
        if "/cfn/" in name:
            template, hot = yaml.safe_load(found[name]), yaml.safe_load(found[name.replace("/cfn/", "/heat/")])
            assert template["AWSTemplateFormatVersion"] == "2010-09-09"
            assert {key: each["Type"] for key, each in template["Resources"].items()} == {
                key: each["type"] for key, each in hot["resources"].items()
            }
            assert template["Outputs"].keys() == hot["outputs"].keys()
            assert "get_" not in str(template["Resources"])
