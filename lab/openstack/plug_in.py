"""vtnmd's resource plug-in in every Heat of the lab, for a vtnmd that tests start beside it."""

from pathlib import Path

from lab.isolation import CHECKOUT

FOLDER = CHECKOUT / "heat-plugin"
URL = "https://127.0.0.1:8443"
"""Where the plug-in looks for vtnmd, in the namespace of the lab."""
AUTHORITY = "vtnmd.pem"
"""The certificate that it trusts, a file in the folder of what runs; whoever starts vtnmd puts it there."""

_SETTINGS = f"""[DEFAULT]
plugin_dirs = {FOLDER}/vtnmd_heat/plugins

[clients_vtnmd]
url = {URL}
ca_file = {AUTHORITY}
"""


def write_settings(folder: Path) -> Path:
    """Write what each Heat reads last; gives the file."""
    path = folder / "heat-plugin.conf"
    path.write_text(_SETTINGS)
    return path
