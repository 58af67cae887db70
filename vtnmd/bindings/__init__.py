"""For clients in Python: typed bindings of the service models, Intents made of them, and the way to a server (docs/bindings.md)."""

from vtnmd.bindings.documents import bound_of, intent_of
from vtnmd.bindings.submitting import Fetched, Server, Submitted, fetch, submit

__all__ = ["Fetched", "Server", "Submitted", "bound_of", "fetch", "intent_of", "submit"]
