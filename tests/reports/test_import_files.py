"""Files as real programs write them: encodings, line ends, packing, quotes, days; what cannot be read is named."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import json
import os
import zipfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.reports.feed_lines import quoted_as_needed
from service.reports.line_facts import FeedError, Flaw, Gunzip
from service.reports.line_file import LineFile
from tests.places import DATA
from tests.reports.trials import kinds, tried

CASES = DATA.parent / "cases/imports"
HISTORY = "created_date,number,consumer_area_code"
HEADER = "number,occurred_at,reporter,narrative"
ROWS = [
    "19790001234,2026-03-01T21:05:00+08:00,a,他说要上门",
    "010-82345678,2026-03-01T22:05:00+08:00,b,打了八次",
]
TEXT = "\n".join([HEADER, *ROWS, ""])
TABBED = TEXT.replace(",", "\t")
JSON_LINES = "".join(
    json.dumps({"number": f"1979000{n:04}", "occurred_at": "2026-03-01T21:05:00+08:00", "reporter": f"r{n}"})
    + "\n"
    for n in range(2)
)


ENCODINGS = {
    "UTF-8": TEXT.encode(),
    "UTF-8 with a mark": codecs.BOM_UTF8 + TEXT.encode(),
    "two marks, of files that were saved twice": codecs.BOM_UTF8 * 2 + TEXT.encode(),
    "GB18030": TEXT.encode("gb18030"),
    "GB18030 with a mark": b"\x841\x953" + TEXT.encode("gb18030"),
    "UTF-16 little-endian with a mark": codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
    "UTF-16 big-endian with a mark": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "UTF-16 little-endian without a mark": TEXT.encode("utf-16-le"),
    "UTF-16 big-endian without a mark": TEXT.encode("utf-16-be"),
    "UTF-32 with a mark": TEXT.encode("utf-32"),
    "what Excel calls Unicode text": codecs.BOM_UTF16_LE + TABBED.replace("\n", "\r\n").encode("utf-16-le"),
    "semicolons": TEXT.replace(",", ";").encode(),
    "carriage returns": TEXT.replace("\n", "\r").encode(),
    "carriage returns in UTF-16": TEXT.replace("\n", "\r").encode("utf-16"),
    "carriage returns in GB18030": TEXT.replace("\n", "\r").encode("gb18030"),
    "Windows line ends": TEXT.replace("\n", "\r\n").encode(),
    "no line end at the end": TEXT.rstrip("\n").encode(),
    "spaces around the names of columns": TEXT.replace("number,occurred_at", "number , occurred_at").encode(),
}


@pytest.mark.parametrize("what", ENCODINGS)
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_table_is_read_in_every_encoding_and_with_every_line_end(
    tmp_path: Path, what: str, *, is_packed: bool
) -> None:
    content = gzip.compress(ENCODINGS[what]) if is_packed else ENCODINGS[what]
    trial = tried(tmp_path, content)
    assert (trial.lines, trial.readable, trial.reasons, trial.flaw) == (2, 2, [], None)


def test_chinese_is_the_same_text_from_every_encoding(tmp_path: Path) -> None:
    for content in ENCODINGS.values():
        path = tmp_path / "file"
        path.write_bytes(content)
        with ExitStack() as stack:
            assert any(line.endswith("他说要上门") for line in LineFile(path, stack))


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + JSON_LINES.encode(),
        JSON_LINES.encode("utf-16"),
        (JSON_LINES.splitlines()[0] + "\n\ufeff" + JSON_LINES.splitlines()[1]).encode(),
    ],
)
def test_json_lines_with_marks_are_all_read(tmp_path: Path, content: bytes) -> None:
    trial = tried(tmp_path, content, "ndjson")
    assert (trial.lines, trial.readable) == (2, 2)


def test_a_few_bytes_that_are_no_text_do_not_change_the_encoding_of_the_others(tmp_path: Path) -> None:
    damaged = TEXT.encode() + b"19790001235,2026-03-01T21:05:00+08:00,c,Caf\xe9\n"
    trial = tried(tmp_path, damaged)
    assert (trial.readable, kinds(trial)) == (2, [("not_text", 1, 3)])
    half = TEXT.encode("utf-16") + b"\x31"
    assert kinds(tried(tmp_path, half)) == [("not_text", 1, 3)]


NO_TEXT = {
    "an empty file": (b"", "empty"),
    "blank lines alone": (b"\n \n", "empty"),
    "an empty packed file": (gzip.compress(b""), "empty"),
    "bzip2": (bz2.compress(TEXT.encode()), "bzip2"),
    "a workbook or archive": (b"PK\x03\x04" + b"\0" * 100, "ZIP"),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "xls"),
    "a PDF": (b"%PDF-1.7\n", "PDF"),
    "a file packed twice": (gzip.compress(gzip.compress(TEXT.encode())), "twice"),
    "a packed file with wrong bytes": (gzip.compress(TEXT.encode())[:-8] + b"\0" * 8, "damaged"),
    "a column named twice": (b"number,occurred_at,reporter,number\n1,2,3,4\n", "named twice: number"),
    "a column without a name, twice": (b"number,,occurred_at,,reporter\n", "named twice"),
    "an unclosed quote in the header": (b'number,"occurred_at\n', "quotes"),
}


@pytest.mark.parametrize("what", NO_TEXT)
def test_what_cannot_be_imported_is_told_in_one_line(tmp_path: Path, what: str) -> None:
    content, told = NO_TEXT[what]
    with pytest.raises(FeedError, match=told) as refused:
        tried(tmp_path, content)
    assert "\n" not in str(refused.value)


def test_a_zip_a_directory_and_a_file_that_is_gone_are_told(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.csv", TEXT)
    with pytest.raises(FeedError, match="ZIP"):
        tried(tmp_path, archive.getvalue())
    for path in (tmp_path, tmp_path / "gone"):
        with ExitStack() as stack, pytest.raises(FeedError, match="cannot be opened"):
            LineFile(path, stack)


def packed_lines(count: int) -> tuple[bytes, list[str]]:
    lines = [f"1979{n * 7919 % 10**7:07},2026-03-01T21:05:00+08:00,r{n}" for n in range(count)]
    return gzip.compress("\n".join(["number,occurred_at,reporter", *lines, ""]).encode()), lines


@pytest.mark.parametrize("share", [0.3, 0.6, 0.999])
def test_every_whole_line_before_a_cut_is_read_and_no_part_of_one(tmp_path: Path, share: float) -> None:
    packed, lines = packed_lines(3000)
    path = tmp_path / "file"
    path.write_bytes(packed[: int(len(packed) * share)])
    with ExitStack() as stack:
        file = LineFile(path, stack)
        read = list(file)[1:]
    assert file.facts.flaw is Flaw.CUT_OFF
    assert read == lines[: len(read)]
    assert len(read) > 3000 * share * 0.8
    assert tried(tmp_path, packed[:-4]).lines == 3000  # only the checksum is missing


@pytest.mark.parametrize("behind", [b"garbage", b"\x1f", b"\0\0\0garbage", b"\n"])
def test_bytes_behind_the_end_of_a_packed_file_are_told_and_ignored(tmp_path: Path, behind: bytes) -> None:
    trial = tried(tmp_path, gzip.compress(TEXT.encode()) + behind)
    assert trial.readable == 2
    assert trial.flaw is (None if behind == b"\x1f" else Flaw.TRAILING)


def test_members_that_follow_each_other_are_one_file(tmp_path: Path) -> None:
    head, tail = TEXT.encode()[:50], TEXT.encode()[50:]
    joined = gzip.compress(head) + b"\0" * 700 + gzip.compress(b"") + gzip.compress(tail) + b"\0" * 512
    trial = tried(tmp_path, joined)
    assert (trial.readable, trial.flaw) == (2, None)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 40))
def test_packed_members_come_out_whole_however_they_arrive(members: list[bytes], piece: int) -> None:
    packed = b"".join(map(gzip.compress, members))
    gunzip = Gunzip()
    out = b"".join(gunzip.feed(packed[start : start + piece]) for start in range(0, len(packed), piece))
    assert (out, gunzip.is_whole, gunzip.is_trailing) == (b"".join(members), True, False)


def test_a_file_that_grows_is_read_as_far_as_it_reached_and_its_last_part_is_no_line(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(TEXT + "1979000123", "utf-8")
    with ExitStack() as stack:
        file = LineFile(path, stack)
        with path.open("a", encoding="utf-8") as more:
            more.write("4,2026-03-01T21:05:00+08:00,c,\n" * 2)
        os.utime(path, (1, 1))
        assert list(file) == [HEADER, *ROWS]
        assert file.is_changed


DAYS = {
    "0001-01-01": "day_before_2000",
    "1900-01-01": "day_before_2000",
    "1999-12-31": "day_before_2000",
    "2999-01-01": "day_in_the_future",
    "9999-12-31": "day_in_the_future",
    "31/12/2019": "day_format",
    "03/01/2020": "day_format",
    "2020/03/01": "day_format",
    "2020-3-1": "day_format",
    "2020-02-30": "day_format",
    "20200301": "day_format",
    "99999-01-01": "day_format",
    "": "day_format",
    "yesterday": "day_format",
}


def test_a_day_is_refused_for_what_is_wrong_with_it(tmp_path: Path) -> None:
    for day, kind in DAYS.items():
        trial = tried(
            tmp_path, f"{HISTORY}\n{day},2025550101,202\n2020-03-01,2025550102,202\n".encode(), "ftc"
        )
        assert (trial.readable, kinds(trial)) == (1, [(kind, 1, 1)]), day


def test_a_partners_time_is_refused_for_what_is_wrong_with_it(tmp_path: Path) -> None:
    wrong = {
        "0001-01-01T00:00:00+14:00": "occurred_at:too_long_ago",
        "1900-01-01T00:00:00+08:00": "occurred_at:too_long_ago",
        "2999-01-01T00:00:00+08:00": "occurred_at:in_the_future",
        "2026-03-01 21:05:00": "occurred_at:timezone_aware",
        "2026/03/01 21:05": "occurred_at:datetime_from_date_parsing",
        "01.03.2026": "occurred_at:datetime_from_date_parsing",
        "1772370300": "occurred_at:datetime_type",
    }
    for text, kind in wrong.items():
        trial = tried(tmp_path, f"number,occurred_at,reporter\n19790001234,{text},a\n".encode())
        assert kinds(trial) == [(kind, 1, 1)], text


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=12),
        min_size=2,
        max_size=5,
    )
)
def test_a_line_is_the_same_with_all_cells_quoted_or_only_some(cells: list[str]) -> None:
    every = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    needed = quoted_as_needed(every)
    assert quoted_as_needed(needed) == needed
    if not any('"' in cell or "," in cell for cell in cells):
        assert needed == ",".join(cells)


def test_a_number_that_a_telephone_showed_may_be_impossible(tmp_path: Path) -> None:
    rows = "".join(f"1979000123,2026-03-01T21:05:00+08:00,a,{by}\n" for by in ("person", "telephone", ""))
    trial = tried(tmp_path, f"number,occurred_at,reporter,number_from\n{rows}".encode())
    assert (trial.readable, kinds(trial)) == (1, [("number:number_wrong_length", 2, 1)])


@pytest.mark.parametrize(
    ("name", "file_format", "lines", "flaw"),
    [
        ("bom.ndjson", "ndjson", 2, None),
        ("carriage_returns.csv", "csv", 1, None),
        ("trailing_bytes.csv.gz", "csv", 1, Flaw.TRAILING),
        ("cut_off.csv.gz", "csv", None, Flaw.CUT_OFF),
        ("ftc_plain.csv", "ftc", 1, None),
        ("ftc_quoted.csv", "ftc", 1, None),
    ],
)
def test_each_case_of_the_collection_is_read(
    tmp_path: Path, name: str, file_format: str, lines: int | None, flaw: Flaw | None
) -> None:
    if not CASES.exists():
        pytest.skip("the collection of cases is not beside this checkout")
    trial = tried(tmp_path, (CASES / name).read_bytes(), file_format)
    assert trial.flaw is flaw
    assert trial.readable == trial.lines
    assert trial.lines == lines if lines is not None else trial.lines > 1000
