"""Every real form of a call log is read, and docs/formats.md lists it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.contacts.counting import Contact
from service.contacts.log_types import LOG_TYPES
from service.days import CHINA
from service.evidence.media import EXTENSIONS, TEXT_BYTES
from service.evidence.reading import Reading, Refusal, Sent, read_text
from service.spreadsheets import OPEN_SPREADSHEET
from tests.contacts.formats import ANSWERED, FORMS, WRITTEN, Form
from tests.contacts.workbooks import ods
from tests.evidence.evidence_files import workbook

NUMBER = "+8619790001234"
NOW = datetime(2026, 3, 10, tzinfo=UTC)
AT = datetime(2026, 3, 1, 21, 30, 5, tzinfo=CHINA)
CALLS = {
    "a": Contact(AT, is_answered=True, seconds=65),
    "m": Contact(datetime(2026, 3, 2, 9, 15, 40, tzinfo=CHINA), is_answered=False),
}
FORMATS = Path(__file__).parents[2] / "docs" / "formats.md"


@pytest.mark.parametrize("form", FORMS, ids=[form.name for form in FORMS])
def test_a_log_of_each_form_tells_the_same_calls(form: Form) -> None:
    found = read_text(Sent(form.content(), form.file_name, NUMBER, NOW))
    assert isinstance(found, Reading), found
    assert found.log is not None
    assert list(found.log.unread) == []
    assert list(found.calls) == [CALLS[one] for one in form.tells]
    assert found.media_type in EXTENSIONS


def test_messages_of_a_backup_are_contacts_but_no_calls() -> None:
    text = (
        "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?><smses count=\"3\">"
        '<sms protocol="0" address="19790001234" date="1772371805000" type="1" body="还钱" read="1" />'
        '<sms protocol="0" address="19790001234" date="1772371806000" type="1" body="第二部分" read="1" />'
        '<sms protocol="0" address="19790001234" date="1772414140000" type="3" body="草稿" read="1" /></smses>'
    )
    found = read_text(Sent(text.encode(), "sms-20260310.xml", NUMBER, NOW))
    assert isinstance(found, Reading)
    assert [(call.at, call.is_call, call.is_incoming) for call in found.calls] == [(AT, False, True)]


def test_the_list_of_forms_is_that_of_the_document() -> None:
    assert len(FORMS) >= 25
    told = FORMATS.read_text()
    assert [form.name for form in FORMS if f"| {form.name} |" not in told] == []


def test_a_log_of_each_form_has_a_type_whose_calls_are_counted() -> None:
    found = {
        read.media_type
        for form in FORMS
        if isinstance(read := read_text(Sent(form.content(), form.file_name, NUMBER, NOW)), Reading)
    }
    assert found == set(LOG_TYPES) - {OPEN_SPREADSHEET}


def test_an_open_spreadsheet_is_read_too() -> None:
    found = read_text(
        Sent(ods([["号码", "时间", "类型"], [WRITTEN, ANSWERED, "呼入"]]), "log.ods", NUMBER, NOW)
    )
    assert isinstance(found, Reading)
    assert (found.media_type, [call.at for call in found.calls]) == (OPEN_SPREADSHEET, [AT])


PAGE = '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x.dtd"><html><body>{}</body></html>'
ROWS = (
    "<table><tr><td>号码</td><td>时间</td><td>类型</td><td>时长</td></tr>"
    "<tr><td>19790001234</td><td>2026-03-01 21:30:05</td><td>呼入</td><td>65</td></tr></table>"
)
TAKEN = (
    '<div class="haudio"><span class="fn">Received call from</span><a class="tel" href="tel:+8619790001234"></a>'
    '<abbr class="published" title="2026-03-01T13:30:05.000Z"></abbr><abbr class="duration" title="PT1M5S"></abbr></div>'
)


@pytest.mark.parametrize("page", [PAGE.format(ROWS), PAGE.format(TAKEN), f"<div>{ROWS}</div>", ROWS])
def test_a_page_of_calls_is_read_however_it_begins_and_refused_if_it_acts(page: str) -> None:
    found = read_text(Sent(page.encode(), "list.xls", NUMBER, NOW))
    assert isinstance(found, Reading)
    assert (found.media_type, list(found.calls)) == ("application/vnd.ms-excel", [CALLS["a"]])
    acting = read_text(Sent(f"{page}<script>x()</script>".encode(), "list.xls", NUMBER, NOW))
    assert isinstance(acting, Refusal)


@pytest.mark.parametrize(
    ("content", "media_type", "names"),
    [
        ('[{"text": "197 9000 1234"}]', "application/json", True),
        ("<?xml version='1.0'?><chat><m>19790001234</m></chat>", "application/xml", True),
        ("<table><tr><td>还钱</td></tr></table>", "application/vnd.ms-excel", False),
    ],
)
def test_what_may_be_a_log_and_has_no_calls_says_so_and_is_read_as_a_message(
    content: str, media_type: str, names: bool
) -> None:
    found = read_text(Sent(content.encode(), "x", NUMBER, NOW))
    assert isinstance(found, Reading)
    assert found.log is not None
    assert (found.media_type, found.names_number) == (media_type, names)
    assert [one.code for one in found.log.unread] == ["call_log_columns"]


def test_the_beginning_of_a_long_backup_is_read_and_a_long_spreadsheet_refused() -> None:
    call = '<call number="19790001234" date="1772371805000" type="1" duration="65" />\n'
    other = call.replace("19790001234", "19790005678")
    text = "<?xml version='1.0'?>\n<calls>" + call + other * (TEXT_BYTES // len(other))
    found = read_text(Sent(text.encode(), "calls.xml", NUMBER, NOW))
    assert isinstance(found, Reading)
    assert found.log is not None
    assert (list(found.calls), found.log.unread[-1].code) == ([CALLS["a"]], "call_log_beyond")
    long = read_text(Sent(workbook() + bytes(TEXT_BYTES), "calls.xlsx", NUMBER, NOW))
    assert isinstance(long, Refusal)
    assert long.code == "evidence_too_large"
