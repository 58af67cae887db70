"""Every code that the product names is explained, and every explanation belongs to a code that it names."""

import re
from pathlib import Path

from vtnmd.domain.codes import CODES

PRODUCT = Path(__file__).parents[3] / "vtnmd"
TABLE = PRODUCT / "domain" / "codes.py"


def test_codes_are_listed_and_listed_codes_are_used() -> None:
    sources = (path.read_text(encoding="utf-8") for path in PRODUCT.rglob("*.py") if path != TABLE)
    used = {code for source in sources for code in re.findall(r"\"(VTN-[A-Z]\d{3})\"", source)}
    assert used == set(CODES)
