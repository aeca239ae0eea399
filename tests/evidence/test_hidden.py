"""What hides in a recording or a picture, or behind it, is found; what telephones add themselves is not taken for it."""

import bz2
import io
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.edge.problems import ProblemError
from service.evidence.hidden import HiddenFinder, ends_as_archive
from service.evidence.media import Examiner, examine_text
from tests.evidence.evidence_files import MAIL, aac, archive, iso_media, mp3, recording

RNG = random.Random(7)
NOISE = RNG.randbytes(200_000)


def jpeg(*parts: bytes) -> bytes:
    """A JPEG with further segments before its end, and random data for its picture."""
    return b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0" + b"".join(parts) + NOISE + b"\xff\xd9"


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def png() -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 100, 100, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(NOISE))
        + chunk(b"IEND", b"")
    )


def zip64() -> bytes:
    """An archive whose end record leaves its sizes to that of ZIP64."""
    content = archive()
    at = content.rfind(b"PK\x05\x06")
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return content[:at] + b"PK\x06\x06" + bytes(52) + b"PK\x06\x07" + bytes(16) + end


def empty_archive() -> bytes:
    content = io.BytesIO()
    zipfile.ZipFile(content, "w").close()
    return content.getvalue()


def altered(content: bytes, *changes: tuple[bytes, int, bytes]) -> bytes:
    """An archive with other bytes at places behind each of its signs; Python still opens it."""
    changed = bytearray(content)
    for sign, place, new in changes:
        at = changed.find(sign)
        while at >= 0:
            changed[at + place : at + place + len(new)] = new
            at = changed.find(sign, at + 4)
    assert zipfile.ZipFile(io.BytesIO(bytes(changed))).namelist()
    return bytes(changed)


