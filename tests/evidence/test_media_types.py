"""What a file is, is decided by what is in it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.contacts.log_types import LOG_TYPES
from service.edge.problems import ProblemError
from service.evidence.media import EXTENSIONS, TEXT_BYTES, Examined, Examiner, examine_text
from service.evidence.signatures import BRANDS
from tests.evidence.evidence_files import archive, legacy_workbook, workbook
from tests.evidence.media_samples import KEPT, REFUSED

FORMATS = Path(__file__).parents[2] / "docs" / "formats.md"
CASES = Path(__file__).parents[3] / "shared" / "cases" / "media"


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
    assert {*KEPT, "text/csv"} == set(EXTENSIONS)  # a text is a call log by its headings
    assert {*BRANDS.values(), *LOG_TYPES} <= set(EXTENSIONS)
    assert len(set(EXTENSIONS.values())) == len(EXTENSIONS)


def test_the_formats_that_are_taken_are_those_in_the_documentation() -> None:
    section = FORMATS.read_text("utf-8").partition("\n# Media\n")[2].partition("\n# ")[0]
    told = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", section, re.MULTILINE)
    assert dict(told) == EXTENSIONS


@pytest.mark.skipif(not CASES.is_dir(), reason="shared/cases/media is not here")
def test_the_cases_of_media_are_recordings() -> None:
    for path in sorted(CASES.glob("*.mp3")):
        assert examined(path.read_bytes()).media_type == "audio/mpeg", path.name


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
        ("+86 197 9000 1234", "+8619790001234", True),
        ("008619790001234来电", "+8619790001234", True),
        ("12583119790001234", "+8619790001234", True),
        ("订单 5519790001234", "+8619790001234", False),
        ("197900012345", "+8619790001234", False),
        ("尾号 955881", "95588", False),
        ("没有号码", "", False),
    ],
)
def test_a_message_names_its_number_however_it_is_written(text: str, number: str, names: bool) -> None:
    assert Examined("text/plain", text).names(number) is names


@pytest.mark.parametrize("filler", ["\n", "0 ", "86 ", "+86 ", "1 ", "0"])
def test_a_long_text_of_what_may_stand_in_a_number_is_searched_in_bounded_time(filler: str) -> None:
    """With work that grew with the square of the length, this would take hours."""
    assert not Examined("text/plain", filler * 400_000).names("+8619790001234")


@given(
    st.binary(min_size=1, max_size=300),
    st.sampled_from(
        [
            b"",
            b"\xff\xfb",
            b"\xff\xf1",
            b"RIFF",
            b"\0\0\0\x18ftyp",
            b"\0\0\0\0ftyp",
            b"ID3\x03\0\0\0\0\0\x05",
            b"BM",
            b"\x1a\x45\xdf\xa3",
            b"PK\x03\x04",
            workbook()[:-9],
            legacy_workbook()[:600],
            b"<table><td>",
            b"<?xml ",
            b"{",
            b"From: a\nDate: b\n",
        ]
    ),
)
def test_any_bytes_are_evidence_or_refused(content: bytes, start: bytes) -> None:
    try:
        outcome = examined(start + content).media_type
    except ProblemError as refusal:
        outcome = refusal.problem.code
    assert outcome in {*EXTENSIONS, "evidence_type_refused"}
