"""Columns by week: as high as their counts, a dot where a count is withheld, and whole whatever they are called."""

from hypothesis import given, settings
from hypothesis import strategies as st

from service.pages.charts import WIDTH
from service.pages.figure_charts import Column, columns
from tests.pages.test_charts import drawn_whole


def test_columns_are_as_high_as_their_counts_and_what_is_withheld_is_a_dot() -> None:
    picture = drawn_whole(
        columns("举报", [Column("a", 10), Column("b", None), Column("c", 20), Column("d", 0)])
    )
    assert [one["height"] for one in picture.of("rect")] == ["60", "120", "0"]
    assert len(picture.of("circle")) == 1
    assert ">20<" in picture.text


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=20),
    st.lists(
        st.builds(Column, st.text(max_size=12), st.none() | st.integers(0, 10**9)),
        max_size=60,
    ),
)
def test_nothing_breaks_a_picture_or_stands_outside_of_it(title: str, weeks: list[Column]) -> None:
    picture = drawn_whole(columns(title, weeks))
    assert len(picture.of("rect")) + len(picture.of("circle")) == len(weeks)
    for one in picture.of("rect"):
        assert 0 <= float(one["x"] or "") <= WIDTH
        assert float(one["x"] or "") + float(one["width"] or "") <= WIDTH
        assert 0 <= float(one["y"] or "") <= float(one["y"] or "") + float(one["height"] or "") <= 140.1
