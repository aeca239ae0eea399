"""Templates: both languages everywhere, nothing inline, files within their budgets."""

import re
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from service.pages import static_files
from service.pages.render import address, render
from service.pages.static_files import static

DIRECTORY = Path(render.__code__.co_filename).parent / "templates"
TEMPLATES = sorted(path.name for path in DIRECTORY.iterdir())
#: Long prose, which reads badly side by side: a file for each language.
PROSE = sorted(name.removesuffix(".zh.html") for name in TEMPLATES if name.endswith(".zh.html"))


def parsed(name: str) -> nodes.Template:
    """The syntax tree of a template."""
    return jinja2.Environment(autoescape=True).parse((DIRECTORY / name).read_text())


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_text_stands_in_both_languages(name: str) -> None:
    for call in parsed(name).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "t":
            assert len(call.args) == 2, call.lineno
            for text in call.args:
                assert not isinstance(text, nodes.Const) or str(text.value).strip(), call.lineno
            zh, en = call.args
            if isinstance(zh, nodes.Const) and isinstance(en, nodes.Const):
                assert not any("\u4e00" <= letter <= "\u9fff" for letter in en.value) or en.value == "中文", (
                    call.lineno
                )


@pytest.mark.parametrize("name", [name for name in TEMPLATES if not name.endswith(".zh.html")])
def test_no_words_stand_beside_them(name: str) -> None:
    for data in parsed(name).find_all(nodes.TemplateData):
        text = data.data
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in text), (data.lineno, text)
        assert " style=" not in text, data.lineno
        assert "<style" not in text, data.lineno
        assert " onclick" not in text, data.lineno


@pytest.mark.parametrize("name", PROSE)
def test_long_prose_is_built_alike_in_both_languages(name: str) -> None:
    zh, en = [(DIRECTORY / f"{name}.{tag}.html").read_text() for tag in ("zh", "en")]
    assert re.findall(r"<[a-z/][^ >]*|\bid=\"[^\"]*\"|{[{%].*?[}%]}", zh) == re.findall(
        r"<[a-z/][^ >]*|\bid=\"[^\"]*\"|{[{%].*?[}%]}", en
    )
    links = [re.findall(r'href="([^"]*)"', text) for text in (zh, en)]
    assert [one if one.startswith(("tel:", "/docs")) else address(one, "en") for one in links[0]] == links[1]
    assert " style=" not in zh + en


def test_scripts_and_styles_are_within_their_budgets() -> None:
    size = {path.name: path.stat().st_size for path in static_files.DIRECTORY.iterdir()}
    assert size["pages.css"] <= 8192
    assert size["pages.js"] + size["proof.js"] <= 6144


def test_addresses_change_with_what_stands_there() -> None:
    assert static("pages.css").startswith("/static/pages.")
    assert [address(path, "en") for path in ("/", "/report")] == ["/en", "/en/report"]
    with pytest.raises(KeyError):
        static("nothing.css")
