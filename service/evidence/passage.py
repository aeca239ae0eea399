"""A file on its way into the vault: counted, hashed, examined and skimmed, and refused as early as possible."""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from service.edge.in_flight import Pace, Place, TooSlowError
from service.edge.problems import (
    EVIDENCE_EMPTY,
    EVIDENCE_TOO_LARGE,
    REQUEST_TIMEOUT,
    UPLOAD_TOO_SLOW,
    ProblemError,
    megabytes,
)
from service.evidence.made import Made
from service.evidence.media import Examiner
from service.evidence.reading import Reading, Sent, made_beside, read_beside
from service.evidence.room import LOOK_BYTES, Room
from service.evidence.skim import Skimmer
from service.host.beside import Asker, Beside
from service.settings import Settings

UPLOAD_SECONDS: Final = 300  # 25 MB at 85 kB/s; a slower sender occupies a place that others wait for


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a piece of evidence may be, in bytes: a video, and anything else."""

    other: int
    video: int

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Return the limits that are set."""
        return cls(
            settings.evidence_max_bytes, max(settings.evidence_max_bytes, settings.evidence_max_video_bytes)
        )

    def require(self, media_type: str | None, size: int) -> None:
        """Raise evidence_too_large for a size; as long as the type is not known it may be a video."""
        is_video = media_type is None or media_type.startswith("video/")
        if size > (self.video if is_video else self.other):
            raise too_large(self.video if is_video else self.other)


@dataclass(frozen=True, slots=True)
class About:
    """What a file is read for: the key of the reported number, the time now, and what dates of a log may need."""

    number: str
    now: datetime
    reported_at: datetime | None = None
    year: int | None = None


class Passage:
    """Passes a file on, piece by piece; `grow` is told its size so far, and raises where there is no room for more."""

    def __init__(self, limits: Limits, about: About, *, room: Room, grow: Callable[[int], None]) -> None:
        self._limits = limits
        self._about = about
        self._room = room
        self._grow = grow
        self._digest = hashlib.sha256()
        self._examiner = Examiner()
        self._skimmer = Skimmer()
        self._looked_at = 0
        self.size = 0
        self.reading: Reading
        self.made: Made | None = None

    async def content(
        self, pieces: AsyncIterator[bytes], named: Callable[[], str], beside: Beside, asker: Asker
    ) -> AsyncIterator[bytes]:
        """Yield the file as it came; only a file that may be kept reaches the end."""
        async for piece in pieces:
            self.size += len(piece)
            self._grow(self.size)
            self._digest.update(piece)
            self._examiner.look(piece)
            self._skimmer.look(piece)
            self._limits.require(self._examiner.known_type, self.size)
            if self.size - self._looked_at >= LOOK_BYTES:
                self._looked_at = self.size
                await self._room.require_disk()
            yield piece
        if not self.size:
            raise ProblemError(EVIDENCE_EMPTY)
        self.reading = await self._read(named(), beside, asker)
        self._limits.require(self.reading.media_type, self.size)

    async def _read(self, name: str, beside: Beside, asker: Asker) -> Reading:
        found = self._examiner.finish()
        if found is not None:
            fragment = self._skimmer.fragment(found.media_type)
            self.made = await made_beside(beside, found.media_type, fragment, self._about.now, asker)
            return Reading(found.media_type)
        about = self._about
        sent = Sent(self._examiner.kept, name, about.number, about.now, about.reported_at, about.year)
        reading = await read_beside(beside, sent, asker)
        self.made = reading.made
        return reading

    @property
    def sha256(self) -> bytes:
        """The digest of the content so far."""
        return self._digest.digest()


def too_large(limit: int) -> ProblemError:
    """Return the problem of a file beyond a limit: its original is to be kept as it is."""
    return ProblemError(EVIDENCE_TOO_LARGE, limit=megabytes(limit))


async def in_time(
    place: Place, pieces: AsyncIterator[bytes], *, seconds: int | None = None
) -> AsyncIterator[bytes]:
    """Yield the pieces while the sender keeps the pace; raise inside the vault's upload, so that it is abandoned.

    All must have come within so many seconds, those of a piece of evidence if none are given.
    """
    most_seconds = UPLOAD_SECONDS if seconds is None else seconds
    pace = Pace(most_seconds=most_seconds)
    while True:
        try:
            piece = await place.wait(lambda: anext(pieces, None), pace)
        except TooSlowError as slow:
            if slow.is_over:
                raise ProblemError(UPLOAD_TOO_SLOW, seconds=most_seconds) from None
            raise ProblemError(REQUEST_TIMEOUT, seconds=round(pace.pause_seconds)) from None
        if piece is None:
            return
        place.moved_bytes += len(piece)
        yield piece
