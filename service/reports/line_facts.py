"""What a text file is: its digest, packing, encoding and line ends, and whether it is whole."""

import codecs
import hashlib
import re
import zlib
from dataclasses import dataclass
from enum import Enum, auto
from typing import BinaryIO, Final

_PIECE: Final = 1 << 16
_GZIP: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 31
_LINE_END: Final = re.compile(rb"[\r\n]")
#: How files begin that are no text -> what they are, in Chinese and English.
_NO_TEXT: Final = {
    b"PK\x03\x04": ("ZIP 压缩包或 Excel 工作簿（.xlsx）", "a ZIP archive or an Excel workbook (.xlsx)"),
    b"PK\x05\x06": ("空的 ZIP 压缩包", "an empty ZIP archive"),
    b"\xd0\xcf\x11\xe0": ("旧版 Excel 文件（.xls）", "an old Excel file (.xls)"),
    b"BZh": ("bzip2 压缩文件", "a file compressed with bzip2"),
    b"\xfd7zXZ": ("xz 压缩文件", "a file compressed with xz"),
    b"(\xb5/\xfd": ("Zstandard 压缩文件", "a file compressed with Zstandard"),
    b"7z\xbc\xaf": ("7z 压缩包", "a 7z archive"),
    b"Rar!": ("RAR 压缩包", "a RAR archive"),
    b"%PDF": ("PDF 文件", "a PDF"),
    b"PAR1": ("Parquet 文件", "a Parquet file"),
    b"SQLite format 3\0": ("SQLite 数据库", "an SQLite database"),
    b"\x1f\x9d": ("compress 压缩文件", "a file compressed with compress"),
    b"\x04\x22\x4d\x18": ("LZ4 压缩文件", "a file compressed with LZ4"),
    b"\x89PNG": ("图片", "a picture"),
    b"\xff\xd8\xff": ("图片", "a picture"),
    b"{\\rtf": ("RTF 文档", "an RTF document"),
    _GZIP: ("压缩了两次的文件", "a file that was compressed twice"),
}
#: How texts begin that are no tables of lines, in lower case: carriers call pages .xls.
_PAGES: Final = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta")
#: Byte-order mark -> encoding that removes it; longer ones first, as UTF-32's begins like UTF-16's.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x841\x953", "gb18030"),
)


class FeedError(ValueError):
    """The file, or a line of it, does not have the format it was said to have. `kind` names what is wrong."""

    def __init__(self, message: str, kind: str = "file") -> None:
        super().__init__(message)
        self.kind = kind


class Flaw(Enum):
    """What is wrong with a file whose whole lines can be read nevertheless."""

    CUT_OFF = auto()
    TRAILING = auto()


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A file as it was when it was examined."""

    sha256: bytes
    size: int
    is_gzip: bool
    encoding: str
    line_end: str
    flaw: Flaw | None


class Gunzip:
    """Unpacks gzip members that follow each other; stops at bytes behind them that are none."""

    def __init__(self) -> None:
        self._unpacker = zlib.decompressobj(_GZIP_WINDOW)
        self._has_begun = False
        self._rest = b""
        self.is_trailing = False

    @property
    def is_whole(self) -> bool:
        """Whether the last member has reached its end."""
        return not self._has_begun

    def feed(self, packed: bytes) -> bytes:
        """Return what further bytes unpack to; raise `zlib.error` for a damaged member."""
        unpacked, packed = [], self._rest + packed
        self._rest = b""
        while packed and not self.is_trailing:
            if not self._has_begun:
                packed = packed.lstrip(b"\0")  # tapes and some programs fill up with zeros
                if len(packed) < len(_GZIP) and _GZIP.startswith(packed):
                    self._rest = packed
                    break
                if not packed.startswith(_GZIP):
                    self.is_trailing = True
                    break
                self._unpacker = zlib.decompressobj(_GZIP_WINDOW)
                self._has_begun = True
            unpacked.append(self._unpacker.decompress(packed))
            packed = self._unpacker.unused_data
            self._has_begun = not self._unpacker.eof
        return b"".join(unpacked)


def facts_of(file: BinaryIO) -> LineFacts:
    """Read a file through; raise `FeedError` if it is empty, damaged or no text."""
    digest, size = hashlib.sha256(), 0
    head = file.read(len(_GZIP))
    file.seek(0)
    gunzip = Gunzip() if head == _GZIP else None
    texts = _Texts()
    try:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            texts.add(gunzip.feed(piece) if gunzip else piece)
    except zlib.error as error:
        raise FeedError(
            f"压缩文件已损坏，没有导入 / the compressed file is damaged; nothing was imported: {error}"
        ) from error
    except OSError as error:
        raise FeedError(f"文件无法读取 / the file cannot be read: {error.strerror or error}") from error
    flaw = None
    if gunzip is not None:
        flaw = Flaw.TRAILING if gunzip.is_trailing else None if gunzip.is_whole else Flaw.CUT_OFF
    if flaw is Flaw.CUT_OFF and texts.is_empty:
        raise FeedError("压缩文件在第一行之前就中断了 / the compressed file is cut off before its first line")
    encoding, line_end = texts.told()
    return LineFacts(digest.digest(), size, gunzip is not None, encoding, line_end, flaw)


class _Texts:
    """Learns the encoding and the line ends of a text from all its bytes."""

    def __init__(self) -> None:
        self._head = b""
        self._line = b""
        self._utf8_lines = self._gb_lines = 0

    def add(self, piece: bytes) -> None:
        """Take the next bytes."""
        if len(self._head) < _PIECE:
            self._head = (self._head + piece)[:_PIECE]
        if piece.isascii() and self._line.isascii():
            self._line = b""
            return
        lines = _LINE_END.split(self._line + piece)
        self._line = lines.pop()[-_PIECE:]
        self._count(lines)

    @property
    def is_empty(self) -> bool:
        """Whether there was no text."""
        return not self._head.strip()

    def told(self) -> tuple[str, str]:
        """Return encoding and line end; raise `FeedError` for what is no text."""
        self._count([self._line])
        page = ("网页或 XML 文件（有的 .xls 也是）", "a web page or XML, as some .xls files are")
        known = [what for begins, what in _NO_TEXT.items() if self._head.startswith(begins)]
        if self._head[:64].removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(_PAGES):
            known.append(page)
        for zh, en in known:
            raise FeedError(
                f"这是{zh}，请解压或另存为 CSV 后再导入 / this is {en}: unpack it, or save it as CSV"
            )
        if self.is_empty:
            raise FeedError("文件是空的 / the file is empty")
        encoding = self._encoding()
        text = self._head.decode(encoding, "replace")
        return encoding, "\n" if "\n" in text or "\r" not in text else "\r"

    def _count(self, lines: list[bytes]) -> None:
        for line in lines:
            if line.isascii():
                continue
            if _is(line, "utf-8"):
                self._utf8_lines += 1
            elif _is(line, "gb18030"):
                self._gb_lines += 1

    def _encoding(self) -> str:
        for mark, encoding in _MARKS:
            if self._head.startswith(mark):
                return encoding
        even, odd = (
            self._head[:64:2],
            self._head[1:64:2],
        )  # a header is ASCII, each letter of it beside a zero
        if odd and not odd.strip(b"\0") and even.strip(b"\0"):
            return "utf-16-le"
        if even and not even.strip(b"\0") and odd.strip(b"\0"):
            return "utf-16-be"
        return "gb18030" if self._gb_lines > self._utf8_lines else "utf-8"


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
