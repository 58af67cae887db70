"""The settings of each service, as sections of oslo.config files. Pure but for `write`."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from lab.openstack.site import DOMAIN_ID, PHYSICAL_NETWORKS, STACK_DOMAIN, STACK_DOMAIN_ADMIN, Region, Site, url

Sections = Mapping[str, Mapping[str, object]]
"""Settings by section and name. Several values of one setting stand in a tuple."""

HOST = "lab"
"""What services call the machine that they run on."""

TOKEN_SECONDS = 3
"""For so long Heat remembers that a token is good, and takes it although it was revoked; 300 by default."""

_QUERY_ACTIONS = (
    *("ListStacks", "CreateStack", "DescribeStacks", "UpdateStack", "CancelUpdateStack", "DeleteStack"),
    *("GetTemplate", "ValidateTemplate", "EstimateTemplateCost"),
    *("DescribeStackEvents", "DescribeStackResource", "DescribeStackResources", "ListStackResources"),
)
"""What Heat's own policy lets nobody do: it compares the project of the user with one that the API, compatible with CloudFormation,
never names (`StackController._enforce` in Heat 27, heat.api.cfn.v1.stacks)."""


def write_keystone(site: Site) -> Path:
    """Write Keystone's settings; gives the file."""
    path = site.folder / "keystone/keystone.conf"
    write(keystone(site), path)
    return path


def write_region(site: Site, region: Region, venv: Path) -> dict[str, str]:
    """Write the settings of a region's services; gives the file of each."""
    files = {
        "placement": ("placement.conf", placement(site, region)),
        "neutron": ("neutron.conf", neutron(site, region, venv)),
        "glance": ("glance-api.conf", glance(site, region, venv)),
        "cinder": ("cinder.conf", cinder(site, region, venv)),
        "nova": ("nova.conf", nova(site, region, venv)),
        "heat": ("heat.conf", heat(site, region, venv)),
    }
    written = {}
    for service, (name, sections) in files.items():
        path = site.home(region) / service / name
        write(sections, path)
        written[service] = str(path)
    policy = [f'"cloudformation:{action}": "rule:deny_stack_user"' for action in _QUERY_ACTIONS]
    (site.home(region) / "heat/policy.yaml").write_text("\n".join([*policy, ""]))
    if site.heat_config:
        shutil.copyfile(site.heat_config, site.home(region) / "heat/more.conf")
    return written


def write(sections: Sections, path: Path) -> None:
    """Write a file of settings that only its owner may read, for it holds passwords."""
    lines = []
    for section, settings in sections.items():
        lines.append(f"[{section}]")
        lines += [f"{name} = {value}" for name, given in settings.items() for value in _values(given)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)
    path.write_text("\n".join([*lines, ""]))


def keystone(site: Site) -> Sections:
    folder = site.folder / "keystone"
    return {
        "DEFAULT": {"log_file": folder / "log", "use_stderr": False},
        "database": {"connection": site.database(site.regions[0], "keystone")},
        "token": {"provider": "fernet"},
        "fernet_tokens": {"key_repository": folder / "token-keys"},
        "credential": {"key_repository": folder / "credential-keys"},
        "cache": {"enabled": True, "backend": "oslo_cache.dict"},
        # Passwords of a run are random and short-lived: bcrypt at its least keeps logins fast.
        "identity": {"password_hash_algorithm": "bcrypt", "password_hash_rounds": 4},
        "oslo_policy": {"enforce_scope": False},
    }


def placement(site: Site, region: Region) -> Sections:
    return {
        "DEFAULT": _log(site, region, "placement"),
        "api": {"auth_strategy": "keystone"},
        "placement_database": {"connection": site.database(region, "placement"), "sync_on_startup": False},
        **_token_check(site, region, "placement"),
    }


