"""Enrols what an endpoint proves itself with: its SSH host key or its certificate, once somebody has compared the fingerprint."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from vtnmd.domain.diagnostics import Diagnostic, Invalid
from vtnmd.domain.inventory import Endpoint
from vtnmd.southbound.identity import fetch_certificate, fetch_host_key
from vtnmd.state import open_store
from vtnmd.usecases.services import find_inventory

_USER_HOSTS = Path("~/.ssh/known_hosts")


@dataclass(frozen=True, slots=True)
class Shown:
    """What an endpoint showed: `kind` of proof, its fingerprint, the text to enrol and the file it belongs in.

    `known` tells that it stands there already.
    """

    kind: str
    fingerprint: str
    text: str
    file: Path
    known: bool


def fetch(endpoint: str, inventory: Path | None, state: str) -> Shown:
    """Ask an endpoint, `REGION/NAME`, for its host key or certificate. Raises Invalid or EndpointError."""
    with open_store(state, create=False) as store:
        found = find_inventory(inventory, store)
    entries = {entry.id: entry for entry in found.endpoints()} if found else {}
    if endpoint not in entries:
        hint = f"endpoints of the inventory: {', '.join(entries)}" if entries else "name an inventory with -I"
        raise Invalid(Diagnostic("VTN-I006", f"the inventory has no endpoint {endpoint}", hint=hint))
    return _host_key(entries[endpoint]) if entries[endpoint].kind == "netconf" else _certificate(entries[endpoint])


def enrol(shown: Shown) -> None:
    """Add it to its file. Raises Invalid (VTN-F008)."""
    try:
        shown.file.parent.mkdir(parents=True, exist_ok=True)
        held = _held(shown.file)
        with shown.file.open("a", encoding="ascii") as file:
            file.write(shown.text if held.endswith("\n") or not held else f"\n{shown.text}")
    except OSError as error:
        raise Invalid(
            Diagnostic("VTN-F008", f"{shown.file} cannot be written: {error.strerror}", hint="check its rights")
        ) from None


def _host_key(endpoint: Endpoint) -> Shown:
    host, port = endpoint.settings["host"], int(endpoint.settings["port"])
    found = asyncio.run(fetch_host_key(endpoint.id, host, port, endpoint.timeout))
    file = Path(endpoint.settings.get("known-hosts-file", _USER_HOSTS)).expanduser()
    place = host if port == 22 else f"[{host}]:{port}"
    return _shown("host key", found.fingerprint, f"{place} {found.text}\n", file)


def _certificate(endpoint: Endpoint) -> Shown:
    url = endpoint.settings.get("url", "")
    if not url.startswith("https://") or "ca-file" not in endpoint.settings:
        hint = "a cloud is trusted by its authority: name that in ca-file, or cacert of clouds.yaml"
        if endpoint.kind != "heat":
            hint = "give it an https URL and a ca-file in the inventory"
        raise Invalid(Diagnostic("VTN-I007", f"nothing of {endpoint.id} can be enrolled", hint=hint))
    found = asyncio.run(fetch_certificate(endpoint.id, url, endpoint.timeout))
    return _shown("certificate", found.fingerprint, found.text, Path(endpoint.settings["ca-file"]))


def _shown(kind: str, fingerprint: str, text: str, file: Path) -> Shown:
    return Shown(kind, fingerprint, text, file, text.strip() in _held(file))


def _held(file: Path) -> str:
    """What the file holds; nothing where it cannot be read. Comments may be in any encoding."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
