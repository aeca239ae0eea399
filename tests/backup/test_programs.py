"""What PostgreSQL's programs are told: no password where other users of the host could read it."""

from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import embedded_postgres
from service.backup import programs
from service.backup.programs import load_database, without_password
from service.backup.words import BackupError


@pytest.mark.parametrize(
    ("url", "shown", "password"),
    [
        ("postgresql://u:secret@h:5432/d", "postgresql://u@h:5432/d", "secret"),
        ("postgresql://u@h/d", "postgresql://u@h/d", None),
        ("postgresql://h/d?user=u&password=secret", "postgresql://h/d?user=u", "secret"),
        ("postgresql://u:a%40b@[::1]:5432/d", "postgresql://u@[::1]:5432/d", "a@b"),
        ("postgresql://postgres@/d?host=%2Ftmp%2Fx", "postgresql://postgres@/d?host=%2Ftmp%2Fx", None),
    ],
)
def test_the_password_leaves_the_url(url: str, shown: str, password: str | None) -> None:
    assert without_password(url) == (shown, {"PGPASSWORD": password} if password else {})


@given(
    st.text(
        st.characters(exclude_characters="\0", categories=("L", "N", "P", "S", "Z", "Cc", "Cn")), min_size=1
    )
)
def test_any_password_comes_through(password: str) -> None:
    shown, secret = without_password(f"postgresql://user:{quote(password, safe='')}@host/name")
    assert (shown, secret) == ("postgresql://user@host/name", {"PGPASSWORD": password})


async def test_an_archive_that_is_none_leaves_the_database_empty(empty_url: str, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(b"PGDMP" + bytes(100))
    with pytest.raises(BackupError, match="pg_restore"):
        await load_database(empty_url, archive, feed_id=uuid4(), progress=lambda _done: None)


async def test_an_error_in_the_database_tells_its_code_and_no_value_of_a_row(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in, program_path = tmp_path / "pg_restore", embedded_postgres.program_path
    stand_in.write_text("#!/bin/sh\necho \"SELECT '+8619790001234x'::bigint;\"\n")
    stand_in.chmod(0o700)
    monkeypatch.setattr(
        programs, "program_path", lambda name: stand_in if name == "pg_restore" else program_path(name)
    )
    with pytest.raises(BackupError) as failed:
        await load_database(empty_url, tmp_path, feed_id=uuid4(), progress=lambda _done: None)
    assert "22P02" in str(failed.value)
    assert "1979" not in str(failed.value)
