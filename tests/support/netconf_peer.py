"""The client's end of NETCONF, raw: what is sent is sent as it stands, and what comes back is given as XML."""

import asyncio
from typing import Any

import asyncssh
from lxml import etree

from vtnmd.netconf.framing import Deframer, frame
from vtnmd.netconf.messages import BASE_1_0, BASE_1_1, Hello, parse_xml, to_octets
from vtnmd.netconf.xmltree import BASE

PATIENCE = 20.0


class Closed(Exception):
    """The server has ended the session."""


class Peer:
    """One session."""

    def __init__(self, connection: asyncssh.SSHClientConnection, writer: Any, reader: Any) -> None:
        self.connection = connection
        self.writer = writer
        self.notices: list[etree._Element] = []
        self.hello: etree._Element = etree.Element("none")
        self._reader = reader
        self._deframer = Deframer()
        self._number = 0

    @property
    def number(self) -> int:
        return int(self.hello.findtext(f"{{{BASE}}}session-id", "0"))

    async def receive(self) -> etree._Element:
        """The next message. Raises Closed."""
        async with asyncio.timeout(PATIENCE):
            while (octets := self._deframer.next_message()) is None:
                try:
                    received = await self._reader.read(65536)
                except asyncssh.Error:
                    raise Closed from None
                if not received:
                    raise Closed
                self._deframer.feed(received)
        return parse_xml(octets)

    async def greet(self, *capabilities: str) -> None:
        """Exchange hellos; base 1.1 unless it is not among the capabilities."""
        self.hello = await self.receive()
        self.writer.write(frame(to_octets(Hello(capabilities)), chunked=False))
        self._deframer.chunked = BASE_1_1 in capabilities

    def send(self, text: str) -> None:
        self.writer.write(frame(text.encode(), chunked=self._deframer.chunked))

    async def reply(self) -> etree._Element:
        """The next reply; notifications that come before it are kept."""
        while etree.QName(message := await self.receive()).localname == "notification":
            self.notices.append(message)
        return message

    async def ask(self, operation: str) -> etree._Element:
        self._number += 1
        self.send(f'<rpc xmlns="{BASE}" message-id="{self._number}">{operation}</rpc>')
        reply = await self.reply()
        assert reply.get("message-id") == str(self._number)
        return reply

    async def notice(self) -> etree._Element:
        """The next notification."""
        return self.notices.pop(0) if self.notices else await self.receive()


async def peer(host: str, port: int, user: str, password: str, capabilities: tuple[str, ...] = (BASE_1_0, BASE_1_1)) -> Peer:
    """A session after the hellos."""
    connection = await asyncssh.connect(
        host, port, username=user, password=password, known_hosts=None, client_keys=None, agent_path=None, config=None
    )
    writer, reader, _ = await connection.open_session(subsystem="netconf", encoding=None)
    found = Peer(connection, writer, reader)
    await found.greet(*capabilities)
    return found
