"""Commands about the rule catalogue: see what it says, check another one, find where to complain."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from service.commands.options import examples
from service.commands.process import console, start

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.table import Table

    from service.rules.catalogue import Catalogue
    from service.rules.facts import Fact, Text
    from service.rules.schemas import Routing, RoutingReason

app = typer.Typer(help="List, show and check the rule catalogue.", no_args_is_help=True)
OnOption = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Show what is in force on this day; by default, today."),
]
LanguageOption = Annotated[
    Literal["zh", "en"], typer.Option("--lang", help="Print the table in this language.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API returns it.")]


@app.command("list")
def list_rules(on: OnOption = None, lang: LanguageOption = "zh", as_json: AsJson = False) -> None:
    """List the rules in force on a day."""
    catalogue, day = _opened(on)
    from service.rules.answers import rules_on

    listing = rules_on(catalogue, day)
    if as_json:
        _print_json(listing)
        return
    table = _table(
        lang, ("id", "id"), ("规定", "rule"), ("内容", "what it says"), ("性质", "basis"), ("状态", "status")
    )
    for rule in listing.rules:
        basis = {"legal": ("法律法规", "law"), "norm": ("行业规范", "norm")}[rule.basis]
        table.add_row(
            rule.id,
            getattr(rule.title, lang),
            getattr(rule.says, lang),
            basis[lang == "en"],
            _status(rule, lang),
        )
    _print(table, listing.notice, lang)


@app.command(epilog=examples("dunwatch rules show threat", "dunwatch rules show 12321 --on 2026-01-01"))
def show(
    entry: Annotated[
        str, typer.Argument(help="The id of the rule, violation type or channel that is wanted.")
    ],
    on: OnOption = None,
) -> None:
    """Show everything known about a rule, violation type or channel, with the source of every fact."""
    catalogue, day = _opened(on)
    from service.rules.answers import channel_on, rule_on, violation_on

    found: list[BaseModel] = []
    if rule := catalogue.rules.get(entry):
        found.append(rule_on(rule, day))
    if violation := catalogue.violations.get(entry):
        found.append(violation_on(catalogue, violation, day))
    if channel := catalogue.channels.get(entry):
        found.append(channel_on(channel, day))
    if not found:
        console.print(
            f"The catalogue knows no rule, violation or channel {entry!r}; `dunwatch rules list` shows the rules.",
            markup=False,
        )
        raise typer.Exit(2)
    for one in found:
        _print_json(one)


@app.command()
def check(
    directory: Annotated[
        Path | None,
        typer.Argument(
            exists=True,
            file_okay=False,
            help="The directory that holds the catalogue; by default, the one that is served.",
        ),
    ] = None,
) -> None:
    """Check a catalogue's form, references and separation of law and norm; list what nobody has verified, oldest first.

    Each error is named with file, line and reason, and so is every entry that nothing refers to: then the command fails.
    Facts that are still to be verified are listed on standard output with their place, age and source, and are no error.
    """
    settings = start()
    from service.rules.catalogue import SHIPPED, load_catalogue, read_sources
    from service.rules.references import unused
    from service.rules.unverified import unverified

    chosen = directory or settings.catalogue_dir
    catalogue = load_catalogue(chosen)
    sources = read_sources(chosen or SHIPPED)
    if findings := unused(sources):
        console.print("Nothing leads to these entries; refer to them or remove them:", markup=False)
        for line in findings:
            console.print(line, markup=False, soft_wrap=True)
        raise typer.Exit(1)
    waiting = unverified(sources, datetime.now(UTC).date())
    for one in waiting:
        typer.echo(one.in_words)
    console.print(
        f"{len(catalogue.channels)} channels, {len(catalogue.rules)} rules, {len(catalogue.violations)} violations: "
        f"nothing is wrong (version {catalogue.version}). {len(waiting)} facts are to be verified."
    )


@app.command()
def schema(
    file: Annotated[
        Literal["channels", "rules", "violations", "routing"],
        typer.Argument(help="The file of the catalogue that the schema describes."),
    ],
) -> None:
    """Print the JSON Schema of a file of the catalogue."""
    from service.rules.catalogue import json_schema

    typer.echo(json.dumps(json_schema(file), ensure_ascii=False, indent=2, sort_keys=True))


def channels(on: OnOption = None, lang: LanguageOption = "zh", as_json: AsJson = False) -> None:
    """List the authorities and bodies that accept complaints."""
    catalogue, day = _opened(on)
    from service.rules.answers import channels_on

    listing = channels_on(catalogue, day)
    if as_json:
        _print_json(listing)
        return
    table = _table(
        lang,
        ("id", "id"),
        ("渠道", "channel"),
        ("受理", "takes"),
        ("联系方式", "contact"),
        ("状态", "status"),
    )
    for channel in listing.channels:
        contact = "\n".join(one for one in (channel.telephone, channel.web) if one)
        table.add_row(
            channel.id,
            getattr(channel.name, lang),
            getattr(channel.takes, lang),
            contact,
            _status(channel, lang),
        )
    _print(table, listing.notice, lang)


def route(
    violation: Annotated[
        list[str] | None, typer.Argument(help="The violation types that were observed, such as threat.")
    ] = None,
    respondent: Annotated[
        str, typer.Option(help="Name the kind of the other party, such as bank or small_loan.")
    ] = "unknown",
    known: Annotated[
        list[str] | None,
        typer.Option(
            help="State what else is known as NAME=ANSWER, such as relation=third_party or paid=yes; may be repeated."
        ),
    ] = None,
    on: OnOption = None,
    occurred_on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Cite the rules of this day, that of the conduct; by default, that of --on.",
        ),
    ] = None,
    lang: LanguageOption = "zh",
    as_json: AsJson = False,
) -> None:
    """Show where to complain about violations, in which order and why, which rules to cite, and what to find out."""
    catalogue, day = _opened(on)
    conduct = occurred_on.date() if occurred_on else None
    facts = {"respondent": respondent, **_answers(known or ())}
    routing = _routed(catalogue, violation or (), facts, on=day, occurred_on=conduct)
    if as_json:
        _print_json(routing)
        return
    _print(_steps_table(routing, lang), None, lang)
    _print(_cited_table(routing, lang), None, lang)
    _print(_questions_table(routing, lang), routing.notice, lang)


def _routed(
    catalogue: "Catalogue",
    violations: Sequence[str],
    facts: Mapping[str, str],
    *,
    on: date,
    occurred_on: date | None,
) -> "Routing":
    """Return where to turn; end the command, naming what there is, for a violation, party or answer not known."""
    from pydantic import ValidationError

    from service.rules.answers import routing_on
    from service.rules.respondents import Respondent
    from service.rules.situation import Situation

    try:
        situation = Situation.model_validate(facts, extra="forbid")
        return routing_on(catalogue, violations, situation=situation, on=on, occurred_on=occurred_on)
    except KeyError as error:
        unknown = f"violation {error.args[0]}"
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        unknown = f"{name} {facts[name]}"
    console.print(
        f"The catalogue does not know the {unknown}. It knows:\nviolations: {', '.join(catalogue.violations)}\n"
        f"respondents: {', '.join(Respondent)}\nwhat else can be known: {', '.join(Situation.model_fields)}",
        markup=False,
    )
    raise typer.Exit(2)


def _answers(known: Sequence[str]) -> dict[str, str]:
    """Return what is known by name; end the command for what is not written as NAME=ANSWER."""
    if wrong := [one for one in known if "=" not in one]:
        raise typer.BadParameter(f"{wrong[0]!r} is not written as NAME=ANSWER", param_hint="--known")
    return dict(one.split("=", 1) for one in known)


def _questions_table(routing: "Routing", lang: str) -> "Table":
    table = _table(lang, ("待答", "answer"), ("问题", "question"), ("怎样查明", "how to find out"))
    for one in routing.questions:
        table.add_row(one.id, getattr(one.asks, lang), getattr(one.find_out, lang))
    return table


def _steps_table(routing: "Routing", lang: str) -> "Table":
    table = _table(lang, ("次序", "turn"), ("渠道", "channel"), ("理由", "why"), ("状态", "status"))
    for place, step in enumerate(routing.steps, start=1):
        reasons = "\n".join(_in_words(reason, lang) for reason in step.reasons)
        table.add_row(str(place), getattr(step.name, lang), reasons, getattr(step.status_name, lang))
    return table


def _cited_table(routing: "Routing", lang: str) -> "Table":
    table = _table(lang, ("依据", "basis"), ("规定", "rule"), ("状态", "status"))
    for words, rules in (
        (("违反法律法规", "unlawful"), routing.legal_basis),
        (("违反行业规范", "against a norm"), routing.norm_basis),
        (("视对方身份而定", "depends on the party"), routing.conditional),
    ):
        for one in rules:
            table.add_row(words[lang == "en"], getattr(one.rule.title, lang), _status(one.rule, lang))
    return table


def _in_words(reason: "RoutingReason", lang: str) -> str:
    words: str = getattr(reason, lang)
    if reason.condition is None:
        return words
    return f"{words}（{reason.condition.zh}）" if lang == "zh" else f"{words} ({reason.condition.en})"


def _opened(on: datetime | None) -> tuple["Catalogue", date]:
    settings = start()
    from service.days import CHINA
    from service.rules.catalogue import load_catalogue

    return load_catalogue(settings.catalogue_dir), (on or datetime.now(CHINA)).date()


def _status(fact: "Fact", lang: str) -> str:
    words: str = getattr(fact.status_name, lang)
    return words


def _table(lang: str, *headings: tuple[str, str]) -> "Table":
    from rich.table import Table

    table = Table(show_lines=True)
    for place, (zh, en) in enumerate(headings):
        table.add_column(en if lang == "en" else zh, overflow="fold", no_wrap=place == 0)
    return table


def _print(table: "Table", notice: "Text | None", lang: str) -> None:
    """Print a table and a notice to standard output."""
    from rich.console import Console

    output = Console(file=sys.stdout, highlight=False)
    output.print(table)
    if notice is not None:
        output.print(getattr(notice, lang), markup=False)


def _print_json(document: "BaseModel") -> None:
    content: Any = document.model_dump(mode="json")
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
