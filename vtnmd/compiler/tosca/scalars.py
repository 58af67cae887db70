"""The scalar types of TOSCA (Simple Profile 1.3, section 3.3): their texts, how they compare, and scalar units as exact numbers."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import lru_cache

from vtnmd.compiler.tosca.hints import closest

_DECIMAL = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}

_SIZE = {"B": Fraction(1), **{f"{p}B": Fraction(f) for p, f in (_DECIMAL | _BINARY).items()}}
_TIME = {
    "d": Fraction(86400),
    "h": Fraction(3600),
    "m": Fraction(60),
    "s": Fraction(1),
    "ms": Fraction(1, 10**3),
    "us": Fraction(1, 10**6),
    "ns": Fraction(1, 10**9),
}
_FREQUENCY = {"Hz": Fraction(1), **{f"{p}Hz": Fraction(f) for p, f in _DECIMAL.items() if p != "T"}}
_RATES = {"K": 10**3, **{p: f for p, f in _DECIMAL.items() if p != "k"}, **_BINARY}
_BITRATE = {
    "bps": Fraction(1),
    "Bps": Fraction(8),
    **{f"{p}bps": Fraction(f) for p, f in _RATES.items()},
    **{f"{p}Bps": Fraction(8 * f) for p, f in _RATES.items()},
}

UNITS: Mapping[str, Mapping[str, Fraction]] = {
    "scalar-unit.size": _SIZE,
    "scalar-unit.time": _TIME,
    "scalar-unit.frequency": _FREQUENCY,
    "scalar-unit.bitrate": _BITRATE,
}
"""For each type its units in octets, seconds, hertz or bits per second (sections 3.3.6.4 to 3.3.6.7)."""

_CASELESS = {kind: {unit.lower(): factor for unit, factor in units.items()} for kind, units in UNITS.items()}
CASE_MATTERS = "scalar-unit.bitrate"  # Mbps and MBps differ by a factor of eight

_SCALAR_UNIT = re.compile(r"([-+]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,2})?)\s*([A-Za-z]{1,8})")
_VERSION = re.compile(r"(\d{1,18})(?:\.(\d{1,18})(?:\.(\d{1,18})(?:\.([0-9A-Za-z_]+)(?:-(\d{1,18}))?)?)?)?")
_TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(?:Z|([-+])(\d\d?)(?::?(\d\d))?))?)?"
)

Version = tuple[int, int, int, str, int]


@lru_cache(maxsize=4096)  # a large topology has few different sizes
def scalar_unit(text: str, kind: str) -> Fraction:
    """The amount in the base unit of `kind`. Raises ValueError with what is wrong."""
    match = _SCALAR_UNIT.fullmatch(text.strip())
    units = UNITS[kind]
    if match is None:
        raise ValueError(f"must be a number and a unit, such as 10 {next(iter(units))}")
    factor = units.get(match[2])
    if factor is None and kind != CASE_MATTERS:
        factor = _CASELESS[kind].get(match[2].lower())
    if factor is None:
        raise ValueError(f"has the unknown unit {match[2]!r}; {closest(match[2], units) or 'known are ' + ', '.join(units)}")
    return Fraction(match[1]) * factor


def amount_of(text: str) -> tuple[str, Fraction] | None:
    """(type, amount in its base unit) of a text that is a scalar unit of any type; None if it is none."""
    for kind in UNITS:
        try:
            return kind, scalar_unit(text, kind)
        except ValueError:
            continue
    return None


def version(text: str) -> Version:
    """The parts of a version (section 3.3.2), comparable. Raises ValueError."""
    match = _VERSION.fullmatch(text)
    if match is None:
        raise ValueError("must be a version: major.minor.fix.qualifier-build")
    # A version without qualifier comes after one with (section 3.3.2.3 gives the final release precedence).
    return int(match[1]), int(match[2] or 0), int(match[3] or 0), match[4] or "\U0010ffff", int(match[5] or 0)


def timestamp(text: str) -> datetime:
    """The instant of a YAML timestamp, UTC where it names no zone. Raises ValueError."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError("must be a timestamp such as 2026-11-22T14:00:00Z")
    year, month, day, hour, minute, second, fraction, sign, zone_hours, zone_minutes = match.groups()
    day_of = date(int(year), int(month), int(day))
    micro = int((fraction or "0").ljust(6, "0")[:6] or 0)
    instant = datetime(day_of.year, day_of.month, day_of.day, int(hour or 0), int(minute or 0), int(second or 0), micro, tzinfo=UTC)
    offset = (int(zone_hours or 0) * 60 + int(zone_minutes or 0)) * 60
    try:
        return datetime.fromtimestamp(instant.timestamp() - (-offset if sign == "-" else offset), tz=UTC)
    except (OverflowError, OSError):
        raise ValueError("is outside the years that a timestamp can have") from None
