"""Whatever valid document: what is bound and read again is the document."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.property.test_engine_walk import UNHURRIED
from tests.support.bindings import bindings, settled
from tests.support.services import guarded, inventory, services, shop
from vtnmd.bindings import bound_of, intent_of
from vtnmd.compiler.models import service_schema
from vtnmd.domain.intent import Intent
from vtnmd.domain.models import NO_MODELS, Models
from vtnmd.usecases.models import read_models

EVERYTHING = read_models(Path(__file__).parents[1] / "unit" / "bindings" / "models")
STOCK = inventory().document

SHAPES = st.sampled_from(["round", "test-bound:round", "test-bound-types:square"])
LETTERS = st.text("abcxyz", min_size=1, max_size=4)
EMPTY = st.just([None])
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=6)


def decimals(digits: int) -> st.SearchStrategy[str]:
    return st.decimals(-10, 1000, places=digits, allow_nan=False, allow_infinity=False).map(lambda value: format(value, "f"))


def entries(keys: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Any]:
    entry = st.fixed_dictionaries(keys, optional=optional)
    return st.lists(entry, max_size=4, unique_by=lambda each: tuple(str(each[key]) for key in keys))


CONTENT = st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | TEXT, lambda inner: st.lists(inner, max_size=2))
BODY = st.dictionaries(LETTERS, CONTENT, min_size=1, max_size=3)
WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"left": TEXT, "left-more": st.fixed_dictionaries({"import": TEXT})},
    {"right": st.sampled_from([{}, {"fast": [None]}, {"slow": [None]}])},
)
LEAVES: dict[str, Any] = {
    "big": st.integers(0, 2**64 - 1).map(str),
    "negative": st.integers(-(2**63), 2**63 - 1).map(str),
    "small": st.integers(-128, 127),
    "price": decimals(4),
    "flag": EMPTY,
    "enabled": st.booleans(),
    "shape": SHAPES,
    "choices": st.sampled_from(["", "one", "one two", "two seven"]),
    "key-material": st.sampled_from(["AA==", "AAEC", "/////w=="]),
    "mode": st.sampled_from(["in use", "off"]),
    "either": st.integers(0, 65535) | SHAPES | st.text("ghi", min_size=3, max_size=9),
    "awkward": st.sampled_from(["a", "b7", "a$b"]),
    "quoted": TEXT,
    "unlike": st.text("01", max_size=3).filter(lambda text: set(text) != {"0"}),
    "own-name": LETTERS,
    "other-name": st.text("0123", min_size=1, max_size=3),
    "scope": st.fixed_dictionaries({}, optional={"here": st.text("0123", min_size=1, max_size=3)}),
    "number": st.lists(st.integers(0, 2**64 - 1).map(str), max_size=4, unique=True),
    "weight": st.lists(decimals(2), max_size=3, unique_by=float),
    "shape-list": st.lists(st.sampled_from(["test-bound:round", "test-bound-types:square"]), max_size=2, unique=True),
    "preset": st.lists(TEXT, max_size=3, unique=True),
    "present": st.just({}),
    "kept": st.fixed_dictionaries({}, optional={"class": TEXT}),
    "list": entries({"name": LETTERS}, {"index": st.integers(1, 3)}).map(
        lambda listed: [{**each, "index": number, "described": "d"} for number, each in enumerate(listed, 1)]
    ),
    "pair": entries({"number": st.integers(0, 3).map(str), "text": TEXT}, {}),
    "by-number": entries({"number": st.integers(0, 9)}, {"body": BODY, "legacy": TEXT}),
}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    way = st.fixed_dictionaries({}, optional=draw(st.sampled_from(WAYS)))
    return {"test-bound:all": draw(st.fixed_dictionaries({}, optional=LEAVES)) | draw(way)}


def there_and_back(document: Any, kind: str, models: Models = NO_MODELS) -> None:
    root = service_schema(models).root
    bound = bound_of(document, getattr(bindings(models), kind), models=models)
    assert settled(intent_of(bound, models=models), root) == settled(document, root)


@UNHURRIED
@given(documents())
def test_documents_with_every_type(document: Any) -> None:
    there_and_back(document, "test_bound", EVERYTHING)


@UNHURRIED
@given(services() | st.sampled_from([guarded(), shop()]))
def test_services(service: Intent) -> None:
    there_and_back(service.document, "vtnmd_vtn")


def test_an_inventory() -> None:
    there_and_back(STOCK, "vtnmd_inventory")
