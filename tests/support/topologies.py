"""Topologies of any size, as a designer would write them, for examples/global-shop's inventory."""

_HEAD = """tosca_definitions_version: tosca_simple_yaml_1_3
metadata: { template_name: large }
imports: [ vtnmd ]
topology_template:
  node_templates:
    east: { type: vtnmd.nodes.Region }
    west: { type: vtnmd.nodes.Region }
    gold: { type: vtnmd.nodes.QosClass, properties: { dscp: 46, priority: 5 } }
"""
_TENANT = """    tenant-{tenant}: {{ type: vtnmd.nodes.Tenant }}
    net-{tenant}: {{ type: vtnmd.nodes.Vtn, requirements: [ {{ tenant: tenant-{tenant} }} ] }}
    routed-{tenant}:
      type: vtnmd.nodes.Interconnect
      properties: {{ kind: mpls-l3vpn, bandwidth: {{ min: 10 Mbps, max: 20 Mbps }} }}
      requirements: [ {{ vtn: net-{tenant} }}, {{ router: core-{tenant} }}, {{ qos-class: gold }} ]
    core-{tenant}:
      type: vtnmd.nodes.Router
      requirements:
        - vtn: net-{tenant}
"""
_SEGMENT = """    segment-{tenant}-{number}:
      type: vtnmd.nodes.Segment
      properties: {{ cidr: 10.{tenant}.{number}.0/24, gateway: 10.{tenant}.{number}.1 }}
      requirements: [ {{ vtn: net-{tenant} }}, {{ region: {region} }} ]
"""
_SERVER = """    server-{number}:
      type: tosca.nodes.Compute
      capabilities: {{ host: {{ properties: {{ num_cpus: 1, mem_size: 2 GB }} }} }}
    port-{number}:
      type: tosca.nodes.network.Port
      requirements: [ {{ binding: server-{number} }}, {{ link: segment-0-{segment} }} ]
"""
_GROUP = """    servers-{number}:
      type: vtnmd.groups.Workload
      members: [ server-{number}, port-{number} ]
      properties: {{ regions: [ {region} ] }}
"""
_REGIONS = ("east", "west")


def written(*, tenants: int, segments: int, servers: int = 0) -> str:
    """Each tenant has a router over its segments, which stand in the two regions in turn; servers are in those of the first."""
    parts = [_HEAD]
    for tenant in range(tenants):
        parts.append(_TENANT.format(tenant=tenant))
        parts += [f"        - segment: segment-{tenant}-{number}\n" for number in range(segments)]
        parts += [_SEGMENT.format(tenant=tenant, number=number, region=_REGIONS[number % 2]) for number in range(segments)]
    parts += [_SERVER.format(number=number, segment=number % segments) for number in range(servers)]
    if servers:
        parts.append("  groups:\n")
        parts += [_GROUP.format(number=number, region=_REGIONS[number % segments % 2]) for number in range(servers)]
    return "".join(parts)
