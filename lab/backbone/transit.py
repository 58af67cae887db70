"""What a transit node does: find its adjacency label on top, pop it, send the rest over that link (RFC 8660). Pure."""

from collections.abc import Iterable, Iterator

from lab.backbone.inventory import Port


def transit_flows(ports: Iterable[Port]) -> Iterator[str]:
    """The OpenFlow rules of a node with these ports. What carries no label of the node is dropped.

    The label below keeps its own traffic class and time to live: nothing is swapped. There always is one below, since the head end
    puts a service label under the stack; a frame without would leave as no MPLS frame, and is dropped.
    """
    for port in ports:
        if port.label is not None:
            yield (
                f"priority=100,dl_type=0x8847,mpls_label={port.label},mpls_bos=0,actions=pop_mpls:0x8847,"
                f"set_field:{port.address}->eth_src,set_field:{port.far_address}->eth_dst,output:{port.name}"
            )
