"""The makers of types that bindings call, each type made once: pyangbind makes it anew for every leaf of every instance."""

from functools import cache
from typing import Any

from pyangbind.lib import yangtypes

_Type = Any
_restricted: dict[tuple[Any, ...], _Type] = {}


def RestrictedClassType(**restriction: Any) -> _Type:  # noqa: N802 -- the name that generated code calls
    """The type that restricts `base_type`; takes and gives what pyangbind's does."""
    base = restriction.get("base_type")
    key = (base, *(repr(value) for name, value in sorted(restriction.items()) if name != "base_type"))
    if key not in _restricted:
        _restricted[key] = yangtypes.RestrictedClassType(**restriction)
    return _restricted[key]


def TypedListType(*, allowed_type: Any) -> _Type:  # noqa: N802 -- likewise
    """The type of leaf-lists of some types."""
    return _typed_list(tuple(allowed_type) if isinstance(allowed_type, list) else (allowed_type,))


@cache
def _typed_list(allowed: tuple[Any, ...]) -> _Type:
    return yangtypes.TypedListType(allowed_type=list(allowed))


@cache
def RestrictedPrecisionDecimalType(*, precision: int) -> _Type:  # noqa: N802 -- likewise
    """The type of decimals with so many fraction digits."""
    return yangtypes.RestrictedPrecisionDecimalType(precision=precision)
