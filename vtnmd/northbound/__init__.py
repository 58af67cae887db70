"""What clients are offered: the datastores over RESTCONF and NETCONF, who may do what, operational state, operations and events."""
