import pytest
from lxml import etree

from vtnmd.yang.filter import subtree_filter

DATA = etree.fromstring(
    '<data><net xmlns="urn:n"><port kind="a"><name>e0</name><mtu>1500</mtu><q><x>1</x><y>2</y></q></port>'
    '<port kind="b"><name>e1</name><mtu>1500</mtu></port><port><name>e2</name><mtu>9000</mtu></port></net>'
    '<log xmlns="urn:l"><level>info</level></log></data>'
)


def selected(*criteria: str) -> str:
    found = subtree_filter(DATA, [etree.fromstring(criterion) for criterion in criteria])
    texts = "".join(etree.tostring(element, encoding="unicode") for element in found)
    return texts.replace(' xmlns="urn:n"', "").replace(' xmlns="urn:l"', "")


WHOLE_LOG = "<log><level>info</level></log>"


def test_no_criteria_select_nothing() -> None:
    assert selected() == ""


@pytest.mark.parametrize(
    ("criteria", "result"),
    [
        (['<log xmlns="urn:l"/>'], WHOLE_LOG),
        (["<log/>"], WHOLE_LOG),
        (['<log xmlns="urn:other"/>'], ""),
        (['<log xmlns="urn:l"><level>info</level></log>'], WHOLE_LOG),
        (['<log xmlns="urn:l"><level>debug</level></log>'], ""),
        (['<log xmlns="urn:l"><level/></log>'], WHOLE_LOG),
        (['<log xmlns="urn:l"><nothing/></log>'], ""),
        (['<net xmlns="urn:n"><port><name>e2</name></port></net>'], "<net><port><name>e2</name><mtu>9000</mtu></port></net>"),
        (
            ['<net xmlns="urn:n"><port><name> e2 </name><mtu/></port></net>'],
            "<net><port><name>e2</name><mtu>9000</mtu></port></net>",
        ),
        (
            ['<net xmlns="urn:n"><port><name>e0</name><q><y/></q></port></net>'],
            '<net><port kind="a"><name>e0</name><q><y>2</y></q></port></net>',
        ),
        (
            ['<net xmlns="urn:n"><port><name/></port></net>'],
            '<net><port kind="a"><name>e0</name></port><port kind="b"><name>e1</name></port><port><name>e2</name></port></net>',
        ),
        (['<net xmlns="urn:n"><port><name>e0</name><mtu>9000</mtu></port></net>'], ""),
        (['<net xmlns="urn:n"><port kind="b"/></net>'], '<net><port kind="b"><name>e1</name><mtu>1500</mtu></port></net>'),
        (
            ['<net xmlns="urn:n"><port><name>e0</name><name/></port><port><name>e2</name></port></net>'],
            '<net><port kind="a"><name>e0</name></port><port><name>e2</name><mtu>9000</mtu></port></net>',
        ),
        (
            [
                '<net xmlns="urn:n"><port><name>e1</name><name/></port></net>',
                '<net xmlns="urn:n"><port><name>e1</name><mtu/></port></net>',
                "<log/>",
            ],
            '<net><port kind="b"><name>e1</name><mtu>1500</mtu></port></net>' + WHOLE_LOG,
        ),
        (["<log><!-- comment --><level/></log>"], WHOLE_LOG),
    ],
)
def test_what_a_filter_selects(criteria: list[str], result: str) -> None:
    assert selected(*criteria) == result


def test_the_data_stays_as_it_is() -> None:
    before = etree.tostring(DATA)
    for element in subtree_filter(DATA, [etree.fromstring("<net/>"), etree.fromstring("<log/>")]):
        element.clear()
    assert etree.tostring(DATA) == before
