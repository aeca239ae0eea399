"""The guides stand in Chinese as in English: whoever changes one of the two is told where the other differs."""

import re
from pathlib import Path

import pytest

from tests.guides import anchors, in_english, sections
from tests.places import ROOT

DOCS = ROOT / "docs"
GUIDES = sorted(path.name.removesuffix(".zh.md") for path in DOCS.glob("*.zh.md"))
DOCUMENTS = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
#: An English mark between Chinese characters, or a blank before a Chinese mark.
MISPLACED = re.compile(r"[一-鿿][,;:!?]|[,;!?][一-鿿]|\s[，。；：、！？）]|[，。；：、（]\s*[,.;:]")

each_guide = pytest.mark.parametrize("guide", GUIDES)
#: The READMEs, too: their samples show what each language is answered, and differ in that.
each_pair = pytest.mark.parametrize("guide", [*GUIDES, "../README"])


def both(guide: str) -> tuple[Path, Path]:
    return DOCS / f"{guide}.md", DOCS / f"{guide}.zh.md"


def test_what_partners_officials_and_operators_need_stands_in_chinese() -> None:
    assert {"api", "cases", "formats", "look-up", "operations", "rules"} <= set(GUIDES)


@each_pair
def test_the_headings_are_of_the_same_levels(guide: str) -> None:
    english, chinese = both(guide)
    levels = [[section.level for section in sections(path)] for path in (english, chinese)]
    assert levels[0] == levels[1]
    assert all(
        re.search(r"[一-鿿]|^(csv|ndjson|ftc|systemd|PgBouncer|Webhook)$", one.title)
        for one in sections(chinese)
    )


@each_pair
def test_the_tables_have_the_same_rows(guide: str) -> None:
    for english, chinese in zip(*map(sections, both(guide)), strict=True):
        rows, theirs = english.rows, chinese.rows
        assert len(rows) == len(theirs), english.title
        for row, other in zip(rows, theirs, strict=True):
            assert len(row) == len(other), other
            assert [codes(cell) for cell in row] == [codes(cell) for cell in other], other


@each_guide
def test_the_samples_are_the_same_but_for_what_they_say_to_people(guide: str) -> None:
    for english, chinese in zip(*map(sections, both(guide)), strict=True):
        assert english.samples == chinese.samples, english.title


@each_guide
def test_the_same_fields_settings_and_commands_are_named(guide: str) -> None:
    for english, chinese in zip(*map(sections, both(guide)), strict=True):
        assert english.spans == chinese.spans, english.title


@each_pair
def test_every_number_of_the_english_guide_stands_in_the_chinese_one(guide: str) -> None:
    for english, chinese in zip(*map(sections, both(guide)), strict=True):
        assert english.numbers - chinese.numbers == set(), english.title


@each_guide
def test_the_links_lead_to_the_same_places(guide: str) -> None:
    _, path = both(guide)
    for english, chinese in zip(*map(sections, both(guide)), strict=True):
        own = {f"{guide}.md", f"{guide}.zh.md"}
        there = {in_english(path, link) for link in chinese.links if link not in own}
        assert {link for link in english.links if link not in own} == there, english.title


@each_guide
def test_each_leads_to_the_other_below_its_title(guide: str) -> None:
    english, chinese = both(guide)
    assert english.read_text("utf-8").splitlines()[2] == f"English · [中文]({guide}.zh.md)"
    assert chinese.read_text("utf-8").splitlines()[2] == f"[English]({guide}.md) · 中文"


@each_guide
def test_a_chinese_guide_leads_to_chinese_guides_where_there_are_any(guide: str) -> None:
    targets = {link.partition("#")[0] for section in sections(both(guide)[1]) for link in section.links}
    assert targets & {f"{other}.md" for other in GUIDES} <= {f"{guide}.md"}


@each_guide
def test_chinese_is_set_with_chinese_marks(guide: str) -> None:
    for section in sections(both(guide)[1]):
        for line in section.prose:
            assert MISPLACED.search(re.sub(r"`[^`]+`", "x", line)) is None, line


@each_guide
def test_markdown_sees_where_bold_type_ends(guide: str) -> None:
    """Stars with a mark on one side and a character on the other do not begin or end bold type there."""
    for section in sections(both(guide)[1]):
        for line in section.prose:
            parts = re.sub(r"`[^`]+`", "x", line).split("**")
            assert len(parts) % 2 == 1, line
            for before, bold, after in zip(parts[::2], parts[1::2], parts[2::2], strict=False):
                assert not (before[-1:].isalnum() and not bold[0].isalnum()), line
                assert not (after[:1].isalnum() and not bold[-1].isalnum()), line


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_a_readme_leads_to_every_guide_in_its_language(readme: str) -> None:
    ending = readme.removeprefix("README")
    text = (ROOT / readme).read_text("utf-8")
    assert [guide for guide in GUIDES if f"(docs/{guide}{ending}" not in text] == []


def test_every_anchor_leads_to_a_heading() -> None:
    for document in DOCUMENTS:
        for section in sections(document):
            for link in section.links:
                name, _, anchor = link.partition("#")
                target = (document.parent / name).resolve() if name else document
                if anchor and target.suffix == ".md" and "://" not in link:
                    assert anchor in anchors(target), f"{document.name}: {link}"


def codes(cell: str) -> set[str]:
    return set(re.findall(r"`[^`]+`", cell))
