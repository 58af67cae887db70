"""The simulated Nova and Cinder: servers, server groups, volumes and their attachments, as API bodies in a `CloudState`."""

from collections.abc import Mapping

from vtnmd.domain.tree import Json
from vtnmd.lab.cloud_network import make_port
from vtnmd.lab.cloud_state import CloudError, CloudState


def make_server(cloud: CloudState, name: str, properties: Mapping[str, Json]) -> dict[str, Json]:
    """Boot a server on its ports. Raises CloudError as Nova's scheduler does where no hypervisor has room."""
    if len(cloud.objects["servers"]) >= cloud.limits.servers:
        raise CloudError("ResourceInError", 'Went to status ERROR due to "Message: No valid host was found. , Code: 500"')
    server = cloud.make("servers", name, {"status": "ACTIVE", "ports": []})
    try:
        server |= server_form(cloud, server["id"], properties)
    except CloudError:
        del cloud.objects["servers"][server["id"]]
        raise
    return server


def server_form(cloud: CloudState, identity: str, properties: Mapping[str, Json]) -> dict[str, Json]:
    """The members of a server that its properties decide; its ports become bound to it."""
    ports = [_port(cloud, identity, entry) for entry in properties.get("networks") or ()]
    for port in ports:
        port |= {"device_id": identity, "device_owner": "compute:nova", "status": "ACTIVE"}
    return {
        "flavor": properties["flavor"],
        "image": properties.get("image") or "",
        "ports": [port["id"] for port in ports],
        "config_drive": bool(properties.get("config_drive")),
        "user_data": properties.get("user_data") or "",
        "metadata": properties.get("metadata") or {},
        "scheduler_hints": properties.get("scheduler_hints") or {},
    }


def _port(cloud: CloudState, server: str, entry: Mapping[str, Json]) -> dict[str, Json]:
    """The port that an entry of `networks` names, or a new one on the network that it names."""
    if entry.get("port"):
        port = cloud.find("ports", entry["port"])
        if port["device_id"] not in {"", server}:
            raise CloudError("Conflict", f"Port {port['id']} is still in use.")
        return port
    if not entry.get("network"):
        raise CloudError("BadRequest", 'One of the properties "network", "port" or "subnet" should be set for a server network.')
    fixed = [{"ip_address": entry["fixed_ip"]}] if entry.get("fixed_ip") else None
    port = make_port(cloud, "", {"network": entry["network"], "fixed_ips": fixed})
    port["made_for"] = server
    return port


def release_ports(cloud: CloudState, server: Mapping[str, Json]) -> None:
    """Unbind the ports of a server; those that Nova made for it go."""
    for identity in server["ports"]:
        port = cloud.objects["ports"].get(identity)
        if port is None or port["device_id"] != server["id"]:
            continue
        if port.get("made_for") == server["id"]:
            del cloud.objects["ports"][identity]
        else:
            port |= {"device_id": "", "device_owner": "", "status": "DOWN"}


def make_server_group(cloud: CloudState, name: str, properties: Mapping[str, Json]) -> dict[str, Json]:
    return cloud.make("server_groups", name, {"policies": properties.get("policies") or ["anti-affinity"]})


def make_volume(cloud: CloudState, name: str, properties: Mapping[str, Json]) -> dict[str, Json]:
    if not properties.get("size") and not properties.get("source_volid"):
        raise CloudError("BadRequest", "Invalid input received: volume size is missing.")
    return cloud.make("volumes", name, {"status": "available", "size": properties.get("size"), "attachments_list": []})


def make_volume_attachment(cloud: CloudState, name: str, properties: Mapping[str, Json]) -> dict[str, Json]:
    volume, server = cloud.find("volumes", properties["volume_id"]), cloud.find("servers", properties["instance_uuid"])
    if volume["status"] != "available":
        raise CloudError("BadRequest", f"Invalid volume: volume {volume['id']} is already attached to an instance.")
    device = properties.get("mountpoint") or ""
    attachment = cloud.make("volume_attachments", name, {"volume_id": volume["id"], "server_id": server["id"], "device": device})
    volume |= {"status": "in-use", "attachments_list": [{"server_id": server["id"], "device": device}]}
    return attachment


def detach_volume(cloud: CloudState, attachment: Mapping[str, Json]) -> None:
    volume = cloud.objects["volumes"].get(attachment["volume_id"])
    if volume is not None:
        volume |= {"status": "available", "attachments_list": []}
