"""Servers of a Nova with the fake hypervisor, given a network stack: each of their ports becomes a host in the region's fabric."""
