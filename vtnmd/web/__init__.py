"""What vtnmd shows over HTTP on this machine."""
