"""What the check of our English refuses, and what it lets through."""

import pytest

from tests.english import flaws_of_order, flaws_of_phrase, flaws_of_statement


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Keys.",
        "The first time, a key.",
        "Whether an export is let.",
        "API keys: create, list, revoke.",
        "Whose key it is, for the list.",
        "So many, those first that have waited longest.",
        "All models, newest first, and which of them serves or runs as a shadow.",
        "Which half-life makes the decayed count of complaints tell best who is reported again.",
        "list all keys.",
        "List all keys",
    ],
)
def test_what_is_no_order_is_refused(text: str) -> None:
    assert flaws_of_order(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The first time, a key.",
        "Whether an export is let.",
        "Of numbers that are likely of one hand; a likeness, not a proof.",
        "Whose a key is, None for one of no agency.",
        "How far a signal is spread otherwise than in training.",
        "By somebody else than who asks: neither by the same key nor by another one of the same agency.",
        "Complaints in an FTC format, plain or gzip.",
        "the file that holds the complaints.",
        "The file that holds the complaints",
    ],
)
def test_what_is_no_statement_is_refused(text: str) -> None:
    assert flaws_of_statement(text)


@pytest.mark.parametrize(
    "text",
    [
        "Whether webhooks may be private addresses.",
        "How codes reach the owners of numbers.",
        "Scoring model; when empty, the one shipped.",
        "prepared statements kept per connection.",
        "Largest request body",
    ],
)
def test_what_names_no_thing_is_refused(text: str) -> None:
    assert flaws_of_phrase(text)


def test_plain_english_passes() -> None:
    assert (
        flaws_of_order("List all keys by id, state, scopes and label; the keys themselves are not stored.")
        == []
    )
    assert flaws_of_statement("The file that holds the complaints: an FTC format, plain or gzip.") == []
    assert flaws_of_phrase("Number of scoring processes.") == []
    assert flaws_of_phrase("File of the scoring model; when empty, the shipped one is used.") == []
