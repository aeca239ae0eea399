"""Keeps of a file that streams by what may say when it was made: its beginning, its end, and the head of an MP4's film.

It looks at no more than a fixed number of boxes and keeps a fixed number of bytes, whatever the file says of its sizes.
"""

import re
from typing import Final

HEAD_BYTES: Final = 128 * 1024
TAIL_BYTES: Final = 64 * 1024
FRAGMENT_BYTES: Final = 64 * 1024
_MOST_BOXES: Final = 500
_BOX_HEADER: Final = 16  # bytes, of which a size of 64 bits needs all
_FILM_BYTES: Final = 512  # the header of a film has some 120, and stands first
_FIELDS: Final = re.compile(
    rb"Exif\0\0(?=II\*\0|MM\0\*)|eXIf(?=II\*\0|MM\0\*)|EXIF.{4}(?=II\*\0|MM\0\*)", re.DOTALL
)


class Boxes:
    """Follows the boxes of an ISO base media file (ISO/IEC 14496-12) to its film, and keeps the beginning of that."""

    def __init__(self) -> None:
        self.film = b""
        self._window = bytearray()
        self._wanted = _BOX_HEADER
        self._starts_at = 0
        self._seen_bytes = 0
        self._left = _MOST_BOXES

    def look(self, piece: bytes) -> None:
        """Look at the next piece of the file."""
        begin = self._seen_bytes
        self._seen_bytes += len(piece)
        while self._left and self._starts_at + len(self._window) < self._seen_bytes:
            at = self._starts_at + len(self._window) - begin
            self._window += piece[at : at + self._wanted - len(self._window)]
            if self._window[4:8] == b"moov":
                self._wanted = _FILM_BYTES
                self.film = bytes(self._window)
            if len(self._window) >= self._wanted:
                self._go_on()

    def _go_on(self) -> None:
        """Go to where the box ends that begins here, if there are to be more."""
        size = int.from_bytes(self._window[:4], "big")
        if size == 1:
            size = int.from_bytes(self._window[8:16], "big")
        is_over = size < 8 or self._window[4:8] == b"moov"
        self._left = 0 if is_over else self._left - 1
        self._starts_at += size
        self._window.clear()


class Skimmer:
    """Keeps what may say when a file was made."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._boxes = Boxes()

    def look(self, piece: bytes) -> None:
        """Look at the next piece of the file."""
        self._head += piece[: HEAD_BYTES - len(self._head)]
        self._tail += piece[-TAIL_BYTES:]
        if len(self._tail) > 4 * TAIL_BYTES:
            del self._tail[:-TAIL_BYTES]
        self._boxes.look(piece)

    def fragment(self, media_type: str) -> bytes:
        """Return the part of a file of this type that may say when it was made; nothing if none does."""
        if media_type in ("video/mp4", "video/quicktime", "video/3gpp", "audio/mp4"):
            return self._boxes.film
        kind = media_type.partition("/")[0]
        if kind == "image" and media_type != "image/tiff":
            return self._fields()
        return bytes(self._head[:FRAGMENT_BYTES]) if kind in ("audio", "image", "video") else b""

    def _fields(self) -> bytes:
        """Return the fields of Exif with what follows them: some formats have them at their end."""
        for part in (self._head, self._tail[-TAIL_BYTES:]):
            if found := _FIELDS.search(part):
                return bytes(part[found.end() : found.end() + FRAGMENT_BYTES])
        return b""
