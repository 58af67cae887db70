"""XPath filters of event streams."""

import pytest

from tests.support.restconf import orchard_schema
from vtnmd.northbound.restconf.filtering import xpath_filters
from vtnmd.northbound.streams import Event

FROST = Event("orchard:frost", {"degrees": -4, "severity": "hard"}, 0.0)


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("/orchard:frost", True),
        ("/orchard:frost[orchard:degrees < -3]", True),
        ("/orchard:frost[orchard:degrees > 0]", False),
        ("/o:frost/o:severity[. = 'hard']", True),
        ("/ietf-yang-library:yang-library-update", False),
        ("/orchard:frost/orchard:severity = 'hard'", True),
        ("/orchard:frost/orchard:degrees > 0", False),
        ("/orchard:frost and not(/orchard:frost/orchard:severity = 'light')", True),
        ("/frost/severity = 'hard'", True),
        ("/frost[degrees < -3]", True),
        ("/yang-library-update", False),
        ("/*/severity != 'hard'", False),
        ("1 - 1", False),
        ("string(/orchard:frost/orchard:degrees)", True),
    ],
)
def test_what_passes(text: str, passes: bool) -> None:
    assert xpath_filters(orchard_schema())(text)(FROST) is passes


@pytest.mark.parametrize("text", ["", "/orchard:frost[", "nobody:x", "frost("])
def test_what_is_no_xpath(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        xpath_filters(orchard_schema())(text)
