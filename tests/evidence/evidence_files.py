"""Small files of every kind that is taken as evidence, and of some that are not; nobody's data."""

import io
import struct
import wave
import zipfile
from typing import Any

import httpx

MESSAGE = "197 9000 1234 来电：再不还款就上门。".encode()
MAIL = (
    b"From: collector@example.org\r\nTo: person@example.org\r\nDate: Sun, 1 Mar 2026 21:30:00 +0800\r\n"
    b"Subject: =?utf-8?q?x?=\r\n\r\nCall 19790001234 back.\r\n"
)


def recording(seconds: float = 1.0, *, sound: int = 1) -> bytes:
    """A recording as WAV, 16,000 bytes a second."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(struct.pack("<h", sound) * int(8000 * seconds))
    return content.getvalue()


def picture() -> bytes:
    """The beginning of a PNG."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(600)


def archive(name: str = "evidence.txt") -> bytes:
    """A ZIP archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr(name, "x" * 100)
    return content.getvalue()


def iso_media(brand: bytes) -> bytes:
    """The beginning of an ISO base media file of a brand."""
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0isommp42" + bytes(500)


def mp3(frames: int = 20) -> bytes:
    """Frames of layer III without a tag, 128 kbit/s at 44.1 kHz."""
    return (b"\xff\xfb\x90\x64" + bytes(413)) * frames


def narrow_mp3(frames: int = 20) -> bytes:
    """Frames of MPEG-2 layer III, 16 kbit/s at 16 kHz, as telephones record."""
    return (b"\xff\xf3\x28\xc4" + bytes(68)) * frames


def aac(frames: int = 20) -> bytes:
    """ADTS frames of 128 bytes."""
    return (b"\xff\xf1\x50\x80\x10\x1f\xfc" + bytes(121)) * frames


def tagged_mp3(version: int, frame: bytes, *, padding: int = 10, sound: bytes | None = None) -> bytes:
    """Sound behind an ID3 tag of version 2.2, 2.3 or 2.4 with one frame, or with none."""
    body = bytes(padding)
    if frame and version == 2:
        body = frame[:3] + b"\0\0\x05" + b"\x002026" + body
    elif frame:
        body = frame + b"\0\0\0\x05\0\0" + b"\x002026" + body
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3" + bytes([version, 0, 0]) + size + body + (mp3() if sound is None else sound)


def workbook(*more: str, first: str = "[Content_Types].xml", kind: str = "xlsx") -> bytes:
    """A spreadsheet with these members besides its own."""
    content = io.BytesIO()
    ods = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}
    xlsx = dict.fromkeys((first, "[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), "<x/>")
    with zipfile.ZipFile(content, "w") as file:
        for name, text in (ods if kind == "ods" else xlsx | dict.fromkeys(more, "x")).items():
            file.writestr(name, text)
    return content.getvalue()


def legacy_workbook(*streams: str) -> bytes:
    """A compound file with these streams, as old spreadsheets are."""
    names = ["Root Entry", *(streams or ("Workbook",))]
    entries = [name.encode("utf-16-le").ljust(64, b"\0") + bytes(64) for name in names]
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(entries) + bytes(512)


async def attach(client: httpx.AsyncClient, address: str, content: bytes, **named: Any) -> httpx.Response:
    """Upload a content to a report."""
    file = (named.get("name", "recording.wav"), content, named.get("media_type", "audio/wav"))
    return await client.post(f"{address}/evidence", files={"file": file})