def many_members() -> bytes:
    """An archive whose directory is longer than what is kept of the end of a file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        for n in range(1500):
            opened.writestr(f"{n:04}", b"")
    return altered(content.getvalue(), (b"PK\x03\x04", 4, b"\xff"))


def tape(layout: int) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=layout) as opened:
        opened.addfile(tarfile.TarInfo("a.sh"))
    return content.getvalue()


LOCAL, END = b"PK\x03\x04", b"PK\x05\x06"
INVENTED = END + bytes(8) + b"\xff\xff\xff\x7f" * 2 + b"\0\0"
HOSTS: dict[str, Callable[[], bytes]] = {
    "JPEG": jpeg,
    "PNG": png,
    "GIF": lambda: b"GIF89a" + bytes(500) + NOISE + b";",
    "WEBP": lambda: b"RIFF" + struct.pack("<I", len(NOISE) + 12) + b"WEBPVP8 " + NOISE,
    "HEIC": lambda: iso_media(b"heic") + NOISE,
    "MP4": lambda: iso_media(b"mp42") + NOISE,
    "WAV": lambda: recording(2),
    "MP3": mp3,
    "AAC": aac,
    "AMR": lambda: b"#!AMR\n\x3c" + bytes(5000),
    "OGG": lambda: b"OggS\0\x02" + bytes(22) + b"\x01\x13OpusHead" + NOISE,
    "FLAC": lambda: b"fLaC\0\0\0\x22" + bytes(500) + NOISE,
}
GUESTS: dict[str, bytes] = {
    "ZIP": archive(),
    "APK": archive("classes.dex"),
    "ZIP64": zip64(),
    "empty ZIP": empty_archive(),
    "ZIP and a byte": archive() + b"\n",
    "ZIP and much": archive() + bytes(60_000),
    "ZIP without its end": archive()[:-40],
    "ZIP of no version": altered(archive(), (LOCAL, 4, b"\xff\xff")),
    "ZIP of no method": altered(archive(), (LOCAL, 4, b"\xff" * 22)),
    "ZIP with two counts": altered(archive(), (LOCAL, 4, b"\xff"), (END, 8, b"\x07\0\x09\0")),
    "ZIP with no offset": altered(archive(), (LOCAL, 4, b"\xff"), (END, 16, b"\0\0\0\0")),
    "ZIP behind invented records": altered(archive(), (LOCAL, 4, b"\xff")) + INVENTED * 200,
    "ZIP with invented records in its comment": altered(archive(), (LOCAL, 4, b"\xff")) + INVENTED * 2900,
    "ZIP of many members": many_members(),
    "POSIX tar": tape(tarfile.USTAR_FORMAT),
    "GNU tar": tape(tarfile.GNU_FORMAT),
    "PAX tar": tape(tarfile.PAX_FORMAT),
    "bzip2": bz2.compress(b"x" * 100),
    "Debian package": b"!<arch>\ndebian-binary   1700000000  0     0     100644  4         `\n2.0\n",
    "RAR": b"Rar!\x1a\x07\x01\0" + NOISE[:300],
    "7z": b"7z\xbc\xaf\x27\x1c\0\x04" + NOISE[:300],
    "xz": b"\xfd7zXZ\0\0\x04" + NOISE[:300],
    "cabinet": b"MSCF\0\0\0\0" + NOISE[:300],
    "old office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE[:300],
    "ELF": b"\x7fELF\x02\x01\x01\0" + bytes(500),
    "PE": b"MZ\x90\0" + bytes(56) + b"\x40\0\0\0PE\0\0d\x86\x06\0" + bytes(500),
    "Mach-O": b"\xcf\xfa\xed\xfe\x07\0\0\x01" + bytes(500),
    "DEX": b"dex\n035\0" + bytes(500),
    "PDF": b"%PDF-1.7\n1 0 obj<<>>\nendobj\n%%EOF\n",
    "HTML": b"<!DOCTYPE HTML><html><body>x</body></html>",
    "script": b"<ScRiPt>alert(1)</sCrIpT>",
    "PHP": b"<?php system($_GET['x']); ?>",
    **{
        name: text.encode()
        for name, text in {
            "HTML on two lines": "<html\n><p>x",
            "HTML behind a form feed": "<html\f>",
            "HTML with a slash": "<html/lang=en>",
            "a page without its head": "<body onclick='x'>",
            "HEAD": "<HEAD>\n<title>x</title>",
            "SVG": "<svg onload=alert(1)>",
            "SVG with a slash": "<svg/onload = alert(1)>",
            "SVG on two lines": "<SVG\nxmlns='http://www.w3.org/2000/svg'></SVG>",
            "a picture of nothing": "<img src=x onerror=alert(1)>",
            "a link that runs": "<a href='JavaScript:alert(1)'>x</a>",
            "a frame": "<iframe\tsrc='//x'></iframe>",
            "a plug-in": "<embed\nsrc=x>",
            "script with a tab": "<script\tsrc=x></script\n>",
            "PHP with a tab": "<?php\tsystem('x');",
            "PHP with a line break": "<?PHP\r\nsystem('x');",
            "PHP that prints": "<?= $_GET['x'] ?>",
            "PHP that prints at once": "<?=$_GET[0]?>",
            "PHP that prints a call": "<?=system('id')?>",
            "PHP that prints a quiet call": "<?=@eval ($x)?>",
            "PHP that prints a command": "<?=`id`?>",
            "PHP that prints a variable command": "<?=`$_GET[0]`?>",
            "PHP in short": "<? system($_GET['x']); ?>",
            "PHP in short with a variable": "<?\n$x='a';$x();",
            "JSP": "<%@ page import='java.util.*' %>",
            "ASP": '<%eval request("x")%>',
            "a shell script": "#!/bin/sh\nrm x\n",
            "a script of the environment": "#!/usr/bin/env python3\n",
            "a script with a space": "#! /bin/bash -e\n",
            "a script of Android": "#!/system/bin/sh\n",
        }.items()
    },
    **{
        f"HTML in {encoding}": "<html><body>x</body></html>".encode(encoding)
        for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
    },
    "a long PHP call in UTF-16": f"<?= {'x' * 25}(".encode("utf-16-be"),
}
#: What telephones, cameras and apps put behind the end of a picture, or into it.
ADDED: dict[str, bytes] = {
    "a motion photo": iso_media(b"mp42") + NOISE,
    "another picture (MPF)": jpeg(),
    "Samsung's trailer": b"\0\0\x01\x0a\x0e\0\0\0Image_UTC_Data1772371805000SEFH\x6b\0\0\0\x01\0\0\0"
    + bytes(16)
    + b"\x20\0\0\0SEFT",
    "a depth map": png(),
    "a live photo of Huawei": b"LIVE_3012345" + bytes(28),
    "zeros": bytes(70_000),
    "JSON": b'{"device":"phone","filter":0}',
    "a note in Spanish": b"Me suele gustar  <3 esta foto #! <a> <b> <? 100 % <%",
    "a list of properties": b'<?xml version="1.0"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" ""><plist/>',
    "XMP with a processing instruction": b"<?xpacket begin='' id='W5M0'?><rdf:RDF><dc:title>x</dc:title></rdf:RDF>",
    "signs of archives without what follows them": END
    + NOISE[:300]
    + LOCAL
    + b"\xff" * 30
    + b"ustar"
    + NOISE[:300],
    "records without a directory": INVENTED * 3000,
    "noise": NOISE[::-1],
}
XMP = segment(
    0xE1, b"http://ns.adobe.com/xap/1.0/\0<?xpacket?><x:xmpmeta xmlns:x='adobe:ns:meta/'/><?xpacket end?>"
)
EXIF = segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")


def examined(content: bytes, *, piece: int = 16_384) -> str:
    """The media type of a file, or the code and the English sentence of its refusal."""
    examiner = Examiner()
    try:
        for at in range(0, len(content), piece):
            examiner.look(content[at : at + piece])
        return (examiner.finish() or examine_text(examiner.kept)).media_type
    except ProblemError as refused:
        return f"{refused.problem.code} {refused.body('en').decode()}"


@pytest.mark.parametrize("host", HOSTS)
def test_a_plain_file_is_what_it_is(host: str) -> None:
    assert not examined(HOSTS[host]()).startswith("evidence_type_refused")


@pytest.mark.parametrize("guest", GUESTS)
@pytest.mark.parametrize("host", HOSTS)
def test_what_is_behind_a_recording_or_picture_is_refused_and_named(host: str, guest: str) -> None:
    told = examined(HOSTS[host]() + GUESTS[guest])
    assert told.startswith("evidence_type_refused"), told
    assert "hidden in it" in told


@pytest.mark.parametrize("guest", sorted(set(GUESTS) - {"empty ZIP"}))  # which only counts at the end
def test_what_is_inside_a_picture_is_refused_too(guest: str) -> None:
    comment = segment(0xFE, GUESTS[guest][:60_000])
    assert examined(jpeg(comment)).startswith("evidence_type_refused")


def test_a_program_that_a_pdf_reader_opens_as_a_pdf_is_refused() -> None:
    for place in (30, 1000):
        content = b"GIF89a" + bytes(place) + b"%PDF-1.4\n" + NOISE
        assert "a PDF hidden" in examined(content)


@pytest.mark.parametrize("added", ADDED)
def test_what_telephones_add_to_a_picture_is_left_alone(added: str) -> None:
    assert examined(jpeg(EXIF, XMP) + ADDED[added]) == "image/jpeg"


def test_a_pdf_may_hold_pictures_and_pages_but_is_no_archive() -> None:
    plain = b"%PDF-1.7\n1 0 obj<</Length 9>>stream\n" + jpeg() + b"<html>endstream\n%%EOF\n"
    assert examined(plain) == "application/pdf"
    assert examined(plain + archive()).startswith("evidence_type_refused")
    assert examined(plain + archive() + b"%%EOF\n").startswith("evidence_type_refused")


def test_a_mail_may_hold_a_page_but_no_program_and_no_archive() -> None:
    assert examined(MAIL + b"<html><body>x</body></html>") == "message/rfc822"
    for guest in ("ZIP", "RAR", "ELF"):
        assert examined(MAIL + GUESTS[guest]).startswith("evidence_type_refused")


@pytest.mark.parametrize("piece", [1, 7, 63, 64, 4096, 1_000_000])
def test_a_sign_is_found_wherever_pieces_part_it(piece: int) -> None:
    for size in (32_700, 32_760):
        content = jpeg()[:size] + archive()[:-30] + bytes(100)
        assert examined(content, piece=piece).startswith("evidence_type_refused")


def test_random_bytes_are_not_taken_for_anything() -> None:
    random_bytes = random.Random(11)
    for _ in range(16):
        finder = HiddenFinder()
        finder.look(random_bytes.randbytes(500_000))
        finder.finish()
        assert finder.found == set()


@pytest.mark.parametrize("loudness", [1, 3, 30, 90, 127])
@pytest.mark.parametrize("width", [1, 2])
def test_sound_that_is_not_compressed_is_not_taken_for_text(loudness: int, width: int) -> None:
    """Smooth waves of small samples have long runs of letters, digits and brackets, with zero bytes between them."""
    steps = random.Random(loudness)
    level, samples = 64.0, bytearray()
    for _ in range(300_000):
        level += steps.gauss(0, 1 + loudness / 10) + (64 - level) / 50
        samples += min(max(round(level), 0), 255).to_bytes(width, "little")
    finder = HiddenFinder()
    finder.look(bytes(samples))
    finder.finish()
    assert finder.found == set()


@given(st.binary(max_size=200), st.integers(0, 4))
def test_any_end_is_an_archive_or_not(content: bytes, records: int) -> None:
    tail = content + END * records + content
    assert ends_as_archive(tail, len(tail) + 10**6) in (True, False)


def test_a_file_of_nothing_but_signs_is_looked_through_once() -> None:
    content = jpeg() + b"PK\x05\x06" * 16_000 + b"PK\x03\x04" * 16_000
    assert examined(content) == "image/jpeg"
