"""The session with one NETCONF endpoint, kept open between requests, with every failure sorted into the errors of the driver port.

no session could be opened          Unreachable, or Rejected for wrong credentials and files
session lost, nothing committed     Unreachable: the device drops the candidate and its locks with the session
session lost after a commit left    InDoubt
rpc-error lock-denied, in-use …     Busy
any other rpc-error                 Rejected
"""

import asyncio
from collections.abc import Callable, Mapping

from lxml import etree

from vtnmd.domain.diagnostics import Diagnostic
from vtnmd.domain.tree import Json
from vtnmd.netconf import ssh
from vtnmd.netconf.messages import Reply
from vtnmd.netconf.session import ConnectFailed, Reason, Refused, Session, SessionLost
from vtnmd.southbound.ports import Busy, EndpointError, InDoubt, Rejected, Unreachable

_TRANSIENT = frozenset({"lock-denied", "in-use", "resource-denied"})


class Link:
    """Opens the session of one inventory entry of kind `netconf` when it is needed, and again after it was lost."""

    def __init__(self, endpoint: Mapping[str, Json], secrets: Callable[[str], str]) -> None:
        self.name = str(endpoint["name"])
        self.time_limit = float(endpoint.get("timeout", 30))
        self._settings: Mapping[str, Json] = endpoint["netconf"]
        self._secrets = secrets
        self._session: Session | None = None
        self._opening = asyncio.Lock()

    async def session(self) -> Session:
        """An open session. Raises Unreachable or Rejected."""
        async with self._opening:
            if self._session is None or not self._session.is_open:
                await self._close()
                self._session = await self._open()
            return self._session

    async def ask(self, operation: etree._Element) -> Reply:
        """One request that needs no earlier one on the same session; a session that turns out to be dead is replaced once.

        Raises Refused for what the device answers, EndpointError for the rest.
        """
        session = await self.session()
        try:
            return await session.call(operation, self.time_limit)
        except SessionLost as lost:
            if session is self._session and session.is_open:
                raise self.lost(lost) from None
        return await self.call(await self.session(), operation)

    async def call(self, session: Session, operation: etree._Element, *, commits: bool = False) -> Reply:
        """One request on this very session. `commits`: without an answer it is in doubt whether it took effect.

        Raises Refused for what the device answers, InDoubt or Unreachable for a lost session.
        """
        try:
            return await session.call(operation, self.time_limit)
        except SessionLost as lost:
            raise self.lost(lost, commits=commits) from None

    def abort(self) -> None:
        """Cut the session, so that the device drops its locks and what is not committed."""
        if self._session is not None:
            self._session.abort()

    async def aclose(self) -> None:
        """Take leave and release the connection. The link may be used again afterwards."""
        async with self._opening:
            await self._close()

    async def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.aclose()

    async def _open(self) -> Session:
        target = self._target()
        try:
            if self._settings.get("client") == "ncclient":
                from vtnmd.southbound import netconf_ncclient  # noqa: PLC0415  loads paramiko, only where it is chosen

                return await netconf_ncclient.connect(target, self.time_limit)
            return await ssh.connect(target, self.time_limit)
        except ConnectFailed as failure:
            raise self._unopened(failure, target) from None

    def _target(self) -> ssh.SshTarget:
        settings = self._settings
        password = settings.get("password")
        return ssh.SshTarget(
            host=str(settings["host"]),
            port=int(settings.get("port", 830)),
            username=str(settings.get("username", "")),
            password=self._secrets(password) if password else None,
            key_file=str(settings.get("key-file", "")),
            host_key=str(settings.get("host-key", "")),
            known_hosts_file=str(settings.get("known-hosts-file", "")),
        )

    def _unopened(self, failure: ConnectFailed, target: ssh.SshTarget) -> EndpointError:
        place = f"{self.name}: {target.host} port {target.port}"
        code, error, hint = _UNOPENED[failure.reason]
        who = f" for user {target.username}" if failure.reason is Reason.CREDENTIALS else ""
        return error(Diagnostic(code, f"{place}: {failure.reason}{who}", detail=failure.detail, hint=hint))

    def lost(self, lost: SessionLost, *, commits: bool = False) -> EndpointError:
        """What a lost session means for a request."""
        if commits and lost.sent:
            return InDoubt(
                Diagnostic(
                    "VTN-E013",
                    f"{self.name}: no answer to a commit: {lost.detail}",
                    hint="it is not known whether the commit took effect; vtnmd reads before it goes on",
                )
            )
        hint = "nothing was committed; check that the device runs and is reachable from here"
        return Unreachable(Diagnostic("VTN-E010", f"{self.name}: the session was lost: {lost.detail}", hint=hint))

    def refused(self, what: str, refused: Refused) -> EndpointError:
        """What the errors of an answer mean. `what` names what was asked of the device."""
        first = refused.errors[0]
        summary = f"{self.name}: {what}: {first.message or first.tag}"
        detail = "\n".join(str(error) for error in refused.errors)
        if refused.tags <= _TRANSIENT:
            holder = _lock_holder(refused)
            return Busy(Diagnostic("VTN-E014", summary + (f" (held by session {holder})" if holder else ""), detail=detail))
        if "access-denied" in refused.tags:
            hint = "give the user of the inventory write access on the device (NACM)"
            return Rejected(Diagnostic("VTN-E205", summary, detail=detail, hint=hint))
        hint = "look at the payload with `vtnmd plan --payload`; another owner may hold what it collides with"
        return Rejected(Diagnostic("VTN-E204", summary, detail=detail, hint=hint))


def _lock_holder(refused: Refused) -> str:
    for tree in (tree for error in refused.errors for tree in error.info):
        if etree.QName(tree["tag"]).localname == "session-id" and tree.get("children"):
            return str(tree["children"][0])
    return ""


_UNOPENED: Mapping[Reason, tuple[str, type[EndpointError], str]] = {
    Reason.UNREACHABLE: ("VTN-E010", Unreachable, "check that it runs, and host and port in the inventory"),
    Reason.HOST_KEY: (
        "VTN-E201",
        Unreachable,
        "compare its host key with the device's console, then put it into host-key of the inventory or into known_hosts",
    ),
    Reason.CREDENTIALS: ("VTN-E012", Rejected, "check username, password and key-file of this endpoint in the inventory"),
    Reason.LOCAL_FILE: ("VTN-E202", Rejected, "check key-file and known-hosts-file in the inventory, and their permissions"),
    Reason.PROTOCOL: ("VTN-E203", Unreachable, "check that port is that of NETCONF (usually 830) and that NETCONF is enabled"),
}
