"""When a file was made is read from the file itself, where it says so in a way that can be trusted to mean it."""

import io
import struct
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from service.days import CHINA
from service.evidence.made import Made, MadeFrom, made_of
from service.evidence.skim import FRAGMENT_BYTES, HEAD_BYTES, Skimmer
from tests.evidence.evidence_files import iso_media, mp3

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
AT = datetime(2026, 3, 1, 13, 30, 5, tzinfo=UTC)
IN_CHINA = AT.astimezone(CHINA).replace(tzinfo=None)
MVHD_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)


def box(kind: bytes, content: bytes, *, is_wide: bool = False) -> bytes:
    """A box of an MP4, with a size of 32 or of 64 bits."""
    if is_wide:
        return struct.pack(">L4sQ", 1, kind, len(content) + 16) + content
    return struct.pack(">L4s", len(content) + 8, kind) + content


def film(at: datetime, *, version: int = 0) -> bytes:
    """The box of a film that was made at a time."""
    seconds = int((at - MVHD_EPOCH).total_seconds())
    times = struct.pack(">QQ" if version else ">LL", seconds, seconds)
    return box(b"moov", box(b"mvhd", bytes([version, 0, 0, 0]) + times + bytes(80)) + bytes(400))


def mp4(*boxes: bytes) -> bytes:
    """An MP4 of these boxes."""
    return iso_media(b"mp42")[:24] + b"".join(boxes)


def picture_of(kind: str, said: str = "2026:03:01 21:30:05", offset: str | None = None) -> bytes:
    """A picture that says when it was taken."""
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = said
    if offset:
        exif.get_ifd(0x8769)[0x9011] = offset
    content = io.BytesIO()
    Image.new("RGB", (600, 600), (1, 2, 3)).save(content, kind, exif=exif.tobytes())
    return content.getvalue()


def id3(version: int, **frames: str) -> bytes:
    """An MP3 with a tag of text frames."""
    body = b""
    for name, text in frames.items():
        said = b"\x03" + text.encode() if version == 4 else b"\x01" + text.encode("utf-16")
        size = len(said).to_bytes(3 if version == 2 else 4, "big")
        header = size if version == 2 else size + b"\0\0"
        body += name.encode() + header + said
    body += bytes(10)
    whole = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3" + bytes([version, 0, 0]) + whole + body + mp3()


def made(media_type: str, content: bytes, *, piece: int = 50_000) -> Made | None:
    """What is read of a file that comes in pieces."""
    skimmer = Skimmer()
    for at in range(0, len(content), piece):
        skimmer.look(content[at : at + piece])
    fragment = content if media_type == "message/rfc822" else skimmer.fragment(media_type)
    assert len(fragment) <= max(FRAGMENT_BYTES, len(content) * (media_type == "message/rfc822"))
    return made_of(media_type, fragment, NOW)