def glance(site: Site, region: Region, venv: Path) -> Sections:
    home = site.home(region) / "glance"
    return {
        "DEFAULT": {**_log(site, region, "glance"), "transport_url": "fake://", "enabled_backends": "files:file", "workers": 0},
        "glance_store": {"default_backend": "files"},
        "files": {"filesystem_store_datadir": home / "images"},
        "os_glance_tasks_store": {"filesystem_store_datadir": home / "tasks"},
        "os_glance_staging_store": {"filesystem_store_datadir": home / "staging"},
        "database": {"connection": site.database(region, "glance")},
        "paste_deploy": {"flavor": "keystone", "config_file": venv / "etc/glance/glance-api-paste.ini"},
        **_alone(home),
        **_token_check(site, region, "glance"),
    }


def neutron(site: Site, region: Region, venv: Path) -> Sections:
    home = site.home(region) / "neutron"
    return {
        "DEFAULT": {
            **_log(site, region, "neutron"),
            "transport_url": "fake://",
            "core_plugin": "ml2",
            "service_plugins": "router",
            "api_paste_config": venv / "etc/neutron/api-paste.ini",
            "auth_strategy": "keystone",
            "state_path": home,
            "host": HOST,
            # No agent listens, and Nova's fake hypervisor waits for no port.
            "dhcp_agent_notification": False,
            "notify_nova_on_port_status_changes": False,
            "notify_nova_on_port_data_changes": False,
            "rpc_workers": 0,
            # As large as the frames of the simulated cloud.
            "global_physnet_mtu": 9000,
        },
        "database": {"connection": site.database(region, "neutron")},
        "ml2": {
            "type_drivers": "flat,vlan",
            "tenant_network_types": "vlan",
            "mechanism_drivers": "vtnmd_lab",
            "extension_drivers": "port_security",
        },
        # What tenants get by themselves; vtnmd names VLANs of its inventory, which lie outside.
        "ml2_type_vlan": {"network_vlan_ranges": ",".join(f"{name}:2000:2999" for name in PHYSICAL_NETWORKS)},
        **_alone(home),
        **_token_check(site, region, "neutron"),
    }


def cinder(site: Site, region: Region, venv: Path) -> Sections:
    home = site.home(region) / "cinder"
    return {
        "DEFAULT": {
            **_log(site, region, "cinder"),
            "transport_url": "fake://",
            "auth_strategy": "keystone",
            "api_paste_config": venv / "etc/cinder/api-paste.ini",
            "state_path": home,
            "host": HOST,
            "enabled_backends": "fake",
            # Services in one process all report under the number of the last (Cinder 29, cinder.service.Service.service_id), so
            # that the others would be taken for dead.
            "service_down_time": 1_000_000,
            "rootwrap_config": "/dev/null",
            "my_ip": region.address,
        },
        "fake": {"volume_driver": "vtnmd_lab_volumes.LabVolumeDriver", "volume_backend_name": "fake"},
        "database": {"connection": site.database(region, "cinder")},
        "coordination": {"backend_url": f"file://{home}"},
        "nova": {**_login(site, region, "cinder"), "region_name": region.name},
        **_alone(home),
        **_token_check(site, region, "cinder"),
    }


def nova(site: Site, region: Region, venv: Path) -> Sections:
    home = site.home(region) / "nova"
    return {
        "DEFAULT": {
            **_log(site, region, "nova"),
            "transport_url": "fake://",
            "compute_driver": "fake.FakeDriver",
            "state_path": home,
            "my_ip": region.address,
            "host": HOST,
            "rootwrap_config": "/dev/null",
            "enabled_apis": "osapi_compute",
            # There is no other host, and Heat waits for a resize until the time of its stack is over.
            "allow_resize_to_same_host": True,
            # The fake hypervisor plugs no interface, so nothing would say that one is plugged.
            "vif_plugging_is_fatal": False,
            "vif_plugging_timeout": 0,
        },
        "wsgi": {"api_paste_config": venv / "etc/nova/api-paste.ini"},
        "api_database": {"connection": site.database(region, "nova_api")},
        "database": {"connection": site.database(region, "nova")},
        "conductor": {"workers": 1},
        "scheduler": {"workers": 1},
        "vnc": {"enabled": False},
        "cache": {"enabled": False},
        "glance": {"region_name": region.name, "endpoint_override": url(region, "glance")},
        "cinder": {**_login(site, region, "nova"), "os_region_name": region.name, "catalog_info": "volumev3:cinder:publicURL"},
        "neutron": {**_login(site, region, "nova"), "region_name": region.name},
        "placement": {**_login(site, region, "nova"), "region_name": region.name},
        "service_user": {**_login(site, region, "nova"), "send_service_user_token": True},
        **_alone(home),
        **_token_check(site, region, "nova"),
    }


