"""Reads the lines of a picture with the models that come with `rapidocr`, and looks at every number a second time.

A wrong digit is as good a number as the right one, so nothing but a second look can find it: the line is cut out of the
picture as it came, a little larger, in reversed colours and another width. Where both looks do not agree, or one letter was
hardly read, the line is doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from service.screens.lines import Line, Screen
from service.screens.picture import WIDTH, Opened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[Any]

THREADS: Final = 2
STRIP: Final = 2020  # pixels of height that are read at once
OVERLAP: Final = 160  # pixels that two strips share, more than a line is high
LEAST: Final = 0.5  # that a line must be sure on the whole: below it, icons are taken for text
LEAST_LETTER: Final = 0.4  # that each digit must be sure; behind other letters right ones are often half sure
MOST_LINES: Final = 600
WIDER: Final = 1.12  # of the second look
_DIGITS: Final = re.compile(r"\d{3}|\d.*\d.*\d")
_COMPARED: Final = re.compile(r"[^\d*+:()]")
MIDDLE: Final = (0.25, 0.55)  # of a line: without icons before it and a count behind it
RED: Final = 55  # by how much red outweighs the other colours of the letters


class _Read(NamedTuple):
    """A text with its corners in pixels of the picture as it came, and how sure its least sure digit is."""

    text: str
    box: tuple[float, float, float, float]
    surest: float


def is_available() -> bool:
    """Return whether the reader is installed."""
    from importlib.util import find_spec  # noqa: PLC0415

    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def read_lines(opened: Opened) -> Screen:
    """Return the lines of a picture; MemoryError ends the process."""
    import numpy as np  # noqa: PLC0415

    image = opened.image
    pixels = np.asarray(image)[:, :, ::-1]  # the models were trained on blue, green, red
    found = list(_strips(image))[:MOST_LINES]
    again = _second_look(pixels, [one for one in found if _DIGITS.search(one.text)])
    lines = []
    for one in found:
        left, top, right, bottom = one.box
        second = again.get(one.box)
        is_doubtful = one.surest < LEAST_LETTER or (second is not None and not _agree(one.text, second))
        is_red, ink = _is_red(pixels, one.box), ink_of(pixels, one.box) if second is not None else 0.0
        lines.append(Line(one.text, left, top, right, bottom, is_doubtful, is_red, ink))
    return Screen(image.width, image.height, lines, opened.taken)


@cache
def _engine() -> Any:
    from onnxruntime import SessionOptions  # noqa: PLC0415
    from rapidocr import RapidOCR  # noqa: PLC0415
    from rapidocr.inference_engine.onnxruntime import main as loading  # noqa: PLC0415

    class Waiting(SessionOptions):  # type: ignore[misc]
        """Threads that wait instead of turning: the service's own requests need the processor."""

        def __init__(self) -> None:
            super().__init__()
            self.add_session_config_entry("session.intra_op.allow_spinning", "0")

    loading.SessionOptions = Waiting  # type: ignore[attr-defined]  # rapidocr has no setting for this; nobody else runs in this process
    return RapidOCR(
        params={
            "Global.use_cls": False,  # screens are upright
            "Global.text_score": LEAST,
            "Global.max_side_len": STRIP,
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
        }
    )


def _strips(image: Any) -> Iterator[_Read]:
    """Yield what is read, strip by strip; of what two strips share, each gives its half."""
    import numpy as np  # noqa: PLC0415

    scale = WIDTH / min(image.size)
    small = image.resize((round(image.width * scale), round(image.height * scale)))
    pixels = np.asarray(small)[:, :, ::-1]
    top = 0
    while True:
        is_last = top + STRIP >= small.height
        begin = top + OVERLAP / 2 if top else 0.0
        end = small.height if is_last else top + STRIP - OVERLAP / 2
        for text, (left, upper, right, lower), surest in _texts(pixels[top : top + STRIP]):
            if begin <= top + (upper + lower) / 2 < end:
                box = (left / scale, (top + upper) / scale, right / scale, (top + lower) / scale)
                yield _Read(text, box, surest)
        if is_last:
            return
        top += STRIP - OVERLAP


def _texts(pixels: Pixels) -> Iterator[tuple[str, tuple[float, float, float, float], float]]:
    import numpy as np  # noqa: PLC0415

    result = _engine()(np.ascontiguousarray(pixels), return_word_box=True, return_single_char_box=True)
    if result.boxes is None:
        return
    for box, text, letters in zip(result.boxes, result.txts, result.word_results, strict=True):
        (left, top), (right, bottom) = box.min(axis=0).tolist(), box.max(axis=0).tolist()
        digits = [score for letter, score, _ in letters if letter.isdigit()]
        yield text, (left, top, right, bottom), min(digits, default=1.0)


def _second_look(pixels: Pixels, lines: Sequence[_Read]) -> dict[tuple[float, float, float, float], str]:
    """Return what each line is read as when it is cut out again."""
    if not lines:
        return {}
    from rapidocr.ch_ppocr_rec import TextRecInput  # noqa: PLC0415

    pieces = [_cut(pixels, one.box) for one in lines]
    read = _engine().text_rec(TextRecInput(img=pieces))
    return {one.box: text for one, text in zip(lines, read.txts, strict=True)}


def _cut(pixels: Pixels, box: tuple[float, float, float, float]) -> Pixels:
    import cv2  # noqa: PLC0415

    left, top, right, bottom = box
    more = 0.12 * (bottom - top)
    piece = pixels[
        max(0, round(top - more)) : round(bottom + more), max(0, round(left - more)) : round(right + more)
    ]
    height = 48
    width = max(8, round(piece.shape[1] * height / piece.shape[0] * WIDER))
    cut: Pixels = 255 - cv2.resize(piece, (width, height), interpolation=cv2.INTER_AREA)
    return cut


def _agree(first: str, second: str) -> bool:
    """Return whether two looks found the same digits."""
    return _COMPARED.sub("", _half_width(first)) == _COMPARED.sub("", _half_width(second))


def _half_width(text: str) -> str:
    from service.numbers.text import fold  # noqa: PLC0415

    return fold(text)


def ink_of(pixels: Pixels, box: tuple[float, float, float, float]) -> float:
    """Return how high the letters in the middle of a line are, in pixels: digits of one list are all as high."""
    import numpy as np  # noqa: PLC0415

    left, top, right, bottom = box
    begin, end = round(left + MIDDLE[0] * (right - left)), round(left + MIDDLE[1] * (right - left))
    piece = pixels[max(0, round(top)) : round(bottom), max(0, begin) : end].astype(int)
    if not piece.size:
        return 0.0
    apart = np.abs(piece - np.median(piece.reshape(-1, 3), axis=0)).sum(axis=2)
    rows = np.flatnonzero((apart > 0.45 * np.percentile(apart, 99)).sum(axis=1) >= 2)
    return float(rows[-1] - rows[0] + 1) if len(rows) else 0.0


def _is_red(pixels: Pixels, box: tuple[float, float, float, float]) -> bool:
    """Return whether the letters of a line are red, whatever is behind them."""
    import numpy as np  # noqa: PLC0415

    left, top, right, bottom = (round(one) for one in box)
    piece = pixels[max(0, top) : bottom, max(0, left) : right].reshape(-1, 3).astype(int)
    if not len(piece):
        return False
    behind = np.median(piece, axis=0)
    letters = piece[np.abs(piece - behind).sum(axis=1) > 150]
    if len(letters) < 20:
        return False
    blue, green, red = letters.mean(axis=0)
    return bool(red - max(blue, green) > RED)
