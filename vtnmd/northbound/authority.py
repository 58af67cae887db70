"""Who may do what, as the protocols ask it (RFC 8341 section 3.2); `vtnmd.northbound.nacm` answers from rules."""

from typing import Protocol

from vtnmd.domain.tree import Json
from vtnmd.northbound.procedures import Step
from vtnmd.yang.nodes import SchemaNode


class Authority(Protocol):
    """What one user may do, decided by one version of the rules."""

    @property
    def unbounded(self) -> bool:
        """Whether everything is allowed, so that nothing has to be asked."""

    @property
    def bound(self) -> bool:
        """Whether the user is bound to tenants."""

    def owns(self, service: Json) -> bool:
        """Whether an entry of the list of services is the user's whole: any is, of who is not bound."""

    def readable(self, document: Json, root: SchemaNode | None = None) -> Json:
        """An RFC 7951 document without what may not be read; entries whose keys may not be read are left out.

        `root` is the schema node that the document is an object of, for less than a whole one.
        """

    def may_read(self, member: str) -> bool:
        """Whether all of a top-level member may be read, whatever it holds."""

    def check_write(self, before: Json, after: Json) -> None:
        """Raise Refused (access-denied) with every instance that an edit may not create, change or delete.

        Both are RFC 7951 documents from the root; what they share is not looked at.
        """

    def check_execute(self, operation: SchemaNode, target: tuple[Step, ...] = (), document: Json = None) -> None:
        """Raise Refused (access-denied) where an RPC or action may not be called.

        `target` leads to the instance of an action. `document` is the configuration with the service that it stands in, if any.
        """

    def may_receive(self, member: str) -> bool:
        """Whether a notification may be told."""
