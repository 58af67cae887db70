import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.northbound.access.conftest import QUICK, SECRET, STORED, access, ann
from vtnmd.northbound.access.accounts import ACCESS
from vtnmd.northbound.access.passwords import UNKNOWN, USUAL, hash_password, is_password, without_clear_text
from vtnmd.yang.instance import validate
from vtnmd.yang.schema import Schema


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_password_is_known_by_its_hash_alone(password: str, other: str) -> None:
    stored = hash_password(password, QUICK)
    assert is_password(stored, password)
    assert is_password(stored, other) is (other == password)
    assert stored != hash_password(password, QUICK)


@pytest.mark.parametrize(
    "stored",
    ["", "nonsense", "$0$correct horse", "$scrypt$ln=63,r=99,p=99$AAAA$AAAA", "$scrypt$ln=00,r=8,p=1$AAAA$AAAA", UNKNOWN],
)
def test_what_is_no_hash_is_nobodys_password(stored: str) -> None:
    assert not is_password(stored, SECRET)
    assert not is_password(stored, "")


def test_what_is_too_long_is_no_password() -> None:
    assert not is_password(hash_password("x" * 2000, QUICK), "x" * 2000)


def test_the_usual_cost_is_what_is_stored_for_nobody() -> None:
    assert UNKNOWN.startswith(f"$scrypt$ln={USUAL.log_n},r={USUAL.r},p={USUAL.p}$")
    assert USUAL.affordable


def test_clear_text_is_hashed_before_it_is_stored(schema: Schema) -> None:
    given_ = {ACCESS: access(ann(password="$0$open sesame"), {"name": "bob"}), "other:part": {"a": 1}}
    changes = without_clear_text(given_, QUICK)
    first, second = changes[ACCESS]["user"]
    assert is_password(first["password"], "open sesame")
    assert second == {"name": "bob"}
    assert changes["other:part"] == {"a": 1}
    assert given_[ACCESS]["user"][0]["password"] == "$0$open sesame"
    assert validate(schema, {ACCESS: given_[ACCESS]}) == ()
    assert validate(schema, {ACCESS: changes[ACCESS]}) == ()


@pytest.mark.parametrize("changes", [{}, {ACCESS: None}, {ACCESS: access(ann())}, {"other:part": {}}])
def test_what_holds_no_clear_text_stays_the_same_object(changes: dict[str, object]) -> None:
    assert without_clear_text(changes) is changes
    assert STORED.startswith("$scrypt$")
