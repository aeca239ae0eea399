"""The file of settings: what stands in it counts, the environment wins, and what is wrong is refused by name and line."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.commands.failures import report
from service.settings import Settings
from service.settings_file import MOST_BYTES, SettingsFileError, read_settings_file, values_of_file

KNOWN = ("DUNWATCH_PORT", "DUNWATCH_OPERATOR")
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write the file that the environment names."""

    def write(content: str | bytes, mode: int = 0o600) -> Path:
        file = tmp_path / "settings.env"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        file.chmod(mode)
        monkeypatch.setenv("DUNWATCH_SETTINGS_FILE", str(file))
        return file

    return write


def test_the_file_sets_what_the_environment_does_not(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write('DUNWATCH_PORT=8123\nDUNWATCH_SCORERS=3\nDUNWATCH_TRUSTED_PROXIES=["10.0.0.0/8"]\n')
    monkeypatch.setenv("DUNWATCH_PORT", "8124")
    settings = Settings(data_dir=Path("/x"))
    assert (settings.port, settings.scorers, settings.data_dir) == (8124, 3, Path("/x"))
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8"]


def test_without_a_file_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, ""):
        if value is None:
            monkeypatch.delenv("DUNWATCH_SETTINGS_FILE", raising=False)
        else:
            monkeypatch.setenv("DUNWATCH_SETTINGS_FILE", value)
        assert values_of_file(Settings) == {}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("DUNWATCH_OPERATOR=A B", "A B"),
        ("  DUNWATCH_OPERATOR = A B  ", "A B"),
        ("export DUNWATCH_OPERATOR=A", "A"),
        ("dunwatch_operator=A", "A"),
        ("DUNWATCH_OPERATOR='A # B'", "A # B"),
        ('DUNWATCH_OPERATOR="A # B" # C', "A # B"),
        ("DUNWATCH_OPERATOR=A # B", "A"),
        ("DUNWATCH_OPERATOR=A#B", "A#B"),
        ("DUNWATCH_OPERATOR=a=b=c", "a=b=c"),
        ("DUNWATCH_OPERATOR=${HOME}", "${HOME}"),
        ("DUNWATCH_OPERATOR=", ""),
        ("DUNWATCH_OPERATOR=操作者", "操作者"),
    ],
)
def test_a_line_is_read_as_shells_and_services_write_it(tmp_path: Path, line: str, value: str) -> None:
    file = tmp_path / "settings.env"
    for content in (line, f"\ufeff{line}\n", f"# first\r\n\r\n{line}\r\n"):
        file.write_text(content, encoding="utf-8", newline="")
        assert read_settings_file(file, KNOWN) == {"DUNWATCH_OPERATOR": value}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("DUNWATCH_PORT=1\n\n# c\nDUNWATCH_PROT=2\n", r"line 4: DUNWATCH_PROT is not a setting; DUNWATCH_PORT exists"),
        ("AWS_REGION=x\n", "line 1: AWS_REGION is not a setting"),
        ("\n\n名字=x\n", "line 3: this is not a setting"),
        ("DUNWATCH_PORT\n", "line 1: this is not NAME=value"),
        ("DUNWATCH_PORT=1\nDUNWATCH_OPERATOR 2\n", "line 2: this is not NAME=value"),
        ('DUNWATCH_PORT=1\nDUNWATCH_OPERATOR="open\n', "line 2: this is not NAME=value"),
        ("=1\n", "line 1: this is not NAME=value"),
        ("DUNWATCH_PORT: 1\n", "line 1: this is not NAME=value"),
        ("[section]\n", "line 1: this is not NAME=value"),
        ("DUNWATCH_PORT=1\nDUNWATCH_PORT=2\n", "line 2: DUNWATCH_PORT is set twice"),
        ("DUNWATCH_SETTINGS_FILE=/x\n", "line 1: DUNWATCH_SETTINGS_FILE can only be set in the environment"),
        ("DUNWATCH_OPERATOR=a\0b\n", "line 1: DUNWATCH_OPERATOR contains a NUL character"),
        (b"DUNWATCH_OPERATOR=\xff\n", "it is not UTF-8"),
        ("#" * (MOST_BYTES + 1), "larger than 64 KB"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_and_named(
    write: Write, capsys: pytest.CaptureFixture[str], content: str | bytes, reason: str
) -> None:
    file = write(content)
    with pytest.raises(SettingsFileError) as caught:
        read_settings_file(file, KNOWN)
    assert str(caught.value).startswith(str(file))
    assert reason in str(caught.value)
    with pytest.raises(SettingsFileError):
        Settings()
    assert report(caught.value) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["missing", "directory", "pipe", "unreadable name"])
def test_what_is_not_a_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "settings.env"
    match kind:
        case "directory":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "unreadable name":
            path = tmp_path / ("x" * 300)
        case _:
            pass
    with pytest.raises(SettingsFileError, match=r"settings\.env|x{300}"):
        read_settings_file(path, KNOWN)


SECRET = "DUNWATCH_CODE_GATEWAY_SECRET=whsec_abc\n"


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        (SECRET, 0o600, None),
        (SECRET, 0o640, None),
        (SECRET, 0o644, "chmod 640"),
        ("DUNWATCH_DATABASE_URL=postgresql://u:p@h/d\n", 0o604, "chmod 640"),
        ("DUNWATCH_PORT=1\n", 0o644, None),
        ("DUNWATCH_PORT=1\n", 0o646, "chmod o-w"),
        (SECRET, 0o602, "chmod o-w"),
    ],
)
def test_a_secret_that_everybody_may_read_is_refused(
    tmp_path: Path, content: str, mode: int, reason: str | None
) -> None:
    file = tmp_path / "settings.env"
    file.write_text(content)
    file.chmod(mode)
    known = (*KNOWN, "DUNWATCH_CODE_GATEWAY_SECRET", "DUNWATCH_DATABASE_URL")
    if reason is None:
        assert len(read_settings_file(file, known)) == 1
    else:
        with pytest.raises(SettingsFileError, match=reason) as caught:
            read_settings_file(file, known)
        assert "whsec_abc" not in str(caught.value)
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_a_wrong_value_is_named_and_not_repeated(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("DUNWATCH_PORT=secret\n")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert report(caught.value) == 2
    told = capsys.readouterr().err
    assert "DUNWATCH_PORT" in told
    assert "secret" not in told


def test_a_list_that_is_not_json_is_told_without_a_traceback(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("DUNWATCH_TRUSTED_PROXIES=10.0.0.0/8\n")
    with pytest.raises(ValueError, match="trusted_proxies") as caught:
        Settings()
    assert report(caught.value) == 2
    assert "trusted_proxies" in capsys.readouterr().err


@given(
    content=st.binary(max_size=400)
    | st.text(alphabet="DUNWATCH_PORT=1'\"#\\ \n\r\0é", max_size=400).map(str.encode)
)
def test_any_content_is_read_or_refused(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "any.env"
    file.write_bytes(content)
    file.chmod(0o600)
    try:
        values = read_settings_file(file, KNOWN)
    except SettingsFileError:
        return
    assert set(values) <= set(KNOWN)
