"""NETCONF framing, messages and sessions (RFC 6241, RFC 6242), for both ends: no YANG, no configuration, no policy."""
