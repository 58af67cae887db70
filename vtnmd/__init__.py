"""Model-driven orchestrator for virtual tenant networks that span datacenter regions."""

__version__ = "0.1.0"
