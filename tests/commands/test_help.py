"""The help of the command line: complete, in sentences, and with examples that the program takes."""

import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from service.cli import PANELS, app
from tests.english import flaws_of_order, flaws_of_statement

ROOT: Any = typer.main.get_command(app)
#: Typer's own options, in Typer's own words.
BROUGHT_ALONG = {"help", "install_completion", "show_completion"}


def commands(group: Any = ROOT, path: str = "dunwatch") -> Iterator[tuple[str, Any]]:
    """Yield every command and group below a group, with what calls it."""
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")


ALL = dict(commands())
PARAMETERS = {
    f"{path} {param.name}": param
    for path, command in ALL.items()
    for param in command.params
    if param.name not in BROUGHT_ALONG
}
EXAMPLES = [
    line.strip()
    for command in (ROOT, *ALL.values())
    for line in (command.epilog or "").splitlines()
    if not line.startswith("Example")
]


def flaws_of(param: Any) -> list[str]:
    """Return what is wrong with the help of an option, an order, or of an argument, a statement."""
    text = param.help or ""
    return flaws_of_order(text) if param.param_type_name == "option" else flaws_of_statement(text)


def test_the_whole_tree_is_walked() -> None:
    assert {"dunwatch serve", "dunwatch keys create", "dunwatch evaluate half-life"} <= set(ALL)
    assert {"dunwatch keys create scope", "dunwatch rules schema file"} <= set(PARAMETERS)
    assert len(EXAMPLES) > 20


@pytest.mark.parametrize("path", ALL)
def test_a_command_says_what_it_does(path: str) -> None:
    first, *_ = (ALL[path].help or "").split("\n\n")
    assert flaws_of_order(" ".join(first.split())) == []


@pytest.mark.parametrize("path", PARAMETERS)
def test_an_option_says_what_it_does_and_an_argument_what_it_is(path: str) -> None:
    assert flaws_of(PARAMETERS[path]) == []


def test_every_command_stands_in_a_panel_and_no_panel_is_empty() -> None:
    assert {command.rich_help_panel for command in ROOT.commands.values()} == set(PANELS)


def test_the_panels_are_listed_in_their_order() -> None:
    listed = [ROOT.commands[name].rich_help_panel for name in ROOT.list_commands(None)]
    assert listed == sorted(listed, key=PANELS.index)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_taken_by_the_program(example: str) -> None:
    words = shlex.split(example.rpartition("| ")[2], comments=True)
    assert words.pop(0) == "dunwatch"
    command: Any = ROOT
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    command.make_parser(typer.Context(command)).parse_args(words)


@pytest.mark.parametrize(
    ("text", "kind"),
    [(None, "no help"), ("The first time, a key.", "no verb"), ("Whether an export is let.", "a clause")],
)
def test_help_that_is_none_is_refused(text: str | None, kind: str) -> None:
    def command(given: str = typer.Option("", help=text)) -> None:
        """Nothing here."""

    bad = typer.Typer(add_completion=False)
    bad.command(help=text)(command)
    built: Any = typer.main.get_command(bad)
    (option,) = [param for param in built.params if param.name == "given"]
    assert flaws_of(option), kind
    assert flaws_of_order(built.help or ""), kind
