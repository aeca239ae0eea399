"""Knows call logs in the forms in which carriers, offices and backup apps write them; reads nothing of what they say."""

import io
import re
import zipfile
from typing import Final

import orjson

from service.contacts.tables import TAKEOUT
from service.spreadsheets import LEGACY_SPREADSHEET, OLE, OPEN_SPREADSHEET, SPREADSHEET, ZIP

_END: Final = b"PK\x05\x06"
_END_BYTES: Final = 22  # of the last record without a comment: nothing stands behind it
_NAME_AT: Final = 30  # where the name of a ZIP's member begins
_MOST_MEMBERS: Final = 2000
#: Members of a workbook (ECMA-376) by the beginning of their names.
_OF_WORKBOOK: Final = ("[Content_Types].xml", "_rels/", "docProps/", "xl/", "customXml/")
#: What such an archive holds besides a table when it is more than one: programs, other files, links to others.
_MORE: Final = re.compile(
    r"vbaProject|macrosheets|activeX|embeddings|oleObject|^Basic/|^Scripts/|^Object |\.(?:exe|dll|js|vbs|bat|jar|zip)$",
    re.IGNORECASE,
)
_OLE_ENTRY: Final = 128  # bytes of an entry of a compound file's directory (MS-CFB 2.6.1)
_OLE_BOOKS: Final = tuple(name.encode("utf-16-le") + b"\0\0" for name in ("Workbook", "Book"))
_OLE_MORE: Final = tuple(
    name.encode("utf-16-le")
    for name in (
        "_VBA_PROJECT",
        "WordDocument",
        "PowerPoint Document",
        "Macros",
        "Ole10Native",
        "__substg",
        "MBD",
    )
)
_TABLE: Final = re.compile(r"<table[\s>]", re.IGNORECASE)
_CELL: Final = re.compile(r"<t[dh][\s>]", re.IGNORECASE)
_MARKUP: Final = re.compile(
    r"\s*+(?:<\?xml\s[^>]*>\s*+)?<(?:!doctype\s+html|!--|html[\s>]|head[\s>]|body[\s>]|meta\s|style[\s>]|(?:table|div|center)[\s>])",
    re.IGNORECASE,
)
_ACTS: Final = re.compile(
    r"<(?:script|iframe|frame|object|embed|applet|svg|form|base)[\s/>]|[\s\"'/]on[a-z]+\s*=|javascript:|http-equiv\s*=\s*[\"']?refresh",
    re.IGNORECASE,
)  # fmt: skip
_XML: Final = re.compile(
    r"\s*+(?:<\?xml\s[^>]*>)?(?:\s|<!--(?:(?!-->).)*-->|<\?[a-z-]+\s[^>]*>)*+<([A-Za-z_][\w.-]*+(?::[\w.-]++)?)",
    re.DOTALL,
)
#: Roots that say by themselves that a text is data; any other needs the declaration of XML.
_ROOTS: Final = frozenset({"calls", "smses", "allcalls", "calllogs", "calllog", "workbook"})
_PAGES: Final = frozenset(
    {"html", "svg", "xsl:stylesheet", "xsl:transform", "hta", "package", "job", "component", "scriptlet"}
)
_NO_DATA: Final = re.compile(
    r"<!(?:doctype|entity)|<script[\s/>]|www\.w3\.org/(?:1999/xhtml|2000/svg)", re.IGNORECASE
)


def begins_as_table(head: bytes) -> bool:
    """Return whether the first bytes may be those of a spreadsheet, which is looked at once it is whole."""
    if head.startswith(OLE):
        return True
    return head.startswith(ZIP) and head.startswith(
        (*(name.encode() for name in _OF_WORKBOOK), b"mimetype" + OPEN_SPREADSHEET.encode()), _NAME_AT
    )


def spreadsheet_type(content: bytes) -> str | None:
    """Return the media type of a spreadsheet without macros and other files in it; None for anything else."""
    if content.startswith(OLE):
        names = [content[at : at + 64] for at in range(512, len(content), _OLE_ENTRY)]
        is_book = any(name.startswith(_OLE_BOOKS) for name in names)
        has_more = any(name.removeprefix(b"\1\0").startswith(_OLE_MORE) for name in names)
        return LEGACY_SPREADSHEET if is_book and not has_more else None
    return _packed_type(content) if begins_as_table(content) else None


def is_html_table(text: str) -> bool:
    """Return whether a text is a page with a table and nothing that acts: carriers give such files the name `.xls`.

    So is a page of Google Takeout about one call, which has no table.
    """
    if not _MARKUP.match(text) or _ACTS.search(text):
        return False
    return (_TABLE.search(text) and _CELL.search(text)) is not None or TAKEOUT.match(text[:8192]) is not None


def is_xml_data(text: str) -> bool:
    """Return whether a text is XML with data, such as the call lists of backup apps: no page, no definitions of its own."""
    found = _XML.match(text)
    if found is None:
        return False
    root = found[1].lower()
    is_declared = text.lstrip()[:6].lower() == "<?xml "
    return (is_declared or root in _ROOTS) and root not in _PAGES and not _NO_DATA.search(text)


def is_json(text: str) -> bool:
    """Return whether a text is a JSON list or object."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        orjson.loads(text)
    except ValueError:  # also for what is nested too deeply
        return False
    return True


def _packed_type(content: bytes) -> str | None:
    """Return what a ZIP archive is by the names in its directory; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = packed.namelist()
            is_plain = (
                content[-_END_BYTES:].startswith(_END)
                and min(one.header_offset for one in packed.infolist()) == 0
            )
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, UnicodeDecodeError):
        return None
    if not is_plain or len(names) > _MOST_MEMBERS or any(_MORE.search(name) for name in names):
        return None
    if content.startswith(b"mimetype", _NAME_AT):
        return OPEN_SPREADSHEET if "content.xml" in names else None
    is_workbook = "xl/workbook.xml" in names and all(name.startswith(_OF_WORKBOOK) for name in names)
    return SPREADSHEET if is_workbook else None
