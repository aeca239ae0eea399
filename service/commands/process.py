"""What every command does first, and how long-running commands end."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console

from service.directories import told_in_one_line
from service.host.logs import configure_logs
from service.host.parent import end_with_parent
from service.host.priority import give_way
from service.host.supervisor import use_metrics_dir
from service.settings import Settings

if TYPE_CHECKING:
    from service.database import Connection

Result = TypeVar("Result")

#: Words for people go to standard error; standard output carries results.
console = Console(stderr=True, highlight=False, soft_wrap=True)


def start(*, is_child: bool = False, is_background: bool = False) -> Settings:
    """Read the settings, set up logs and the metrics directory; a child then ends with its supervisor.

    One in the background lets those that people wait for go first.
    """
    settings = settle()
    _refuse_half_a_restore(settings)
    use_metrics_dir(settings)
    if is_child:
        end_with_parent()
    if is_background:
        give_way()
    return settings


def settle() -> Settings:
    """Read the settings and set up logs, for a command that makes the data directory itself."""
    settings = Settings()
    configure_logs(settings.log_format)
    return settings


def _refuse_half_a_restore(settings: Settings) -> None:
    """End the command where a restore was interrupted: what it would make there, new keys above all, would be in the way."""
    for left in (settings.restoring_dir, settings.restored_dir):
        with told_in_one_line(settings.data_dir):
            is_there = left.exists()
        if is_there:
            console.print(
                f"恢复尚未完成 / A restore into {settings.data_dir.absolute()} is not finished: wait for it, or run "
                f"`dunwatch restore` again. To give it up, delete {left.absolute()}.",
                markup=False,
            )
            raise SystemExit(1)


def run(app: Callable[[], None]) -> None:
    """Run a command line; report what an operator can fix in one line, without a traceback."""
    try:
        app()
    except Exception as error:
        from service.commands.failures import report  # what it knows of is large, and seldom needed

        if (status := report(error)) is None:
            raise
        raise SystemExit(status) from error


def with_database(work: Callable[["Connection"], Awaitable[Result]]) -> Result:
    """Return the result of `work`, done in one transaction of the database of the environment."""
    settings = start()
    from service.database import open_database
    from service.host.supervisor import running_database

    async def main() -> Result:
        database = open_database(settings)
        try:
            return await database.in_transaction(work)
        finally:
            await database.close()

    with running_database(settings):
        return asyncio.run(main())


def run_until_stopped(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run `work` until it ends; SIGINT and SIGTERM set the event that it is given."""

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await work(stop)

    asyncio.run(main())
