"""How well drawn call lists are read: `python -m benchmarks.screens --screens 300 --seed 0`.

A row is right if number, count, day, clock, direction and lengths are what was drawn; where a screen does not say one of
them, the right answer is none. A wrong number without a mark is the one thing that must not happen: it would accuse
somebody else.
"""

import argparse
import time
from collections import Counter
from dataclasses import dataclass, field

from service.screens.calls import OF_NUMBER, Call, Seen, read_calls
from service.screens.ocr import read_lines
from service.screens.picture import open_picture
from tests.screens.callers import Drawn
from tests.screens.drawing import Picture, draw_screen


@dataclass
class Outcome:
    """What became of the rows of several screens; only rows that stand whole on their screen are counted as rows."""

    by_layout: Counter[str] = field(default_factory=Counter)
    right_by_layout: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)
    unmarked: int = 0
    accepted_wrong: list[str] = field(default_factory=list)
    not_right: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    processor_seconds: list[float] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows were drawn whole."""
        return sum(self.by_layout.values())

    @property
    def right(self) -> int:
        """How many of them were read rightly."""
        return sum(self.right_by_layout.values())


def judge(picture: Picture, outcome: Outcome) -> None:
    """Read a picture and add what became of its rows."""
    began, worked = time.perf_counter(), time.process_time()
    screen = read_lines(open_picture(picture.content))
    calls = read_calls(screen.lines, screen.width, screen.height, Seen(picture.taken, picture.taken))
    outcome.seconds.append(time.perf_counter() - began)
    outcome.processor_seconds.append(time.process_time() - worked)
    for drawn in picture.rows:
        inside = [one for one in calls if drawn.top <= (one.top + one.bottom) / 2 < drawn.bottom]
        _add(picture.layout, drawn, inside[0] if inside else None, outcome)


def _add(layout: str, drawn: Drawn, call: Call | None, outcome: Outcome) -> None:
    told = f"{layout} | {drawn} | {call}"
    if call is not None and call.number and is_accepted(call) and call.number.key != drawn.number:
        outcome.accepted_wrong.append(told)
    if not drawn.is_whole:
        return
    outcome.by_layout[layout] += 1
    if call is None or (wrong := differences(drawn, call)):
        outcome.wrong.update(["missing"] if call is None else wrong)
        outcome.not_right.append(told)
        return
    outcome.right_by_layout[layout] += 1
    outcome.doubts.update(call.doubts)
    outcome.unmarked += is_accepted(call)


def differences(drawn: Drawn, call: Call) -> list[str]:
    """Return in what a call differs from what was drawn."""
    day, clock = (call.at.day, call.at.clock) if call.at else (None, None)
    if clock and drawn.clock and call.at and call.at.precision == 60:
        clock = clock.replace(second=drawn.clock.second)  # the screen does not tell seconds
    pairs = {
        "number": (drawn.number, call.number.key if call.number else None),
        "count": (drawn.count, call.times),
        "day": (drawn.day, day),
        "clock": (drawn.clock, clock),
        "direction": (drawn.is_incoming, call.told.is_incoming),
        "length": (drawn.seconds, call.told.seconds),
        "ring": (drawn.ring, call.told.ring_seconds),
    }
    return [name for name, (said, read) in pairs.items() if said != read]


def is_accepted(call: Call) -> bool:
    """Return whether a call's number is taken without a mark."""
    return call.number is not None and not OF_NUMBER & set(call.doubts)


def main() -> None:
    """Draw, read, compare, and print what was right."""
    parser = argparse.ArgumentParser(
        description="Read drawn call lists and compare them with what was drawn."
    )
    parser.add_argument("--screens", type=int, default=300, help="How many screens are drawn.")
    parser.add_argument("--seed", type=int, default=0, help="The seed of the first screen.")
    parser.add_argument("--errors", action="store_true", help="Print every row that was not right.")
    options = parser.parse_args()
    outcome = Outcome()
    for seed in range(options.seed, options.seed + options.screens):
        judge(draw_screen(seed), outcome)
    _print(outcome, is_long=options.errors)


def _print(outcome: Outcome, *, is_long: bool) -> None:
    for line in (*outcome.accepted_wrong, *(outcome.not_right if is_long else ())):
        print(line)
    for layout, rows in sorted(outcome.by_layout.items()):
        print(f"{layout}: {outcome.right_by_layout[layout]} of {rows} rows right")
    print(f"all: {outcome.right} of {outcome.rows} rows right ({outcome.right / outcome.rows:.4f})")
    print(f"not right in: {dict(outcome.wrong)}")
    print(f"doubts of right rows: {dict(outcome.doubts)}")
    print(f"right rows whose number is taken without a mark: {outcome.unmarked}")
    print(f"wrong numbers accepted without a mark: {len(outcome.accepted_wrong)}")
    for name, seconds in (("seconds", outcome.seconds), ("seconds of processor", outcome.processor_seconds)):
        ordered = sorted(seconds)
        print(f"{name} a screen: median {ordered[len(ordered) // 2]:.2f}, longest {ordered[-1]:.2f}")


if __name__ == "__main__":
    main()
