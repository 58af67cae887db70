"""Follow what a NETCONF device has committed: one session, asked again and again, and made anew when the device comes back."""

import asyncio
from collections.abc import AsyncIterator

from lxml import etree

from vtnmd.netconf.operations import get_config
from vtnmd.netconf.session import ClientSession, SessionError
from vtnmd.netconf.ssh import SshTarget, connect

_PERIOD = 0.3
_TIME_LIMIT = 5.0
_SELECTION = ({"tag": "{urn:vtnmd:yang:vtnmd-pe}pe"},)
_EMPTY = b"<data/>"


async def running_configurations(target: SshTarget) -> AsyncIterator[bytes | str]:
    """The running datastore's container `pe` as XML, first and whenever it has become another; text tells why the device is away.

    Never ends. While the device is away nothing is known, and nothing is given but that.
    """
    last: bytes | str = b""
    while True:
        try:
            session = await connect(target, _TIME_LIMIT)
        except SessionError as error:
            seen: bytes | str = str(error)
            if seen != last:
                last = seen
                yield seen
            await asyncio.sleep(_PERIOD)
            continue
        try:
            while True:
                seen = await _running(session)
                if seen != last:
                    last = seen
                    yield seen
                await asyncio.sleep(_PERIOD)
        except SessionError as error:
            last = str(error)
            yield last
        finally:
            session.abort()
            await session.aclose()


async def _running(session: ClientSession) -> bytes:
    data = (await session.call(get_config("running", _SELECTION), _TIME_LIMIT)).data
    return _EMPTY if data is None else etree.tostring(data)
