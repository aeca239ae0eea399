"""Failures that an operator can fix: each is reported in one line, without a traceback."""

import errno
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError
from pydantic_settings import SettingsError

from service.agencies.store import AgencyError
from service.backup.words import BackupError
from service.commands.process import console
from service.database import DatabaseUnavailableError, SchemaError
from service.directories import DirectoryError, shown
from service.embedded_postgres import PostgresError
from service.reports.sources_store import SourceNameError
from service.rules.reading import CatalogueError
from service.settings_file import SettingsFileError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

CHECK_DATABASE: Final = (
    "Check that PostgreSQL is running and that DUNWATCH_DATABASE_URL is right, then run the command again."
)

#: Of what the system says, what an operator can change: room, permissions, disks and paths.
NO_PLACE: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
    | {errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP}
)


def report(error: Exception) -> int | None:
    """Print what is wrong and return the exit status; print nothing and return None for a fault of the program."""
    match error:
        case DatabaseUnavailableError() | PostgresError():
            status, text = 1, f"The database is unavailable: {error}\n{CHECK_DATABASE}"
        case SchemaError():
            status, text = 1, f"The schema cannot be brought up to date: {error}"
        case DirectoryError():
            status, text = 1, str(error)
        case OSError() if error.errno in NO_PLACE:
            place = f" / {shown(error.filename)}" if error.filename else ""
            status, text = 1, f"无法写入或读取{place}: {error.strerror}"
        case BackupError():
            status, text = 1, str(error)
        case AgencyError() | SourceNameError():
            status, text = 2, f"Nothing was changed: {error}"
        case CatalogueError():
            status, text = 2, f"The rule catalogue cannot be used:\n{error}"
        case SettingsFileError():
            status, text = 2, str(error)
        case SettingsError():  # a list that is not JSON; the message names the field, never the value
            status, text = 2, f"A setting cannot be read: {error}"
        case ValidationError():
            wrong = error.errors(include_url=False, include_input=False)
            status, text = 2, "\n".join(map(_wrong_setting, wrong))
        case _:
            return None
    console.print(text, markup=False)
    return status


def _wrong_setting(wrong: "ErrorDetails") -> str:
    """Name a setting and what is wrong with it; its value may be a secret and is not repeated."""
    reason = wrong["msg"].removeprefix("Value error, ")
    name = "_".join(map(str, wrong["loc"])).upper()
    return f"DUNWATCH_{name}: {reason}" if name else reason
