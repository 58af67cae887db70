"""Constraints of properties that vtnmd is asked about while a template is validated."""

from heat.engine import constraints

from vtnmd_heat import errors
from vtnmd_heat.client_plugin import CLIENT_NAME


class VtnConstraint(constraints.BaseCustomConstraint):
    """`vtnmd.vtn`: a VTN that is there."""

    expected_exceptions = (errors.VtnmdError,)
    resource_client_name = CLIENT_NAME
    resource_getter_name = "find_vtn"


class RegionConstraint(constraints.BaseCustomConstraint):
    """`vtnmd.region`: a region of vtnmd's inventory."""

    expected_exceptions = (errors.VtnmdError,)
    resource_client_name = CLIENT_NAME
    resource_getter_name = "find_region"
