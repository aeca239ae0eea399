"""Twelve drawn screens are read from pixels to rows; the benchmark reads three hundred."""

from datetime import UTC, datetime

import pytest

from benchmarks.screens import Outcome, judge
from service.host.beside import Asker
from service.screens.ocr import is_available
from service.screens.reader import ScreenReader
from tests.screens.drawing import draw_screen
from tests.screens.pen import font_file

pytestmark = [
    pytest.mark.skipif(not is_available(), reason="the reader of screenshots is not installed"),
    pytest.mark.skipif(font_file() is None, reason="no font with Chinese is installed"),
]
FIRST = 9000


async def test_rows_of_drawn_screens_are_right_and_no_wrong_number_is_accepted() -> None:
    """One test, so that one worker loads the models once."""
    outcome = Outcome()
    for seed in range(FIRST, FIRST + 12):
        judge(draw_screen(seed), outcome)
    assert outcome.accepted_wrong == []
    assert outcome.rows > 60
    assert outcome.right >= 0.95 * outcome.rows, outcome.wrong


async def test_the_process_of_its_own_reads_one_within_its_bounds() -> None:
    picture, reader = draw_screen(FIRST), ScreenReader(seconds=120)
    try:
        draft = await reader.read(
            picture.content, picture.taken, now=datetime.now(UTC), asker=Asker(b"me", "here")
        )
    finally:
        await reader.close()
    assert draft.kind == "calls"
    assert len(draft.calls) >= sum(row.is_whole for row in picture.rows)
