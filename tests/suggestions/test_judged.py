"""A small model judges what sentences name, from what the rules say and from pieces of the text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.suggestions import Sentence
from benchmarks.suggestions_training import (
    learn_pieces,
    learn_together,
    pieces_of,
    stretch_of,
    truth_of,
)
from ml.words import VIOLATIONS
from service.suggestions import grams, judged, lexicon
from service.suggestions.judged import (
    Stretch,
    Weights,
    probabilities,
    scores,
    shipped,
    telling_clause,
    told_of,
)
from service.suggestions.lexicon import STRETCH, stretches, suggest

LONGEST_SENTENCE = 164  # `_SENTENCE`: a text without marks is cut after that many letters


def test_the_shipped_weights_know_every_violation() -> None:
    weights = shipped()
    assert weights.names == VIOLATIONS
    assert weights.pieces.shape == (len(VIOLATIONS) + 1, grams.PLACES)
    assert len(weights.told) == told_of(stretch_of("骂我"), scores("骂我", weights), VIOLATIONS).shape[1]


def test_a_kind_of_word_is_one_letter() -> None:
    assert grams.kinds("打给我妈两次") == "打给我PN次"
    assert grams.kinds("打给同事3次") == "打给PN次"


@given(st.text(st.sampled_from("打给我妈a b'，。!?\n威胁"), max_size=400))
def test_the_work_grows_with_the_text(text: str) -> None:
    assert sum(grams.counted(text).values()) <= 10 * (len(text) + 2)
    parts = [one for one, _, _ in stretches(text)]
    assert "".join(one.text for one in parts) == text
    assert all(len(one.text) <= max(STRETCH, LONGEST_SENTENCE) for one in parts)
    assert len(parts) <= 1 + 2 * len(text) / STRETCH


def test_sentences_are_judged_apart_in_a_long_text() -> None:
    dull = "今天天气很好，我去公园走了走，后来回家吃饭看书。" * 20
    assert {one.violation for one in suggest(f"{dull}催收骂我是废物。{dull}")} == {"insult"}


def test_the_rules_decide_what_the_model_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    known = probabilities

    def without_insult(stretch: Stretch, weights: Weights) -> dict[str, float]:
        return {name: one for name, one in known(stretch, weights).items() if name != "insult"}

    monkeypatch.setattr(lexicon, "probabilities", without_insult)
    assert {one.violation for one in suggest("骂我是废物")} == {"insult"}


def test_the_model_may_refuse_what_the_rules_find(monkeypatch: pytest.MonkeyPatch) -> None:
    strict = shipped()._replace(intercept=-1000.0)
    monkeypatch.setattr(lexicon, "shipped", lambda: strict)
    assert suggest("骂我是废物") == []


def test_without_a_pattern_the_clause_that_speaks_most_for_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lexicon, "_WORDS", {})
    narrative = "昨天下午，骂我是废物、人渣，后来挂了"
    found = suggest(narrative)
    assert [(one.violation, [word.text for word in one.words]) for one in found] in (
        [],
        [("insult", ["骂我是废物、人渣"])],
    )
    start, end = telling_clause(narrative.replace("，", ","), shipped(), "insult")
    assert narrative[start:end] == "骂我是废物、人渣"


def test_the_same_sentences_teach_the_same() -> None:
    sentences = [
        Sentence(text, frozenset({violation} if violation else ()))
        for violation in ("", *VIOLATIONS)
        for text in (f"{violation}甲乙", f"{violation}丙丁")
    ]
    read = [stretch_of(one.text) for one in sentences]

    def learn() -> Weights:
        weights = learn_pieces(pieces_of(read), truth_of(sentences))
        rows = np.stack([told_of(one, scores(one.text, weights), VIOLATIONS) for one in read])
        return learn_together(rows.reshape(-1, rows.shape[2]), truth_of(sentences)[:, :-1].ravel(), weights)

    first, second = learn(), learn()
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(np.asarray(one), np.asarray(other))
    assert probabilities(read[2], first)["threat"] > probabilities(read[0], first)["threat"]


def test_a_probability_lies_between_nothing_and_certainty() -> None:
    for text in ("x", "威胁" * 40, "。", "，"):
        for part, _, _ in stretches(text):
            assert all(0 <= one <= 1 for one in probabilities(part, judged.shipped()).values())
