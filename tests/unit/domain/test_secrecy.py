"""No text that is shown holds a password."""

import pytest

from vtnmd.domain.secrecy import without_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ann:sesame@db:5432/state", "postgresql://ann@db:5432/state"),
        ("postgresql://ann@/state?host=%2Ftmp&password=sesame", "postgresql://ann@/state?host=%2Ftmp"),
        ("postgresql:///state?password=sesame&sslpassword=sesame&sslmode=require", "postgresql:///state?sslmode=require"),
        ("vtnmd apply x --state=postgresql://ann:sesame@db/state --yes", "vtnmd apply x --state=postgresql://ann@db/state --yes"),
        ("postgresql://ann:sesame@[::1/state", "postgresql://…"),
        ("sqlite:////var/lib/vtnmd/state.db", "sqlite:////var/lib/vtnmd/state.db"),
        (".vtnmd", ".vtnmd"),
    ],
)
def test_passwords_are_left_out(text: str, shown: str) -> None:
    assert without_secrets(text) == shown
