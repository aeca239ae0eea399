"""Tokens of people: known by their mark, without the database."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.edge.access import KEY_PREFIX, OWNER_PREFIX, REPORTER_PREFIX, new_token
from service.edge.person_tokens import is_issued, issue_token, pseudonym_of
from service.secrets import KeyRing

KEYS = KeyRing(*(bytes([place]) * 32 for place in range(5)))


@pytest.mark.parametrize("prefix", [REPORTER_PREFIX, OWNER_PREFIX])
def test_what_is_issued_is_known(prefix: str) -> None:
    tokens = {issue_token(KEYS, prefix) for _ in range(100)}
    assert len(tokens) == 100
    for token in tokens:
        assert is_issued(KEYS, token)
        assert len(token) == len(new_token(prefix))


def test_what_others_make_is_not() -> None:
    issued = issue_token(KEYS, REPORTER_PREFIX)
    assert not is_issued(replace(KEYS, pseudonym_key=b"x" * 32), issued)
    assert not is_issued(KEYS, OWNER_PREFIX + issued.removeprefix(REPORTER_PREFIX))
    assert not is_issued(KEYS, new_token(REPORTER_PREFIX))
    for place in range(
        len(REPORTER_PREFIX), len(issued) - 1
    ):  # the last letter has two bits that mean nothing
        letter = "A" if issued[place] != "A" else "B"
        assert not is_issued(KEYS, issued[:place] + letter + issued[place + 1 :])


@given(st.text(max_size=60))
def test_whatever_is_sent_as_a_token_is_answered(text: str) -> None:
    assert not is_issued(KEYS, REPORTER_PREFIX + text)
    assert not is_issued(KEYS, text)


def test_pseudonyms_of_reporters_and_owners_are_apart() -> None:
    token = "same"
    reporter, owner = (pseudonym_of(KEYS, prefix + token) for prefix in (REPORTER_PREFIX, OWNER_PREFIX))
    assert reporter == KEYS.pseudonym("reporter", b"dw_rep_same")
    assert owner == KEYS.pseudonym("owner", b"dw_own_same")
    with pytest.raises(KeyError):
        pseudonym_of(KEYS, KEY_PREFIX + token)