def heat(site: Site, region: Region, venv: Path) -> Sections:
    home, login = site.home(region) / "heat", _login(site, region, "heat")
    return {
        "DEFAULT": {
            **_log(site, region, "heat"),
            "transport_url": "fake://",
            "num_engine_workers": 1,
            # Five times by default, with pauses that double, until a resource is given up that cannot be made.
            "action_retry_limit": 1,
            "host": f"{HOST}-{region.name}",
            "environment_dir": venv / "etc/heat/environment.d",
            "template_dir": venv / "etc/heat/templates",
            "region_name_for_services": region.name,
            "heat_metadata_server_url": url(region, "heat-cfn"),
            "heat_waitcondition_server_url": f"{url(region, 'heat-cfn')}/v1/waitcondition",
            "stack_user_domain_name": STACK_DOMAIN,
            "stack_domain_admin": STACK_DOMAIN_ADMIN,
            "stack_domain_admin_password": site.secrets.stack_domain_admin,
            "auth_encryption_key": site.secrets.heat_encryption,
            **_deferred(site.trusts),
        },
        "database": {"connection": site.database(region, "heat")},
        "paste_deploy": {"api_paste_config": venv / "etc/heat/api-paste.ini"},
        "clients_keystone": {"auth_uri": site.auth_url},
        "oslo_policy": {"policy_file": home / "policy.yaml"},
        # The trust that Heat logs in with says which project it is for.
        "trustee": {name: value for name, value in login.items() if not name.startswith("project")},
        # Heat appends the version by itself.
        "ec2authtoken": {**login, "endpoint_override": site.auth_url.removesuffix("/v3")},
        **_alone(home),
        "keystone_authtoken": {**_token_check(site, region, "heat")["keystone_authtoken"], "token_cache_time": TOKEN_SECONDS},
    }


def _deferred(trusts: bool) -> dict[str, object]:
    """By what Heat acts when whoever asked is gone: by a trust of theirs, or not at all.

    Since version 30, Keystone gives no trust to whoever signs with an EC2 credential (`_check_delegated_token` in its module
    keystone.api.trusts), so with trusts Heat refuses to make stacks of signed requests.
    """
    if trusts:
        return {"deferred_auth_method": "trusts", "reauthentication_auth_method": "trusts"}
    return {"deferred_auth_method": "password"}


def _log(site: Site, region: Region, service: str) -> dict[str, object]:
    return {"log_file": site.home(region) / service / "log", "use_stderr": False}


def _alone(home: Path) -> Sections:
    """Settings of a service without broker: what it would tell others it keeps to itself."""
    return {"oslo_concurrency": {"lock_path": home / "locks"}, "oslo_messaging_notifications": {"driver": "noop"}}


def _login(site: Site, region: Region, service: str) -> dict[str, object]:
    """How a service logs in to Keystone, as any section takes it that keystoneauth reads."""
    return {
        "auth_type": "password",
        "auth_url": site.auth_url,
        "username": service,
        "password": site.secrets.services[service],
        "user_domain_id": DOMAIN_ID,
        "project_name": "service",
        "project_domain_id": DOMAIN_ID,
        "region_name": region.name,
    }


def _token_check(site: Site, region: Region, service: str) -> Sections:
    """Settings of keystonemiddleware, which checks the tokens of clients."""
    own = {"www_authenticate_uri": site.auth_url, "service_token_roles": "service", "service_token_roles_required": True}
    return {"keystone_authtoken": {**_login(site, region, service), **own}}


def _values(given: object) -> tuple[object, ...]:
    return given if isinstance(given, tuple) else (given,)
