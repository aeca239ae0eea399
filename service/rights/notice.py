"""The privacy notice: every stored field with its meaning, purpose, legal basis and retention, in Chinese and English."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import BaseModel

from service.settings import Settings

NOTICE: Final = Path(__file__).with_name("notice.json")


class NoticeText(BaseModel):
    """A text in both languages."""

    zh: str
    en: str


class Field(BaseModel):
    """A stored column."""

    name: str
    meaning: NoticeText
    purpose: NoticeText
    legal_basis: NoticeText
    retention: NoticeText


class StoredTable(BaseModel):
    """A stored table; `subject` is about whom it is: reporter, owner, number, partner or nobody."""

    name: str
    subject: str
    holds: NoticeText
    fields: list[Field]


class Right(BaseModel):
    """What somebody may ask, and where."""

    where: str
    what: NoticeText


class Notice(BaseModel):
    """All that is stored, why and for how long, and what people may ask."""

    operator: str | None
    remark: NoticeText
    rights: list[Right]
    tables: list[StoredTable]


@cache
def read_notice() -> Mapping[str, Any]:
    """The notice as it is kept beside this module."""
    document: Mapping[str, Any] = orjson.loads(NOTICE.read_bytes())
    return document


def privacy_notice(settings: Settings) -> Notice:
    """The notice with the retention limits that are set."""
    document = read_notice()
    return Notice(
        operator=settings.operator,
        remark=NoticeText(**document["remark"]),
        rights=[Right(where=where, what=NoticeText(**what)) for where, what in document["rights"].items()],
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
            Field(
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
    """The notice as a page."""
    return "\n".join(_lines(notice)) + "\n"


def _lines(notice: Notice) -> Iterator[str]:
    yield from ("# 个人信息处理规则 · Privacy notice", "")
    yield from (
        "Written by `dunwatch privacy` from `service/rights/notice.json`; served at `/v1/privacy` with the limits set.",
        "",
    )
    yield from (notice.remark.zh, "", notice.remark.en, "")
    yield from ("## 您的权利 · What you may ask", "", "| | 中文 | English |", "|---|---|---|")
    yield from (f"| `{right.where}` | {right.what.zh} | {right.what.en} |" for right in notice.rights)
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
