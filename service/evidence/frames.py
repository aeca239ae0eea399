"""Knows compressed sound without a container: MP3 and AAC by their frames, behind whatever tag or padding stands before."""

from typing import Final

_TAG_HEADER: Final = 10  # bytes of the header of an ID3v2 tag
_SURE: Final = 3  # frames in a row that do not occur by chance in what is something else


def framed_type(head: bytes) -> str | None:
    """Return the media type of MP3, AAC or FLAC by its first bytes, with any ID3 tag or none; None for anything else.

    The type of a tag's first frame, its padding and an empty tag say nothing about the sound (ID3v2.2, 2.3, 2.4).
    """
    behind = _end_of_tags(head)
    if behind >= len(head):
        return "audio/mpeg" if behind else None  # the picture of a cover fills all that is at hand
    start = _skip_padding(head, behind)
    if head.startswith(b"fLaC", start):
        return "audio/flac"
    is_here = behind or start == 0  # where a frame is expected, one is enough
    found = _frames_from(head, start, needed=1 if is_here else _SURE) or _first_frames(head, start)
    return found or ("audio/mpeg" if behind and start >= len(head) - 4 else None)


def _end_of_tags(head: bytes) -> int:
    """Return where the last of the ID3v2 tags at the beginning ends; 0 if there is none."""
    end = 0
    while _is_tag(head[end : end + _TAG_HEADER]):
        size = 0
        for byte in head[end + 6 : end + 10]:
            size = size << 7 | byte
        has_footer = bool(head[end + 5] & 0x10) and head[end + 3] == 4
        end += _TAG_HEADER + size + (_TAG_HEADER if has_footer else 0)
    return end


def _is_tag(header: bytes) -> bool:
    return (
        len(header) == _TAG_HEADER
        and header.startswith(b"ID3")
        and 2 <= header[3] <= 4
        and header[4] < 0xFF
        and all(byte < 0x80 for byte in header[6:])
    )


def _skip_padding(head: bytes, start: int) -> int:
    return start + len(head[start:]) - len(head[start:].lstrip(b"\0"))


def _first_frames(head: bytes, start: int) -> str | None:
    """Return the type of the first frames that are surely some: a tag may tell a wrong size, or leave something behind."""
    at = head.find(0xFF, start)
    while at >= 0:
        if found := _frames_from(head, at, needed=_SURE):
            return found
        at = head.find(0xFF, at + 1)
    return None


def _frames_from(head: bytes, at: int, *, needed: int) -> str | None:
    """Return the type of at least so many frames in a row; the last of them leads to the next, or out of what is known."""
    first = at
    for _ in range(needed):
        length = _length(head[at : at + 8])
        if not length or (at != first and not _is_alike(head, at, first)):
            return None
        at += length
    if at + 1 < len(head) and not _is_alike(head, at, first):
        return None
    return "audio/mpeg" if head[first + 1] & 0x06 else "audio/aac"


def _is_alike(head: bytes, at: int, first: int) -> bool:
    """Return whether a frame of the same version and layer begins at a place."""
    mask = 0xFE if head[first + 1] & 0x06 else 0xF6
    return head[at] == 0xFF and head[at + 1] & mask == head[first + 1] & mask


def _length(head: bytes) -> int:
    """Return the length in bytes of the frame that begins here; 0 if there is none."""
    if len(head) < 8 or head[0] != 0xFF:
        return 0
    if head[1] & 0xF6 == 0xF0:  # ADTS (ISO/IEC 13818-7)
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        return length if length > 7 else 0
    if head[1] & 0xE6 in (0xE2, 0xE4):  # layers III and II (ISO/IEC 11172-3, 13818-3)
        return _mpeg_length(head)
    return 0


_KBITS: Final = {
    (True, 1): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),  # MPEG-1, layer III
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0),  # MPEG-1, layer II
    (False, 1): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),  # MPEG-2 and 2.5
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
_HERTZ: Final = {3: (44100, 48000, 32000, 0), 2: (22050, 24000, 16000, 0), 0: (11025, 12000, 8000, 0)}


def _mpeg_length(head: bytes) -> int:
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    hertz = _HERTZ.get(version, (0, 0, 0, 0))[head[2] >> 2 & 3]
    is_first = version == 3
    kbits = _KBITS[is_first, layer][head[2] >> 4]
    is_half = layer == 1 and not is_first  # a frame of layer III of MPEG-2 has half as many samples
    return (72 if is_half else 144) * kbits * 1000 // hertz + (head[2] >> 1 & 1) if hertz and kbits else 0
