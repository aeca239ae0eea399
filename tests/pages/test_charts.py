"""Pictures: what is drawn stands where it belongs, and whatever a label says is text."""

from base64 import b64decode
from html.parser import HTMLParser
from xml.parsers.expat import ParserCreate

from hypothesis import given, settings
from hypothesis import strategies as st

from service.pages.charts import WIDTH, Bar, bars, dots


class Drawn(HTMLParser):
    """The shapes of a picture, without its ground."""

    def __init__(self, image: str) -> None:
        super().__init__()
        self.shapes: list[tuple[str, dict[str, str | None]]] = []
        self.text = b64decode(image.partition("base64,")[2].partition('"')[0]).decode()
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shapes.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The shapes of a kind."""
        return [
            attributes
            for name, attributes in self.shapes
            if name == tag and attributes.get("class") != "ground"
        ]


def drawn_whole(image: str) -> Drawn:
    """The shapes of a picture that every program for SVG can read."""
    drawn = Drawn(image)
    ParserCreate().Parse(drawn.text.encode(), True)
    return drawn


def test_what_is_beyond_the_limit_is_marked_and_the_limit_is_drawn() -> None:
    image = bars("每天", [Bar("11-29", 3), Bar("11-30", 6, "，超")], limit=3, limit_name="上限 3")
    drawn = Drawn(image)
    assert [one["class"] for one in drawn.of("rect")] == ["bar", "bar over"]
    (line,) = drawn.of("line")
    within, beyond = drawn.of("rect")
    assert float(line["x1"] or 0) == float(within["x"] or 0) + float(within["width"] or 0)
    assert float(beyond["width"] or 0) == 2 * float(within["width"] or 0)
    assert "6，超" in drawn.text
    assert 'alt="每天"' in image


def test_dots_stand_at_their_hours_and_quiet_ones_are_marked() -> None:
    drawn = Drawn(dots("几点", [("11-30", {7: 1, 8: 30, 22: 2})], shaded=(7, 22)))
    circles = drawn.of("circle")
    assert [one["class"] for one in circles] == ["dot over", "dot", "dot over"]
    assert [one["r"] for one in circles] == ["4", "10", "5"]
    places = [float(one["cx"] or 0) for one in circles]
    assert places == sorted(places)
    assert len(drawn.of("rect")) == 2


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.text(max_size=8), st.floats(0, 1e6), st.text(max_size=8)), max_size=20),
    st.none() | st.floats(0, 1e6),
)
def test_nothing_breaks_a_picture(rows: list[tuple[str, float, str]], limit: float | None) -> None:
    drawn = drawn_whole(bars("<&\">'", [Bar(*row) for row in rows], limit=limit, limit_name="<b>"))
    assert {tag for tag, _ in drawn.shapes} <= {"svg", "style", "rect", "line", "text"}
    for one in drawn.of("rect"):
        assert 0 <= float(one["x"] or 0) + float(one["width"] or 0) <= WIDTH
