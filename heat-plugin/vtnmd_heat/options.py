"""The section [clients_vtnmd] of heat.conf."""

from collections.abc import Iterator, Sequence

from oslo_config import cfg

GROUP = "clients_vtnmd"

OPTIONS = (
    cfg.StrOpt(
        "url",
        help="Where vtnmd serves RESTCONF, such as https://vtnmd.example.net:8443. Without it, the endpoint of the service type "
        "'vtn' in the catalogue of Keystone is taken.",
    ),
    cfg.StrOpt(
        "endpoint_type", help="Which endpoint of the catalogue is taken; that of the section [clients] where none is given here."
    ),
    cfg.StrOpt("ca_file", help="PEM file with the certificate authorities that vtnmd's certificate may be signed by."),
    cfg.StrOpt("cert_file", help="PEM file with a certificate that Heat shows to vtnmd."),
    cfg.StrOpt("key_file", help="PEM file with the key of that certificate."),
    cfg.BoolOpt("insecure", help="Whether vtnmd's certificate is not verified."),
    cfg.IntOpt("timeout", default=30, min=1, help="Seconds until an answer must have begun."),
    cfg.BoolOpt(
        "require_probe",
        default=True,
        help="Whether a resource is complete only when packets pass through all interconnects of its VTN. Without probe agents in "
        "every region it never would be.",
    ),
)


def register() -> None:
    """Make the section known to this process; once is enough."""
    cfg.CONF.register_opts(OPTIONS, group=GROUP)


def list_opts() -> Iterator[tuple[str, Sequence[cfg.Opt]]]:
    """What oslo-config-generator asks for."""
    yield GROUP, OPTIONS
