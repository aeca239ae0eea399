"""What spreadsheets and transfers leave in files beside the rows: nothing of it is a fault of a row."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from service.reports.feed_lines import quoted_as_needed
from service.reports.line_facts import FeedError
from tests.reports.trials import kinds, tried

HEADER = "number,occurred_at,reporter,narrative"
ROWS = [
    "19790001234,2026-03-01T21:05:00+08:00,a,他说要上门",
    "010-82345678,2026-03-01T22:05:00+08:00,b,打了八次",
]
TEXT = "\n".join([HEADER, *ROWS, ""])
FTC = "created_date,number,consumer_area_code\n2026-03-01,2025550134,202\n2026-03-01,2025550135,202\n"

LEFT = {
    "blank lines": TEXT.replace("\n", "\n\n"),
    "blank lines before the header": "\n \n" + TEXT,
    "lines of separators alone": TEXT + ",,,\n,,,\n",
    "lines of quoted nothing": TEXT + '"","","",""\n',
    "a column that was emptied": "".join(f"{line},\n" for line in TEXT.splitlines()),
    "several columns that were emptied": "".join(f"{line},,\n" for line in TEXT.splitlines()),
    "a line that says the separator": "sep=,\n" + TEXT,
    "a quoted line that says the separator": '"sep=,"\n' + TEXT,
    "semicolons and the line that says so": "sep=;\n" + TEXT.replace(",", ";"),
    "zeros at the end": TEXT + "\0" * 40,
    "the end of files of old programs": TEXT + "\x1a",
}


@pytest.mark.parametrize("what", LEFT)
def test_what_a_spreadsheet_leaves_is_no_fault(tmp_path: Path, what: str) -> None:
    trial = tried(tmp_path, LEFT[what].encode())
    assert (trial.readable, trial.refused, trial.reasons) == (2, 0, [])


def test_a_cell_too_many_with_something_in_it_is_told(tmp_path: Path) -> None:
    trial = tried(tmp_path, (TEXT + ROWS[0] + ",x\n\n").encode())
    assert (trial.readable, trial.refused) == (2, 1)
    assert kinds(trial) == [("cells", 1, 3)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_complaints_are_read_with_every_separator_as_the_same_complaints(
    tmp_path: Path, separator: str
) -> None:
    text = FTC.replace(",", separator) + "\n" + separator * 2 + "\n"
    trial = tried(tmp_path, text.encode(), "ftc")
    assert (trial.readable, trial.refused) == (2, 0)
    line = FTC.splitlines()[1]
    assert quoted_as_needed(line.replace(",", separator), separator) == line


def test_blank_lines_between_json_objects_are_no_fault(tmp_path: Path) -> None:
    row = '{"number":"19790001234","occurred_at":"2026-03-01T21:05:00+08:00","reporter":"a"}\n'
    trial = tried(tmp_path, f"\n{row}\n\n".encode(), "ndjson")
    assert (trial.readable, trial.refused) == (1, 0)


@pytest.mark.parametrize(
    ("begins", "what"),
    [
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\x1f\x9d\x90", "compress"),
        (b"\x04\x22\x4d\x18", "LZ4"),
        (b"{\\rtf1", "RTF"),
        (b"<html><body>", "a web page"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html>", "a web page"),
        (b'<?xml version="1.0"?>', "a web page or XML"),
    ],
)
def test_what_is_no_table_is_told_by_its_name(tmp_path: Path, begins: bytes, what: str) -> None:
    with pytest.raises(FeedError, match=what):
        tried(tmp_path, begins + TEXT.encode())


def test_a_packed_file_cut_before_its_first_line_is_not_called_empty(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="cut off before its first line"):
        tried(tmp_path, gzip.compress(TEXT.encode())[:10])
    with pytest.raises(FeedError, match="the file is empty"):
        tried(tmp_path, gzip.compress(b""))
