"""NETCONF for clients (RFC 6241 and what builds on it), over the backend that RESTCONF shares."""
