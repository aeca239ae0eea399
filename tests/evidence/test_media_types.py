"""What a file is, is decided by what is in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.contacts.store import LOG_TYPES
from service.edge.problems import ProblemError
from service.evidence.media import (
    BRANDS,
    EXTENSIONS,
    SIGNATURES,
    TEXT_BYTES,
    Examined,
    Examiner,
    examine_text,
)
from tests.evidence.evidence_files import (
    MAIL,
    MESSAGE,
    aac,
    archive,
    iso_media,
    mp3,
    narrow_mp3,
    picture,
    recording,
)

OGG = b"OggS\0\x02" + bytes(22) + b"\x01\x13OpusHead" + bytes(500)
KEPT = {
    "audio/wav": [recording()],
    "audio/mpeg": [mp3(), narrow_mp3(), b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + mp3()],
    "audio/aac": [aac()],
    "audio/mp4": [iso_media(b"M4A ")],
    "audio/amr": [b"#!AMR\n\x3c" + bytes(500), b"#!AMR-WB\n\x3c" + bytes(500)],
    "audio/ogg": [OGG],
    "audio/flac": [b"fLaC\0\0\0\x22" + bytes(500)],
    "video/mp4": [iso_media(b"isom"), iso_media(b"mp42")],
    "video/3gpp": [iso_media(b"3gp4")],
    "video/quicktime": [iso_media(b"qt  ")],
    "image/png": [picture()],
    "image/jpeg": [
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01" + bytes(500) + b"\xff\xd9",
        b"\xff\xd8\xff\xe1\0\x10Exif\0\0" + bytes(500) + b"\xff\xd9",
    ],
    "image/webp": [b"RIFF\x24\0\0\0WEBPVP8 " + bytes(500)],
    "image/gif": [b"GIF89a" + bytes(500)],
    "image/heic": [iso_media(b"heic"), iso_media(b"mif1")],
    "image/avif": [iso_media(b"avif")],
    "application/pdf": [b"%PDF-1.7\n1 0 obj<<>>\n%%EOF\n"],
    "text/plain": [
        MESSAGE,
        "再不还款就上门".encode("gb18030"),
        "上门".encode("utf-16"),
        b"\xef\xbb\xbfok",
        b"x",
    ],
    "message/rfc822": [
        MAIL,
        b"Received: from a\r\n\tby b\r\nFrom: a@example.org\r\n\r\n" + bytes(range(128, 256)),
    ],
}
REFUSED = {
    "archive": [
        archive(),
        archive("word/vbaProject.bin"),
        picture() + archive(),
        b"Rar!\x1a\x07\x01\0" + bytes(500),
        b"7z\xbc\xaf'\x1c" + bytes(500),
        b"\x1f\x8b\x08\0" + bytes(500),
        b"x" * 257 + b"ustar\0" + bytes(300),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
        b"{\\rtf1 {\\object}}",
    ],
    "program": [b"MZ\x90\0" + bytes(500), b"\x7fELF\x02\x01\x01" + bytes(500), b"\xca\xfe\xba\xbe" + bytes(500)],
    "web page": [
        b"<!DOCTYPE html><html></html>",
        b'<?xml version="1.0"?><svg onload="alert(1)"/>',
        b"  \n<svg/>",
        b"#!/bin/sh\nrm -rf x",
        b"@echo off",
        b"hello <script>alert(1)</script>",
    ],
    "unknown": [bytes((n * 37 + 11) % 256 for n in range(5000)), iso_media(b"xxxx"), b"\x01\x02\x03", b"a\0b"],
}  # fmt: skip


def examined(content: bytes, *, piece: int = 1000) -> Examined:
    examiner = Examiner()
    for at in range(0, len(content), piece):
        examiner.look(content[at : at + piece])
    return examiner.finish() or examine_text(examiner.kept)


@pytest.mark.parametrize("media_type", KEPT)
@pytest.mark.parametrize("piece", [7, 100_000])
def test_evidence_is_known_by_its_content(media_type: str, piece: int) -> None:
    for content in KEPT[media_type]:
        assert examined(content, piece=piece).media_type == media_type, content[:20]


def test_every_type_that_is_kept_has_an_extension_and_no_other() -> None:
    assert set(KEPT) <= set(EXTENSIONS)
    assert {*SIGNATURES.values(), *BRANDS.values(), "text/plain", "message/rfc822", *LOG_TYPES} == set(
        EXTENSIONS
    )
    assert len(set(EXTENSIONS.values())) == len(EXTENSIONS)


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_evidence_is_refused_and_named(what: str) -> None:
    for content in REFUSED[what]:
        with pytest.raises(ProblemError) as refusal:
            examined(content)
        assert refusal.value.problem.code == "evidence_type_refused"
        assert what in refusal.value.body("en").decode(), content[:20]


def test_what_cannot_be_evidence_is_refused_before_it_is_read_to_its_end() -> None:
    examiner = Examiner()
    with pytest.raises(ProblemError):
        examiner.look(archive() + bytes(5000))


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(ProblemError) as refusal:
        examined(b"x" * (TEXT_BYTES + 1), piece=100_000)
    assert refusal.value.problem.code == "evidence_too_large"


@pytest.mark.parametrize(
    ("text", "number", "names"),
    [
        ("197 9000 1234 来电", "+8619790001234", True),
        ("来电 1-9-7-9-0-0-0-1-2-3-4", "+8619790001234", True),
        ("来电１９７９０００１２３４", "+8619790001234", True),
        ("（010）1234-5678", "+861012345678", True),
        ("95588 来电", "95588", True),
        ("197 9000 1235 来电", "+8619790001234", False),
        ("没有号码", "", False),
    ],
)
def test_a_message_names_its_number_however_it_is_written(text: str, number: str, names: bool) -> None:
    assert Examined("text/plain", text).names(number) is names


@given(
    st.binary(min_size=1, max_size=300),
    st.sampled_from([b"", b"\xff\xfb", b"\xff\xf1", b"RIFF", b"\0\0\0\x18ftyp"]),
)
def test_any_bytes_are_evidence_or_refused(content: bytes, start: bytes) -> None:
    try:
        outcome = examined(start + content).media_type
    except ProblemError as refusal:
        outcome = refusal.problem.code
    assert outcome in {*EXTENSIONS, "evidence_type_refused"}
