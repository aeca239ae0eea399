"""Lines hold together what belongs together, and lose nothing."""

from hypothesis import given
from hypothesis import strategies as st

from service.cases.line_breaks import NOT_AT_END, NOT_AT_START, break_lines

TEXT = st.text("汉字，。：；（）《》“”、ab19 -", max_size=300)


def lines_of(text: str, width: float) -> list[str]:
    """Lines where a Chinese letter is as wide as two others."""
    return list(break_lines(text, lambda letter: 1.0 if letter.isascii() else 2.0, width))


def width_of(line: str) -> float:
    return sum(1.0 if letter.isascii() else 2.0 for letter in line)


@given(TEXT, st.integers(2, 80))
def test_nothing_is_lost_and_everything_fits(text: str, width: int) -> None:
    lines = lines_of(text, width)
    assert "".join(lines) == text.replace("\n", "")
    assert all(width_of(line) <= width for line in lines)


@given(
    st.lists(st.sampled_from(["汉字汉", "，", "（注）", "号码19790001234", "：", "《法》"]), max_size=60),
    st.integers(40, 90),
)
def test_punctuation_and_numbers_stay_with_what_they_belong_to(parts: list[str], width: int) -> None:
    text = "汉".join(parts)
    lines = lines_of(text, width)
    assert not any(line[0] in NOT_AT_START for line in lines[1:] if line)
    assert not any(line[-1] in NOT_AT_END for line in lines[:-1])
    assert sum(line.count("19790001234") for line in lines) == text.count("19790001234")


def test_a_long_run_is_broken_and_own_line_breaks_are_kept() -> None:
    assert lines_of("a" * 64, 40) == ["a" * 40, "a" * 24]
    assert lines_of("一\n\n二", 40) == ["一", "", "二"]
    assert lines_of("", 40) == [""]
