"""Progress bars on standard error; imported when a command runs, as everything of rich but its console."""

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from service.commands.process import console


def counted() -> Progress:
    """Return a bar for work whose amount is known: done, of how much, and the time it still takes."""
    return Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console)


def in_steps() -> Progress:
    """Return a bar for work in several steps: the step, how far it is, and the time it has taken."""
    return Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console)