MDAT = box(b"mdat", bytes(300_000))
BEXT = b"RIFF\x24\x10\0\0WAVEbext\x5a\x02\0\0" + bytes(320) + b"2026-03-0121:30:05" + bytes(700)
KNOWN: dict[str, list[tuple[bytes, Made]]] = {
    "video/mp4": [
        (mp4(film(AT), MDAT), Made(AT, MadeFrom.FILM)),
        (mp4(MDAT, film(AT)), Made(AT, MadeFrom.FILM)),
        (mp4(box(b"free", b""), box(b"mdat", bytes(200_000), is_wide=True), film(AT, version=1)), Made(AT, MadeFrom.FILM)),
    ],
    "audio/mp4": [(mp4(box(b"free", b"abc"), film(AT)), Made(AT, MadeFrom.FILM))],
    "image/jpeg": [
        (picture_of("JPEG"), Made(AT.astimezone(CHINA), MadeFrom.EXIF, is_zone_assumed=True)),
        (picture_of("JPEG", offset="+08:00"), Made(AT, MadeFrom.EXIF)),
        (picture_of("JPEG", "2026:03:01 22:30:05", "+09:00"), Made(AT, MadeFrom.EXIF)),
    ],
    "image/png": [(picture_of("PNG", offset="+08:00"), Made(AT, MadeFrom.EXIF))],
    "image/webp": [(picture_of("WEBP", offset="+08:00"), Made(AT, MadeFrom.EXIF))],
    "image/tiff": [(picture_of("TIFF", offset="+08:00"), Made(AT, MadeFrom.EXIF))],
    "image/heic": [
        (iso_media(b"heic") + b"\0\0\0\x06" + picture_of("JPEG", offset="+08:00")[6:], Made(AT, MadeFrom.EXIF))
    ],
    "message/rfc822": [
        (b"From: a@b\r\nDate: Sun, 1 Mar 2026 21:30:05 +0800\r\n\r\nx", Made(AT, MadeFrom.MAIL)),
        (b"From: a@b\nDate:\tSun, 01 Mar 2026 13:30:05 -0000 (CST)\n\nx", Made(AT, MadeFrom.MAIL)),
    ],
    "audio/mpeg": [
        (id3(4, TIT2="x", TDRC="2026-03-01T13:30:05"), Made(AT, MadeFrom.TAG)),
        (id3(3, TYER="2026", TDAT="0103", TIME="2130"), Made(AT.replace(second=0), MadeFrom.TAG, is_zone_assumed=True)),
        (id3(2, TYE="2026", TDA="0103", TIM="2130"), Made(AT.replace(second=0), MadeFrom.TAG, is_zone_assumed=True)),
    ],
    "audio/ogg": [(b"OggS" + bytes(60) + b"\x18\0\0\0DATE=2026-03-01T13:30:05Z", Made(AT, MadeFrom.COMMENT))],
    "audio/flac": [(b"fLaC" + bytes(60) + b"creation_time=2026-03-01T21:30:05+08:00", Made(AT, MadeFrom.COMMENT))],
    "audio/wav": [(BEXT, Made(AT, MadeFrom.BROADCAST, is_zone_assumed=True))],
    "video/webm": [
        (b"\x1a\x45\xdf\xa3" + bytes(60) + b"\x44\x61\x88" + struct.pack(
            ">q", int((AT - datetime(2001, 1, 1, tzinfo=UTC)).total_seconds()) * 10**9), Made(AT, MadeFrom.MATROSKA)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("media_type", KNOWN)
@pytest.mark.parametrize("piece", [997, 10**6])
def test_the_time_at_which_a_file_was_made_is_read_from_it(media_type: str, piece: int) -> None:
    for content, expected in KNOWN[media_type]:
        assert made(media_type, content, piece=piece) == expected


UNKNOWN: list[tuple[str, bytes]] = [
    ("video/mp4", mp4(film(MVHD_EPOCH))),  # zero: the clock was not asked
    ("video/mp4", mp4(film(datetime(1970, 1, 1, tzinfo=UTC)))),
    ("video/mp4", mp4(film(NOW + timedelta(days=3)))),
    ("video/mp4", mp4(film(AT))[:40]),
    ("video/mp4", mp4(box(b"mdat", b""), b"\0\0\0\x03moov" + bytes(100))),
    ("video/mp4", mp4(b"\0\0\0\0mdat" + film(AT))),  # to the end of the file: what looks like a box is none
    ("video/mp4", mp4(*[box(b"free", b"")] * 5000, film(AT))),  # so many boxes that nobody follows them
    ("video/mp4", mp4(b"\0\0\0\1mdat" + b"\xff" * 8)),
    ("image/jpeg", picture_of("JPEG", "0000:00:00 00:00:00")),
    ("image/jpeg", picture_of("JPEG", "    :  :     :  :  ")),
    ("image/jpeg", picture_of("JPEG", "2026:02:31 10:00:00")),
    ("image/jpeg", b"\xff\xd8\xff\xe1\0\x20Exif\0\0II*\0\xff\xff\xff\xff" + bytes(90)),
    (
        "image/jpeg",
        b"\xff\xd8\xff\xe1\0\x20Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x69\x87\4\0\1\0\0\0\x08\0\0\0" * 9000,
    ),
    ("audio/mpeg", id3(4, TDRC="2026")),  # a year is no time
    ("audio/mpeg", id3(3, TYER="2026", TDAT="0103")),
    ("audio/mpeg", id3(3, TYER="2026", TDAT="3102", TIME="2130")),
    ("audio/mpeg", b"ID3\x03\0\0\0\0\0\x10TYER\xff\xff\xff\xff\0\0" + bytes(20)),
    ("audio/flac", b"fLaC" + b"DATE=2026"),
    ("message/rfc822", b"From: a@b\r\n\r\nDate: Sun, 1 Mar 2026 21:30:05 +0800\r\n"),
    ("message/rfc822", b"From: a@b\r\nDate: yesterday\r\n\r\n"),
    ("audio/amr", b"#!AMR\n" + bytes(100)),
]


@pytest.mark.parametrize(("media_type", "content"), UNKNOWN)
def test_a_time_that_is_not_known_is_not_guessed(media_type: str, content: bytes) -> None:
    assert made(media_type, content) is None


def test_what_is_kept_of_a_file_is_bounded_whatever_it_says() -> None:
    skimmer = Skimmer()
    for piece in (mp4(b"\0\0\0\1mdat\0\0\0\0\x7f\0\0\0"), *[bytes(100_000)] * 30):
        skimmer.look(piece)
    kept = [len(value) for value in vars(skimmer).values() if isinstance(value, bytearray)]
    assert sum(kept) <= HEAD_BYTES + 600_000


@given(st.sampled_from(sorted(KNOWN)), st.binary(max_size=300), st.integers(0, 200))
def test_any_bytes_have_a_time_or_none(media_type: str, noise: bytes, at: int) -> None:
    content = KNOWN[media_type][0][0]
    found = made(media_type, content[:at] + noise + content[at:])
    assert found is None or found.at <= NOW + timedelta(days=1)
