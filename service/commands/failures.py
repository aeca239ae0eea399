"""What can go wrong that an operator can mend: each is reported in one line, without a traceback."""

from pydantic import ValidationError

from service.agencies.store import AgencyError
from service.commands.process import console
from service.database import DatabaseUnavailableError, SchemaError
from service.embedded_postgres import PostgresError
from service.reports.store import SourceNameError
from service.rules.reading import CatalogueError


def report(error: Exception) -> int | None:
    """Print what is wrong and return the exit status; None, and nothing printed, for a fault of the program."""
    match error:
        case DatabaseUnavailableError() | PostgresError():
            status, text = 1, f"the database is not there: {error}"
        case SchemaError():
            status, text = 1, f"the schema cannot be brought up to date: {error}"
        case AgencyError() | SourceNameError():
            status, text = 2, f"nothing was changed: {error}"
        case CatalogueError():
            status, text = 2, f"the rule catalogue cannot be used:\n{error}"
        case ValidationError():
            wrong = error.errors(include_url=False, include_input=False)
            status, text = (
                2,
                "\n".join(
                    f"DUNWATCH_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in wrong
                ),
            )
        case _:
            return None
    console.print(text, markup=False)
    return status
