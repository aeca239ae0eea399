"""The command that attacks the crowd's gate in simulation, and reports what an attack takes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import AsJson
from service.commands.process import console

if TYPE_CHECKING:
    from ml.simulation.attack_grid import Cell
    from ml.simulation.attacks import Goal


def simulate(
    attack: Annotated[
        list[str] | None, typer.Option(help="Run this attack; repeat for several. By default, all are run.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Simulate this many worlds.")] = 20,
    targets: Annotated[int, typer.Option(min=10, help="Attack this many numbers in each world.")] = 1000,
    as_json: AsJson = False,
    figure: Annotated[Path | None, typer.Option(help="Draw the result to this file, as SVG.")] = None,
) -> None:
    """Attack the crowd's gate in simulation, with the code that serves; the same options give the same result."""
    from ml.simulation.attack_figure import draw_figure
    from ml.simulation.attacks import judge_goals

    if figure is not None and (figure.suffix != ".svg" or not figure.parent.is_dir()):
        console.print(f"--figure: {figure} must be an .svg file in an existing directory.", markup=False)
        raise typer.Exit(2)
    cells = _attacked(attack, seeds=seeds, targets=targets)
    goals = judge_goals(cells)
    if figure is not None:
        figure.write_text(draw_figure(cells), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(_document(cells, goals, seeds=seeds, targets=targets), indent=2))
    else:
        typer.echo("\n".join([*_table(cells), "", *_judgement(goals)]))


def _attacked(wanted: list[str] | None, *, seeds: int, targets: int) -> "Sequence[Cell]":
    """Run the attacks wanted, or all; end the command where one is not known."""
    from ml.simulation.attacks import ATTACKS, UnknownAttackError, run_grid
    from service.commands.progress import counted

    names = list(dict.fromkeys(wanted or ATTACKS))
    try:
        with counted() as progress:
            task = progress.add_task("simulate", total=seeds * len(names))
            return run_grid(names, seeds=seeds, targets=targets, progress=lambda: progress.advance(task))
    except UnknownAttackError as error:
        console.print(f"--attack: {error}", markup=False)
        raise typer.Exit(2) from error


def _document(
    cells: "Sequence[Cell]", goals: "Sequence[Goal]", *, seeds: int, targets: int
) -> dict[str, object]:
    return {
        "seeds": seeds,
        "targets_per_seed": targets,
        "cells": [
            {
                "attack": cell.attack,
                "setting": cell.setting,
                "highest_probability": cell.highest_probability,
                "shares": {
                    name: {"found": share.found, "of": share.of, "share": share.value}
                    for name, share in cell.shares.items()
                },
            }
            for cell in cells
        ],
        "goals": [goal._asdict() for goal in goals],
    }


def _table(cells: "Sequence[Cell]") -> list[str]:
    """Return the cells as lines of Markdown, as `docs/scoring.md` shows them."""
    lines = ["| attack | setting | of | result |", "|---|---|---|---|"]
    for cell in cells:
        told = [f"{name} {_percent(share.value)}" for name, share in cell.shares.items()]
        if cell.highest_probability is not None:
            told.append(f"trust up to {cell.highest_probability:.3f}")
        cases = next(iter(cell.shares.values())).of
        lines.append(f"| {cell.attack} | {cell.setting} | {cases:,} | {', '.join(told)} |")
    return lines


def _judgement(goals: "Sequence[Goal]") -> list[str]:
    lines = ["| goal | wanted | measured | |", "|---|---|---|---|"]
    return lines + [
        f"| {goal.what} | {goal.wanted} | {goal.measured:.4f} | {'met' if goal.is_met else 'missed'} |"
        for goal in goals
    ]


def _percent(value: float | None) -> str:
    return "none" if value is None else f"{value:.1%}".replace("%", " %")
