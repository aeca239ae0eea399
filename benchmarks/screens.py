"""How well drawn call lists are read: `python -m benchmarks.screens --screens 300 --seed 0`.

A row is right if number, count, day, clock, direction and lengths are what was drawn; where a screen does not say one of them, the
right answer is none. A wrong number without a mark is the one thing that must not happen: such a number would accuse somebody else.
"""

import argparse
import time
from collections import Counter
from datetime import datetime

from service.screens.calls import OF_NUMBER, Call, Seen, read_calls
from service.screens.ocr import read_lines
from service.screens.picture import open_picture
from tests.screens.drawing import Drawn, Picture, draw_screen


def compare(drawn: Drawn, call: Call) -> list[str]:
    """Return in what a call differs from what was drawn."""
    at = call.at
    pairs = {
        "number": (drawn.number, call.number.key if call.number else None),
        "count": (drawn.count, call.count),
        "day": (drawn.day, at.day if at else None),
        "clock": (drawn.clock, at.clock if at else None),
        "direction": (drawn.is_incoming, call.told.is_incoming),
        "length": (drawn.seconds, call.told.seconds),
        "ring": (drawn.ring, call.told.ring_seconds),
    }
    wrong = [name for name, (said, read) in pairs.items() if said != read]
    if "clock" in wrong and drawn.clock and at and at.clock and at.precision == 60:
        same = (drawn.clock.hour, drawn.clock.minute) == (at.clock.hour, at.clock.minute)
        wrong = [name for name in wrong if name != "clock" or not same]
    return wrong


def match(picture: Picture, calls: list[Call]) -> list[tuple[Drawn, Call | None]]:
    """Return each drawn row with the call that stands where it was drawn."""
    found: list[tuple[Drawn, Call | None]] = []
    for drawn in picture.rows:
        inside = [one for one in calls if drawn.top <= (one.top + one.bottom) / 2 < drawn.bottom]
        found.append((drawn, inside[0] if inside else None))
    return found


def is_accepted(call: Call) -> bool:
    """Return whether a call's number is taken without a mark."""
    return call.number is not None and not OF_NUMBER & set(call.doubts)


def main() -> None:
    """Draw, read, compare, and print what was right."""
    parser = argparse.ArgumentParser(description="Read drawn call lists and compare them with what was drawn.")
    parser.add_argument("--screens", type=int, default=300, help="How many screens are drawn.")
    parser.add_argument("--seed", type=int, default=0, help="The seed of the first screen.")
    parser.add_argument("--errors", action="store_true", help="Print every row that was not right.")
    options = parser.parse_args()
    rows, right, unmarked, accepted_wrong = Counter[str](), Counter[str](), 0, 0
    wrong: Counter[str] = Counter()
    marks: Counter[str] = Counter()
    seconds = []
    for seed in range(options.seed, options.seed + options.screens):
        picture = draw_screen(seed)
        began = time.perf_counter()
        screen = read_lines(open_picture(picture.content))
        calls = read_calls(screen.lines, screen.width, screen.height, Seen(picture.taken, picture.taken))
        seconds.append(time.perf_counter() - began)
        for drawn, call in match(picture, calls):
            if call is not None and is_accepted(call) and call.number and call.number.key != drawn.number:
                accepted_wrong += 1
                print(f"ACCEPTED WRONG seed {seed} {picture.layout} {drawn} {call}")
            if not drawn.is_whole:
                continue
            rows[picture.layout] += 1
            differs = ["missing"] if call is None else compare(drawn, call)
            if not differs:
                right[picture.layout] += 1
                assert call is not None
                marks.update(call.doubts)
                unmarked += is_accepted(call)
            wrong.update(differs)
            if differs and options.errors:
                print(seed, picture.layout, picture.width, differs, drawn, call, sep=" | ")
    _report(rows, right, wrong, marks, seconds)
    total = sum(right.values())
    print(f"right rows whose number is taken without a mark: {unmarked} of {total}")
    print(f"wrong numbers accepted without a mark: {accepted_wrong}")


def _report(
    rows: Counter[str], right: Counter[str], wrong: Counter[str], marks: Counter[str], seconds: list[float]
) -> None:
    for layout in sorted(rows):
        print(f"{layout}: {right[layout]} of {rows[layout]} rows right ({right[layout] / rows[layout]:.3f})")
    print(f"all: {sum(right.values())} of {sum(rows.values())} rows right ({sum(right.values()) / sum(rows.values()):.4f})")
    print(f"wrong in: {dict(wrong)}")
    print(f"marks of right rows: {dict(marks)}")
    ordered = sorted(seconds)
    print(f"seconds per screen: median {ordered[len(ordered) // 2]:.2f}, longest {ordered[-1]:.2f} ({datetime.now():%Y-%m-%d})")


if __name__ == "__main__":
    main()
