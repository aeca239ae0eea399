"""Settings that stand in a file: `NAME=value` lines with the names of the environment, read strictly."""

import difflib
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from pydantic_settings import BaseSettings, EnvSettingsSource

VARIABLE: Final = "DUNWATCH_SETTINGS_FILE"
PREFIX: Final = "DUNWATCH_"
MOST_BYTES: Final = 64 * 1024
SECRETS: Final = ("DUNWATCH_DATABASE_URL", "DUNWATCH_CODE_GATEWAY_SECRET")


class SettingsFileError(ValueError):
    """The file of settings cannot be used; the message names it, the line and the reason, and no value."""


def read_settings_file(path: Path, known: Iterable[str]) -> dict[str, str]:
    """Return the values of a file by their names in capitals; `known` are all names that may stand in it.

    Raises SettingsFileError.
    """
    try:
        text, mode = _read(path)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsFileError(f"{path}: the file of settings cannot be read: {reason}") from None
    values = _parse(path, text, frozenset(known))
    _require_private(path, mode, values)
    return values


class FileSource(EnvSettingsSource):
    """Reads what stands in the file of settings as if it stood in the environment."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in values_of_file(self.settings_cls).items()}


def values_of_file(settings: type[BaseSettings]) -> dict[str, str]:
    """Return what the file that the environment names sets, by variable; raises SettingsFileError."""
    name = os.environ.get(VARIABLE, "")
    if not name:
        return {}
    known = {f"{PREFIX}{field.upper()}" for field in settings.model_fields} - {VARIABLE}
    return read_settings_file(Path(name), known)


def adopt_file(settings: type[BaseSettings]) -> dict[str, str]:
    """Read the file once, for good: its values stand in the environment of this process from now on, and are returned.

    What is built from them and what is told of them is then the same, whatever happens to the file meanwhile. Raises
    SettingsFileError.
    """
    values = values_of_file(settings)
    own = {name.upper() for name in os.environ}  # which wins, however it is spelled
    os.environ.update({name: value for name, value in values.items() if name not in own})
    os.environ.pop(VARIABLE, None)
    return values


def _read(path: Path) -> tuple[str, int]:
    """Return text and mode; a pipe or a device, which could keep a reader waiting, is refused."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise SettingsFileError(f"{path}: the file of settings must be a regular file")
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise SettingsFileError(f"{path}: the file of settings is larger than {MOST_BYTES // 1024} KB")
    return content.decode("utf-8-sig"), mode


def _parse(path: Path, text: str, known: frozenset[str]) -> dict[str, str]:
    import io  # noqa: PLC0415  only who has such a file loads the parser

    from dotenv.parser import parse_stream  # noqa: PLC0415

    values: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(text, newline="")):
        line = binding.original.line + _blank_lines_before(binding.original.string)
        if binding.error or (binding.key is not None and binding.value is None):
            raise SettingsFileError(f"{path}, line {line}: this is not NAME=value")
        if binding.key is None or binding.value is None:
            continue  # a comment, or the end
        name = binding.key.upper()
        if reason := _flaw(name, binding.value, known, values):
            raise SettingsFileError(f"{path}, line {line}: {reason}")
        values[name] = binding.value
    return values


def _blank_lines_before(text: str) -> int:
    """Return how many lines pass before a statement's own: the parser counts from the end of the last one."""
    return len(text[: len(text) - len(text.lstrip())].splitlines())


def _flaw(name: str, value: str, known: frozenset[str], values: Mapping[str, str]) -> str | None:
    if name == VARIABLE:
        return f"{VARIABLE} can only be set in the environment"
    if name not in known:
        shown = name[:80] if name.isascii() and name.isprintable() else "this"
        near = difflib.get_close_matches(name, known, 1)
        hint = f"; {near[0]} exists" if near else ""
        return f"{shown} is not a setting{hint}"
    if name in values:
        return f"{name} is set twice"
    if "\0" in value:
        return f"{name} contains a NUL character"
    return None


def _require_private(path: Path, mode: int, values: Mapping[str, str]) -> None:
    if mode & stat.S_IWOTH:
        raise SettingsFileError(f"{path}: everybody may write this file; run `chmod o-w` on it")
    secrets = [name for name in SECRETS if values.get(name)]
    if secrets and mode & stat.S_IROTH:
        raise SettingsFileError(f"{path}: everybody may read {secrets[0]} here; run `chmod 640` on the file")
