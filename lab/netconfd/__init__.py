"""Real NETCONF devices on loopback."""
