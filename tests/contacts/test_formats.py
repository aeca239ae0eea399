"""Every real form of a call log is read, and docs/formats.md lists it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.contacts.counting import Contact
from service.days import CHINA
from service.evidence.media import EXTENSIONS
from service.evidence.reading import Reading, Sent, read_text
from tests.contacts.formats import FORMS, Form

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
