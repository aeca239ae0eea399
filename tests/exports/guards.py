"""Reading CSV files of exports back."""

from collections.abc import Sequence


def unguarded(cells: Sequence[str]) -> list[str]:
    """Return the texts of cells read back from CSV, without the apostrophe that guards some of them."""
    return [cell.removeprefix("'") for cell in cells]
