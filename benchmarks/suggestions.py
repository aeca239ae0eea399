"""How many of the violations that sentences name are suggested, and how many suggestions are right, for each type.

`python -m benchmarks.suggestions unseen` (or `seen`, `taught`, and `held_back` where that file is there) prints counts; with
`--errors` also the sentences that went wrong. Those that are held back are never printed: whoever has read them can no
longer measure with them (docs/suggestions.md).
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ml.words import VIOLATIONS
from service.suggestions.lexicon import suggest

SENTENCES = Path(__file__).resolve().parent / "sentences"
SEEN, UNSEEN, TAUGHT, HELD_BACK = "seen", "unseen", "taught", "held_back"


class Sentence(NamedTuple):
    """A sentence and the violations that it names."""

    text: str
    violations: frozenset[str]


class Count(NamedTuple):
    """Suggestions that are right, that are wrong, and that are missing."""

    right: int = 0
    wrong: int = 0
    missing: int = 0

    @property
    def recall(self) -> float:
        """The share of what is named that is suggested: Count(9, 1, 3).recall is 0.75."""
        return self.right / max(1, self.right + self.missing)

    @property
    def precision(self) -> float:
        """The share of suggestions that are right: Count(9, 1, 3).precision is 0.9."""
        return self.right / max(1, self.right + self.wrong)


def read_sentences(part: str) -> list[Sentence]:
    """Return the sentences of a part in the order of their file."""
    lines = (SENTENCES / f"{part}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return [Sentence(text, frozenset(filter(None, named.split(",")))) for text, named in rows]


def suggested(text: str) -> frozenset[str]:
    """Return the violations that the service suggests for a text."""
    return frozenset(one.violation for one in suggest(text))


def count_by_type(
    sentences: Iterable[Sentence], suggests: Callable[[str], frozenset[str]] = suggested
) -> dict[str, Count]:
    """Return the counts of each type, and of all together under an empty name."""
    pairs = [(one.violations, suggests(one.text)) for one in sentences]
    counts = {
        violation: Count(
            sum(violation in named and violation in found for named, found in pairs),
            sum(violation not in named and violation in found for named, found in pairs),
            sum(violation in named and violation not in found for named, found in pairs),
        )
        for violation in VIOLATIONS
    }
    return {**counts, "": Count(*(sum(column) for column in zip(*counts.values(), strict=True)))}


def table_of(counts: dict[str, Count]) -> str:
    """Return the counts as a table of Markdown."""
    rows = [
        f"| {name or 'all'} | {one.right + one.missing} | {one.right} | {one.wrong} | {one.missing} "
        f"| {one.recall:.3f} | {one.precision:.3f} |"
        for name, one in counts.items()
    ]
    head = "| type | named | right | wrong | missing | recall | precision |\n|---|---|---|---|---|---|---|\n"
    return head + "\n".join(rows)


def main(arguments: Sequence[str]) -> int:
    """Print the table of a part, and with --errors the sentences that went wrong, unless they are held back."""
    part = next((one for one in (UNSEEN, TAUGHT, HELD_BACK) if one in arguments), SEEN)
    if not (SENTENCES / f"{part}.tsv").exists():
        print(f"There is no {part}.tsv in benchmarks/sentences/.")
        return 1
    sentences = read_sentences(part)
    if "--errors" in arguments and part != HELD_BACK:
        for one in sentences:
            if (found := suggested(one.text)) != one.violations:
                signs = [f"+{name}" for name in sorted(found - one.violations)]
                signs += [f"-{name}" for name in sorted(one.violations - found)]
                print(*signs, one.text)
    print(table_of(count_by_type(sentences)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
