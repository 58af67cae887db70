import pytest
from lxml import etree

from vtnmd.netconf import operations
from vtnmd.netconf.messages import BASE_1_1, Hello, MessageError, Reply, Rpc, RpcError, parse, parse_xml, to_octets
from vtnmd.netconf.xmltree import BASE, to_tree

NS = f'xmlns="{BASE}"'.encode()


@pytest.mark.parametrize("hello", [Hello((BASE_1_1, "urn:a?b=1&c=2"), 7), Hello(())])
def test_hello_round_trip(hello: Hello) -> None:
    assert parse(to_octets(hello)) == hello


def test_reply_round_trip() -> None:
    error = RpcError(
        "invalid-value",
        "an MTU is 68 to 9216 octets & not <more>",
        "protocol",
        app_tag="bad-mtu",
        path="/pe:pe/pe:bridge-domain[pe:name='a']/pe:mtu",
        info=({"tag": f"{{{BASE}}}bad-element", "children": ["mtu"]},),
        namespaces={"pe": "urn:vtnmd:yang:vtnmd-pe"},
    )
    assert parse(to_octets(Reply("1", (), (error,)))) == Reply("1", (), (error,))


def test_an_empty_reply_is_ok() -> None:
    octets = to_octets(Reply("1"))
    assert b"<ok/>" in octets
    assert parse(octets) == Reply("1")


def test_rpc_round_trip() -> None:
    rpc = parse(to_octets(Rpc("101", operations.lock("candidate"))))
    assert isinstance(rpc, Rpc)
    assert (rpc.message_id, rpc.name.localname, rpc.attributes) == ("101", "lock", {"message-id": "101"})
    assert to_tree(rpc.operation) == to_tree(operations.lock("candidate"))


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"", "empty"),
        (b"<hello", "well-formed"),
        (b"\xff\xfe<\x00a\x00", "well-formed"),
        (b"<hello " + NS + b">\xc3\x28</hello>", "well-formed"),
        (b'<!DOCTYPE hello [<!ENTITY a "b">]><hello ' + NS + b">&a;</hello>", "document type"),
        (b'<!DOCTYPE hello SYSTEM "file:///etc/passwd"><hello ' + NS + b"/>", "document type"),
        (b"<a>" * 300 + b"</a>" * 300, "depth"),
        (b"<hello/>", "no NETCONF message"),
        (b"<hello " + NS + b'><x:y/><z xmlns="relative"/></hello>', "prefix x"),
        (b"<other " + NS + b"/>", "no NETCONF message"),
        (b"<hello " + NS + b"><session-id>-1</session-id></hello>", "session id"),
        (b"<hello " + NS + b"><session-id/></hello>", "session id"),
        (b"<hello " + NS + b"><session-id>" + b"1" * 5000 + b"</session-id></hello>", "session id"),
        (b"<hello " + NS + b" " + b" ".join(b'xmlns:p%d="u:%d"' % (at, at) for at in range(1000)) + b"/>", "prefixes"),
        (b"<rpc " + NS + b' message-id="1"/>', "one operation"),
        (b"<rpc " + NS + b' message-id="1"><a/><b/></rpc>', "one operation"),
    ],
)
def test_what_is_no_message_is_refused(octets: bytes, said: str) -> None:
    with pytest.raises(MessageError, match=said) as refusal:
        parse(octets)
    assert refusal.value.error.tag == "malformed-message"


def test_an_rpc_without_message_id_lacks_an_attribute() -> None:
    with pytest.raises(MessageError) as refusal:
        parse(b"<rpc " + NS + b"><get/></rpc>")
    assert refusal.value.error.tag == "missing-attribute"
    assert [etree.QName(tree["tag"]).localname for tree in refusal.value.error.info] == ["bad-attribute", "bad-element"]


def test_an_error_without_details_has_those_of_the_standard() -> None:
    reply = parse(b"<rpc-reply " + NS + b' message-id="1"><rpc-error/></rpc-reply>')
    assert isinstance(reply, Reply)
    assert reply.errors == (RpcError("operation-failed"),)


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
        "<a>",
        "<a>&e;</a>",
        "",
    ],
)
def test_entities_and_broken_texts_are_refused(text: str) -> None:
    with pytest.raises(MessageError, match="malformed-message"):
        parse_xml(text.encode())


def test_comments_and_instructions_are_no_part_of_a_text() -> None:
    assert parse_xml(b"<a>1<!-- two --><?three?>4</a>").text == "14"
