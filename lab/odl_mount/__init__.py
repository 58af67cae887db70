"""A genuine OpenDaylight with its NETCONF connector, in a network namespace of its own, to mount vtnmd as a device."""
