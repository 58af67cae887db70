"""Scalar units of TOSCA as whole numbers of a YANG unit."""

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from vtnmd.compiler.tosca import scalars

_RATE, _SIZE, _TIME, _FREQUENCY = "scalar-unit.bitrate", "scalar-unit.size", "scalar-unit.time", "scalar-unit.frequency"

YANG_UNITS: Mapping[str, tuple[str, Fraction]] = {
    "bit/s": (_RATE, Fraction(1)),
    "kbit/s": (_RATE, Fraction(10**3)),
    "Mbit/s": (_RATE, Fraction(10**6)),
    "Gbit/s": (_RATE, Fraction(10**9)),
    "octets": (_SIZE, Fraction(1)),
    "bytes": (_SIZE, Fraction(1)),
    "KiB": (_SIZE, Fraction(2**10)),
    "MiB": (_SIZE, Fraction(2**20)),
    "GiB": (_SIZE, Fraction(2**30)),
    "MB": (_SIZE, Fraction(10**6)),
    "GB": (_SIZE, Fraction(10**9)),
    "seconds": (_TIME, Fraction(1)),
    "milliseconds": (_TIME, Fraction(1, 10**3)),
    "microseconds": (_TIME, Fraction(1, 10**6)),
    "Hz": (_FREQUENCY, Fraction(1)),
    "MHz": (_FREQUENCY, Fraction(10**6)),
}
"""The text of a `units` statement → the TOSCA type it measures, and its size in the base unit of that type."""


def in_units(text: str, units: str) -> int:
    """A scalar unit as a whole number of `units`. Raises ValueError where it is none, or does not come out whole."""
    kind, size = YANG_UNITS[units]
    amount = scalars.scalar_unit(text, kind) / size
    if amount.denominator != 1:
        raise ValueError(f"is no whole number of {units}")
    return int(amount)


@lru_cache(maxsize=4096)
def in_cloud_size(text: str, exponent: int) -> int:
    """A size as clouds count it: in MiB (exponent 2) or GiB (exponent 3), never less than what was asked for.

    A decimal unit is taken for the binary one of the same name, because clouds call a GiB a GB: 20 GB gives 20, and so does 20 GiB.
    """
    octets = scalars.scalar_unit(text, _SIZE)
    thousand = 1024 if "i" in text.lower() else 1000
    return math.ceil(octets / Fraction(thousand**exponent))
