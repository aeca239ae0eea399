"""Fingerprints of what narratives repeat."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.scripts import BIN_BITS, LEAST_CHARACTERS, MOST_CHARACTERS, bands_of, script_of

SCRIPT = "您的借款已逾期{}天，欠款{}元，请于今日{}点前处理，否则我们将通知您的通讯录联系人并上门核实"
OTHER = "这里是法务部，因您恶意拖欠，现已将材料移交立案，请尽快联系还款，否则将冻结您的银行账户"
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=80)


def is_same_script(one: int, other: int) -> bool:
    return not set(bands_of(one)).isdisjoint(bands_of(other))


@pytest.mark.parametrize(
    "text",
    [
        "【虚构信贷】尊敬的张先生，" + SCRIPT.format(12, 3500, 18),
        "[虚构金服]尊敬的欧阳某女士:" + SCRIPT.format(3, "12,800.50", "十二") + " t.cn/Ab3x9",
        "尊敬的***先生 " + SCRIPT.format("三十", "xxxx", 9) + "。https://example.invalid/pay?id=77",
        SCRIPT.format("３", "２８００", "１８").replace("，", " "),
    ],
)
def test_names_amounts_links_and_signatures_do_not_change_a_script(text: str) -> None:
    assert script_of(text) == script_of(SCRIPT.format(1, 1, 1))


def test_other_words_are_another_script() -> None:
    one, other = script_of(SCRIPT.format(1, 1, 1)), script_of(OTHER)
    assert one is not None
    assert other is not None
    assert not is_same_script(one, other)


@pytest.mark.parametrize(
    "text", ["", "一直打电话骚扰", "123456789012345678901234", "*" * 40, "【模拟】没有说清楚"]
)
def test_too_little_text_has_no_script(text: str) -> None:
    assert script_of(text) is None


def test_the_same_text_has_the_same_fingerprint_on_every_machine() -> None:
    assert script_of(OTHER) == 8854324948587844127


@given(st.text(max_size=2 * MOST_CHARACTERS))
def test_any_text_has_a_fingerprint_that_fits_64_signed_bits_or_none(text: str) -> None:
    script = script_of(text)
    assert script is None or 0 <= script < 2**63
    assert script == script_of(text + "。" * 3)


@given(HAN.filter(lambda text: len(text) >= LEAST_CHARACTERS), HAN)
def test_fingerprints_are_of_one_script_where_they_share_three_neighbouring_minima(
    one: str, other: str
) -> None:
    first, second = script_of(one), script_of(other)
    if first is None or second is None:
        return
    minima = [
        [script >> BIN_BITS * place & (1 << BIN_BITS) - 1 for place in range(9)] for script in (first, second)
    ]
    shared = any(minima[0][start : start + 3] == minima[1][start : start + 3] for start in (0, 3, 6))
    assert is_same_script(first, second) == shared
    assert is_same_script(first, first)
    assert len(set(bands_of(first))) == 3


def test_texts_share_a_script_about_as_often_as_their_shingles_say() -> None:
    rng = Random(1)
    alphabet = [chr(0x4E00 + place) for place in range(2_000) if chr(0x4E00 + place) not in "一七万三"]

    def share(kept: int) -> float:
        """How often texts of 50 characters are of one script when only the first `kept` agree."""
        same = 0
        for _ in range(300):
            start, one, other = (
                "".join(rng.choices(alphabet, k=count)) for count in (kept, 50 - kept, 50 - kept)
            )
            first, second = script_of(start + one), script_of(start + other)
            same += first is not None and second is not None and is_same_script(first, second)
        return same / 300

    assert share(47) > 0.9
    assert share(15) < 0.05
    assert share(0) == 0.0
