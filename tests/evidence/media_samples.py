"""The beginnings of files of every type that is taken, as telephones, messengers and carriers make them, and of others."""

from tests.evidence.evidence_files import (
    MAIL,
    MESSAGE,
    aac,
    archive,
    iso_media,
    legacy_workbook,
    mp3,
    narrow_mp3,
    picture,
    recording,
    tagged_mp3,
    workbook,
)

OGG = b"OggS\0\x02" + bytes(22) + b"\x01\x13OpusHead" + bytes(500)
KEPT = {
    "audio/wav": [recording()],
    "audio/mpeg": [
        mp3(),
        narrow_mp3(),
        b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + mp3(),
        *(
            tagged_mp3(version, frame)
            for version in (2, 3, 4)
            for frame in (b"TYER", b"TIT2", b"APIC", b"PRIV", b"")
        ),
        tagged_mp3(3, b"TYER", padding=2000),
        tagged_mp3(3, b"APIC", padding=100_000),  # a cover fills all that is looked at
        tagged_mp3(4, b"") + tagged_mp3(3, b"TDAT"),
        bytes(300) + mp3(),  # what encoders and cutters leave before the first frame
        b"\x01\xff\x02" * 20 + mp3(),
        tagged_mp3(3, b"TYER")[:4]
        + b"\0\0\0\0\x08\x05"
        + bytes(900)
        + mp3(),  # a size that leads into a frame
    ],
    "audio/aac": [aac(), tagged_mp3(4, b"PRIV", sound=aac())],
    "audio/mp4": [iso_media(brand) for brand in (b"M4A ", b"M4B ", b"M4P ", b"cmfa")],
    "audio/amr": [b"#!AMR\n\x3c" + bytes(500), b"#!AMR-WB\n\x3c" + bytes(500), b"#!AMR_MC1.0\n" + bytes(500)],
    "audio/silk": [b"\x02#!SILK_V3" + bytes(500), b"#!SILK_V3" + bytes(500)],
    "audio/ogg": [
        OGG,
        OGG.replace(b"\x13OpusHead", b"\x1e\x01vorbis"),
        OGG.replace(b"OpusHead", b"Speex   "),
    ],
    "audio/flac": [
        b"fLaC\0\0\0\x22" + bytes(500),
        tagged_mp3(3, b"TIT2", sound=b"fLaC\0\0\0\x22" + bytes(500)),
    ],
    "audio/aiff": [b"FORM\0\0\x10\0AIFFCOMM" + bytes(500), b"FORM\0\0\x10\0AIFCFVER" + bytes(500)],
    "audio/x-caf": [b"caff\0\1\0\0desc" + bytes(500)],
    "video/mp4": [
        *(iso_media(b"iso%c" % digit) for digit in b"m23456789"),
        *(
            iso_media(brand)
            for brand in (
                b"mp41",
                b"mp42",
                b"avc1",
                b"M4V ",
                b"M4VP",
                b"MSNV",
                b"dash",
                b"msdh",
                b"mmp4",
                b"cmfc",
            )
        ),
        iso_media(b"iso6").replace(b"ftyp", b"styp"),
        iso_media(b"mp42")[:16] + b"M4A mp42" + bytes(500),
        b"\0\0\0\x18ftypqrst\0\0\0\0isommp42"
        + bytes(500),  # what it is like, where its own brand is not known
    ],
    "video/3gpp": [
        *(iso_media(b"3gp%c" % digit) for digit in b"3456789"),
        *(iso_media(brand) for brand in (b"3gr6", b"3gs7", b"3ge6", b"3g2a", b"3g2b", b"KDDI")),
    ],
    "video/quicktime": [
        iso_media(b"qt  "),
        b"\0\0\0\x08wide\0\0\x10\0mdat" + bytes(500),
        b"\0\0\x10\0moov\0\0\0\x6cmvhd" + bytes(500),
    ],
    "video/webm": [b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(500)],
    "video/x-matroska": [b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska" + bytes(500)],
    "video/x-msvideo": [b"RIFF\x24\0\0\0AVI LIST" + bytes(500)],
    "video/x-ms-asf": [b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0b\xcel" + bytes(500)],
    "video/mpeg": [b"\0\0\x01\xba\x44\0\x04\0" + bytes(500)],
    "video/ogg": [b"OggS\0\x02" + bytes(22) + b"\x2a\x80theora\x03\x02\x01" + bytes(500)],
    "image/bmp": [b"BM\x36\x10\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0" + bytes(500)],
    "image/tiff": [b"II*\0\x08\0\0\0" + bytes(500), b"MM\0*\0\0\0\x08" + bytes(500)],
    "image/png": [picture()],
    "image/jpeg": [
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01" + bytes(500) + b"\xff\xd9",
        b"\xff\xd8\xff\xe1\0\x10Exif\0\0" + bytes(500) + b"\xff\xd9",
        b"\xff\xd8\xff\xdb\0\x43\0" + bytes(500) + b"\xff\xd9",
    ],
    "image/webp": [b"RIFF\x24\0\0\0WEBPVP8 " + bytes(500)],
    "image/gif": [b"GIF89a" + bytes(500), b"GIF87a" + bytes(500)],
    "image/heic": [
        iso_media(brand)
        for brand in (
            b"heic",
            b"heix",
            b"heim",
            b"heis",
            b"hevc",
            b"hevx",
            b"hevm",
            b"hevs",
            b"mif1",
            b"msf1",
        )
    ],
    "image/avif": [
        iso_media(b"avif"),
        iso_media(b"avis"),
        b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf" + bytes(500),
    ],
    "application/pdf": [b"%PDF-1.7\n1 0 obj<<>>\n%%EOF\n", b"\xef\xbb\xbf\n%PDF-1.4\n" + bytes(500)],
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": [
        workbook(),
        workbook(first="xl/workbook.xml"),
        workbook("xl/media/image1.png", "xl/printerSettings/p1.bin"),
    ],
    "application/vnd.oasis.opendocument.spreadsheet": [workbook(kind="ods")],
    "application/vnd.ms-excel": [
        legacy_workbook(),
        legacy_workbook("Book"),
        "<html><head><meta charset='gb18030'></head><body><table border=1><tr><td>对方号码</td></tr></table>".encode(
            "gb18030"
        ),
        b"<table>\n<tr><th>number</th></tr></table>",
        b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><body><table><tr><td>1</td></tr></table></body></html>',
    ],
    "application/xml": [
        b"<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<!-- made by a backup -->\n"
        b'<?xml-stylesheet type="text/xsl" href="calls.xsl"?>\n<calls count="1"><call number="19790001234" /></calls>',
        b'<?xml version="1.0"?><smses count="0"></smses>',
        b'<calls count="0"></calls>',
        '<?xml version="1.0" encoding="utf-16"?><allCalls/>'.encode("utf-16"),
    ],
    "application/json": [b'[{"number": "19790001234"}]', b' {"calls": []}', '{"a": "上门"}'.encode("utf-16")],
    "text/plain": [
        MESSAGE,
        "再不还款就上门".encode("gb18030"),
        "上门".encode("utf-16"),
        b"\xef\xbb\xbfok",
        b"x",
        *(
            text.encode()
            for text in (
                "<ABC小贷>您的欠款已逾期",
                "<a",
                "x<y",
                "<b>请还款</b>",
                "< 催收 >",
                "<!重要!>",
                "<?",
                "<-- 见上",
                "<style>",
                '<a href="http://example.org">点此还款</a>',
                "请看 <table> 一栏",
                "#!紧急通知",
                "@echo 兄弟快还钱",
                "利率<%24",
                "PK一下",
                "MZ公司",
                "BM",
                "ID3",
                "{不是 JSON",
                "[通知]",
                "[1]请还款",
                "结束\x1a",
            )
        ),
        "对方号码,19790001234".encode("utf-16-le"),
        "number,19790001234".encode("utf-16-be"),
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
        legacy_workbook("Workbook", "_VBA_PROJECT"),
        legacy_workbook("WordDocument"),
        legacy_workbook("Workbook", "MBD0001A2B3"),
        workbook("xl/vbaProject.bin"),
        workbook("xl/embeddings/oleObject1.bin"),
        workbook("word/document.xml"),
        workbook() + b"more behind it",
        workbook()[:-30],
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
        b"<table><tr><td onclick='x()'>1</td></tr></table><script>x()</script>",
        b'<html><body><table><tr><td><a href="javascript:x()">1</a></td></tr></table>',
        b'<?xml version="1.0"?><!DOCTYPE calls [<!ENTITY a "b">]><calls/>',
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>',
    ],
    "unknown": [bytes((n * 37 + 11) % 256 for n in range(5000)), b"\0\0\0\x18ftypqrst\0\0\0\0qrstuvwx" + bytes(500),
                b"\x01\x02\x03", b"a\0b"],
}  # fmt: skip
