"""Whole NETCONF sessions: octets after the hello, cut up anyhow. Each request is answered, in XML, and the session ends."""

import asyncio
from functools import cache

from tests.property.test_netconf_server import talk
from vtnmd.netconf.framing import frame
from vtnmd.netconf.xmltree import BASE

_CONTENT = '<office xmlns="urn:vtnmd:test:depot"><title>hq</title><alarm><code>1</code></alarm></office>'
_OPERATIONS = (
    "<get/>",
    f'<get-config><source><running/></source><filter type="subtree">{_CONTENT}</filter></get-config>',
    f"<edit-config><target><candidate/></target><config>{_CONTENT}</config></edit-config>",
    "<commit><confirmed/><confirm-timeout>5</confirm-timeout><persist>x</persist></commit>",
    "<lock><target><running/></target></lock>",
    "<validate><source><candidate/></source></validate>",
    '<call-out xmlns="urn:vtnmd:test:depot"><words>hey</words><times>2</times></call-out>',
    '<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"/>',
    "<close-session/>",
)


def _asked(operation: str) -> bytes:
    return frame(f'<rpc xmlns="{BASE}" message-id="1">{operation}</rpc>'.encode(), chunked=True)


SEEDS = (b"".join(map(_asked, _OPERATIONS)), *map(_asked, _OPERATIONS))


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


def session(octets: bytes) -> None:
    found = _runner().run(talk(octets))
    assert all(each.tag.startswith("{") for each in found)
