"""Every doubt has its words, and stands in the guide of the API as it is."""

from typing import get_args

from service.screens.doubts import DOUBTS, Doubt
from tests.places import ROOT


def test_every_doubt_has_words_and_is_documented_as_it_is() -> None:
    assert list(DOUBTS) == list(get_args(Doubt))
    guide = (ROOT / "docs/api.md").read_text("utf-8")
    assert [code for code, (zh, en) in DOUBTS.items() if f"| `{code}` | {zh} | {en} |" not in guide] == []
