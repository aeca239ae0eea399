"""The privacy notice, in Chinese and English: every stored field with its meaning, purpose, legal basis and retention."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import BaseModel, Field

from service.settings import Settings

NOTICE: Final = Path(__file__).with_name("notice.json")


class NoticeText(BaseModel):
    """A text in Chinese and English."""

    zh: str = Field(description="The text in Chinese.")
    en: str = Field(description="The text in English.")


class StoredField(BaseModel):
    """A column of a stored table."""

    name: str = Field(description="The name of the column.")
    meaning: NoticeText = Field(description="What the column holds.")
    purpose: NoticeText = Field(description="Why it is stored.")
    legal_basis: NoticeText = Field(description="The law that permits storing it.")
    retention: NoticeText = Field(description="How long it is kept.")


class StoredTable(BaseModel):
    """A stored table."""

    name: str = Field(description="The name of the table.")
    subject: str = Field(
        description="Whom the table is about: `reporter`, `owner`, `number`, `partner` or `nobody`."
    )
    holds: NoticeText = Field(description="What the table holds.")
    fields: list[StoredField] = Field(description="The columns of the table.")


class Right(BaseModel):
    """A right that people can exercise through the API."""

    where: str = Field(description="The operation to call.", examples=["GET /v1/me"])
    what: NoticeText = Field(description="What the person gets by it.")


class KeptInBrowser(BaseModel):
    """What the pages keep in a browser: a cookie, or the browser's own store."""

    name: str = Field(description="The name of the cookie or store.", examples=["__Host-dw"])
    holds: NoticeText = Field(description="What it holds.")
    until: NoticeText = Field(description="How long it is kept.")


class Notice(BaseModel):
    """The privacy notice: everything that is stored, why and for how long, and the rights people have."""

    operator: str | None = Field(
        description="Who runs this service and answers requests; null if the operator has not said so."
    )
    remark: NoticeText = Field(description="What holds for the notice as a whole.")
    rights: list[Right] = Field(description="The rights people have, and where to exercise them.")
    browser: list[KeptInBrowser] = Field(
        description="What the pages keep in the browser of whoever uses them."
    )
    tables: list[StoredTable] = Field(description="Every stored table.")


@cache
def read_notice() -> Mapping[str, Any]:
    """Return the notice as it stands in `notice.json`, before the limits that are set are filled in."""
    document: Mapping[str, Any] = orjson.loads(NOTICE.read_bytes())
    return document


def privacy_notice(settings: Settings) -> Notice:
    """Return the notice with the retention limits of these settings."""
    document = read_notice()
    return Notice(
        operator=settings.operator,
        remark=NoticeText(**document["remark"]),
        rights=[Right(where=where, what=NoticeText(**what)) for where, what in document["rights"].items()],
        browser=[KeptInBrowser(name=name, **kept) for name, kept in document["browser"].items()],
        tables=[_table(document, name, settings) for name in document["tables"]],
    )


def _table(document: Mapping[str, Any], name: str, settings: Settings) -> StoredTable:
    table = document["tables"][name]
    purpose, retention = document["purposes"][table["purpose"]], document["retentions"][table["retention"]]
    days = {word: getattr(settings, setting) for word, setting in retention["settings"].items()}
    return StoredTable(
        name=name,
        subject=table["subject"],
        holds=NoticeText(**table["holds"]),
        fields=[
            StoredField(
                name=column,
                meaning=NoticeText(**meaning),
                purpose=NoticeText(zh=purpose["zh"], en=purpose["en"]),
                legal_basis=NoticeText(zh=purpose["basis_zh"], en=purpose["basis_en"]),
                retention=NoticeText(zh=retention["zh"].format(**days), en=retention["en"].format(**days)),
            )
            for column, meaning in table["columns"].items()
        ],
    )


def as_markdown(notice: Notice) -> str:
    """Return the notice as a page in Markdown."""
    return "\n".join(_lines(notice)) + "\n"


def _lines(notice: Notice) -> Iterator[str]:
    yield from ("# 个人信息处理规则 · Privacy notice", "")
    yield from (
        "`dunwatch privacy` writes this from `service/rights/notice.json`; `/v1/privacy` serves it with the limits set.",
        "",
    )
    yield from (notice.remark.zh, "", notice.remark.en, "")
    yield from ("## 您的权利 · Your rights", "", "| | 中文 | English |", "|---|---|---|")
    yield from (f"| `{right.where}` | {right.what.zh} | {right.what.en} |" for right in notice.rights)
    yield from ("", "## 浏览器里保存的 · What the pages keep in the browser", "")
    yield from ("| | 中文 | English | 保存期限 | Retention |", "|---|---|---|---|---|")
    yield from (
        f"| `{one.name}` | {one.holds.zh} | {one.holds.en} | {one.until.zh} | {one.until.en} |"
        for one in notice.browser
    )
    for table in notice.tables:
        first = table.fields[0]
        yield from ("", f"## `{table.name}`", "", f"{table.holds.zh} · {table.holds.en}", "")
        for zh, en, text in (
            ("目的", "Purpose", first.purpose),
            ("依据", "Legal basis", first.legal_basis),
            ("保存期限", "Retention", first.retention),
        ):
            yield f"- {zh}：{text.zh}。{en}: {text.en}."
        yield from ("", "| field | 中文 | English |", "|---|---|---|")
        yield from (f"| `{field.name}` | {field.meaning.zh} | {field.meaning.en} |" for field in table.fields)
