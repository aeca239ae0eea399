"""Reads screenshots beside the event loop: one at a time in this worker, in a process with bounds of its own."""

from datetime import date, datetime
from typing import Final

import orjson

from service.edge.problems import (
    SCREEN_REFUSED,
    SCREENS_UNAVAILABLE,
    TOO_MANY_AT_ONCE,
    ProblemError,
)
from service.host.alone import Alone
from service.host.beside import Asker, Beside, BusyError, SpentError
from service.screens.ocr import is_available
from service.screens.reading import request_of
from service.screens.schemas import ScreenDraft

MOST_MEMORY: Final = (
    3 * 1024**3
)  # of address space; reading a screen takes 1.4 GB of it, and 0.7 GB of memory
SECONDS: Final = 60.0  # of the clock: it works behind everything that people wait for
RETRY_SECONDS: Final = "5"
MOST_INSIDE: Final = 6  # the last of them waits some ten seconds
_WORK: Final = "service.screens.reading:read"
#: Why a picture is not read -> in Chinese and English.
_REFUSED: Final = {
    "type": ("它不是 PNG、JPEG 或 WebP 图片", "it is no PNG, JPEG or WebP picture"),
    "size": (
        "图片太大或太长（最多 2400 万像素，长不超过宽的 14 倍）",
        "the picture is too large or too long: at most 24 million pixels, and 14 times as long as wide",
    ),
    "bytes": ("图片超过 10 MB", "the picture has more than 10 MB"),
    "small": (
        "图片太小，短边不足 200 像素",
        "the picture is too small: its short side has fewer than 200 pixels",
    ),
    "damaged": ("图片已损坏", "the picture is damaged"),
    "spent": ("读取它需要的时间或内存过多", "reading it takes too much time or memory"),
}


class ScreenReader:
    """The queue before the process, and the process, of one worker."""

    def __init__(self, *, most_memory: int = MOST_MEMORY, seconds: float = SECONDS) -> None:
        self._beside = Beside(most_inside=MOST_INSIDE, most_each=1)
        self._alone = Alone(_WORK, most_bytes=most_memory)
        self._seconds = seconds

    async def read(
        self, content: bytes, taken: datetime | date | None, *, now: datetime, asker: Asker
    ) -> ScreenDraft:
        """Return the draft of a picture; raise the problem for which there is none."""
        request = request_of(content, taken, now)
        try:
            answer = await self._beside.in_turn(
                lambda: self._alone.do(request), asker=asker, seconds=self._seconds
            )
        except BusyError:
            raise ProblemError(TOO_MANY_AT_ONCE, headers={"Retry-After": RETRY_SECONDS}) from None
        except SpentError:
            raise refused("spent") from None
        if answer.startswith(b'{"refused"'):
            raise refused(orjson.loads(answer)["refused"])
        return ScreenDraft.model_validate_json(answer)

    async def close(self) -> None:
        """End the process."""
        await self._alone.close()


def require_available() -> None:
    """Raise screens_unavailable where the reader is not installed."""
    if not is_available():
        raise ProblemError(SCREENS_UNAVAILABLE)


def refused(code: str) -> ProblemError:
    """Return the problem of a picture that is not read, for one of the reasons above."""
    zh, en = _REFUSED.get(code, _REFUSED["damaged"])
    return ProblemError(SCREEN_REFUSED, reason_zh=zh, reason_en=en)
