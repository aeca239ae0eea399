"""What a guide is made of, so far as it must be the same in every language that the guide stands in."""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

FENCE: Final = "```"
#: What a sample says in a language, and not to the shell: comments, and the reasons and titles that people give.
COMMENT: Final = re.compile(r"(^|\s+)#\s.*$")
SAID: Final = re.compile(r"(--(?:reason|title|purpose|name|complaints) )('[^']*'|\"[^\"]*\")")
CHINESE: Final = re.compile(r"[一-鿿　-〿！-｠…]+")
CODE: Final = re.compile(r"`[^`]+`")
LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
NUMBER: Final = re.compile(r"\d(?:[\d,.:]*\d)?")


@dataclass
class Section:
    """A heading of a guide and what stands below it, up to the next heading."""

    level: int
    title: str
    prose: list[str] = field(default_factory=list)
    blocks: list[list[str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return what stands outside of the blocks of code."""
        return "\n".join(self.prose)

    @property
    def rows(self) -> list[list[str]]:
        """Return the cells of each row of the section's tables, the rows of headings included."""
        lines = [CODE.sub(lambda span: span[0].replace("|", ""), line) for line in self.prose]
        return [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]

    @property
    def samples(self) -> list[list[str]]:
        """Return the blocks of code without what they say to people."""
        return [[_plain(line) for line in block] for block in self.blocks]

    @property
    def spans(self) -> set[str]:
        """Return what is quoted as code within the text: names of fields, settings, commands, files."""
        return {" ".join(span.split()) for span in CODE.findall(self.text)}

    @property
    def numbers(self) -> set[str]:
        """Return the numbers that stand in the text in digits."""
        return set(NUMBER.findall(LINK.sub("]", CODE.sub(" ", self.text))))

    @property
    def links(self) -> list[str]:
        """Return where the section's links lead."""
        return LINK.findall(CODE.sub(" ", self.text))


@cache
def sections(path: Path) -> list[Section]:
    """Return the sections of a guide in their order."""
    found: list[Section] = []
    block: list[str] | None = None
    for line in path.read_text("utf-8").splitlines():
        if line.startswith(FENCE):
            if block is None:
                block = []
                found[-1].blocks.append(block)
            else:
                block = None
        elif block is not None:
            block.append(line)
        elif heading := re.match(r"(#+) (.*)", line):
            found.append(Section(len(heading[1]), heading[2]))
        elif found:
            found[-1].prose.append(line)
    return found


@cache
def anchors(path: Path) -> list[str]:
    """Return the anchors that GitHub gives to the headings of a document, in their order."""
    found: list[str] = []
    for section in sections(path):
        anchor = re.sub(r"[^\w\- ]", "", section.title.lower()).replace(" ", "-")
        again = sum(one == anchor or bool(re.fullmatch(rf"{re.escape(anchor)}-\d+", one)) for one in found)
        found.append(f"{anchor}-{again}" if again else anchor)
    return found


def in_english(path: Path, link: str) -> str:
    """Return where a link of a Chinese guide leads, as its English counterpart names the same place."""
    name, _, anchor = link.partition("#")
    target = (path.parent / name).resolve() if name else path
    if "://" in link or not target.name.endswith(".zh.md"):
        return link
    english = target.with_name(target.name.replace(".zh.md", ".md"))
    place = anchors(english)[anchors(target).index(anchor)] if anchor else ""
    return name.replace(".zh.md", ".md") + (f"#{place}" if anchor else "")


def _plain(line: str) -> str:
    return CHINESE.sub("", SAID.sub(r"\1", COMMENT.sub("", line))).rstrip()
