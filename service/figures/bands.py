"""Bands of published counts, and counts that stand still until they have moved far enough.

What happened in a week is counted once and shown as a band: weeks do not overlap, so that their difference is nobody. What
goes on from week to week, such as how many numbers are listed, would tell of a single one when it passes the edge of a
band; it therefore keeps its band until at least `LEAST` have come or gone.
"""

from bisect import bisect_right
from typing import Final

from pydantic import BaseModel, Field, computed_field

from service.rules.facts import Text

LEAST: Final = 5
#: Lower bounds: 5, 10, 20, 50, 100 … 1,000,000; whatever is below the first is "fewer than 5", also nothing at all.
BOUNDS: Final = (LEAST, *(step * 10**power for power in range(1, 6) for step in (1, 2, 5)), 10**6)


class Band(BaseModel):
    """A count, told as the band it falls into: never more precisely."""

    at_least: int = Field(
        ge=0, description="The lower bound; 0 if there are fewer than 5, also if there are none."
    )
    below: int | None = Field(description="The count is below this; null for the highest band.")

    @computed_field(description="The band in words.")  # type: ignore[prop-decorator]
    @property
    def text(self) -> Text:
        """The band in words: 少于 5, 20 至 49."""
        if self.below is None:
            return Text(zh=f"{self.at_least:,} 以上", en=f"{self.at_least:,} or more")
        if not self.at_least:
            return Text(zh=f"少于 {self.below}", en=f"fewer than {self.below}")
        return Text(
            zh=f"{self.at_least:,} 至 {self.below - 1:,}", en=f"{self.at_least:,} to {self.below - 1:,}"
        )


def band_of(count: int) -> Band:
    """Return the band of a count: 4 → fewer than 5, 5 → 5 to 9, 19 → 10 to 19, 1,234,567 → 1,000,000 or more."""
    place = bisect_right(BOUNDS, count)
    return Band(
        at_least=BOUNDS[place - 1] if place else 0, below=BOUNDS[place] if place < len(BOUNDS) else None
    )


def held(count: int, before: int | None) -> int:
    """Return the count whose band is shown: the one of the week before, until it has moved by `LEAST` at least."""
    return before if before is not None and abs(count - before) < LEAST else count
