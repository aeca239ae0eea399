"""The JSON of a channel's form, filled in, for apps that let people copy it field by field."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from service.cases.form import FilledField
from service.cases.papers import CaseForChannel, Papers
from service.cases.schemas import Missing
from service.rules.facts import ChannelId, Status, Text

#: The documents of a package that can be had one by one, with their media types. All are made from the same case.
DOCUMENTS = {
    "README.txt": "text/plain",
    "fields.json": "application/json",
    "fields.txt": "text/plain",
    "statement.txt": "text/plain",
    "statement.html": "text/html",
    "statement.pdf": "application/pdf",
    "evidence.json": "application/json",
}
DocumentName = Literal[
    "README.txt",
    "fields.json",
    "fields.txt",
    "statement.txt",
    "statement.html",
    "statement.pdf",
    "evidence.json",
]


class PaperField(BaseModel):
    """A field of the channel's form with its value."""

    id: str = Field(description="Identifies the field within its form.")
    name: Text = Field(description="What the form calls the field.")
    kind: str = Field(description="What the field takes, such as `text`, `choice` or `captcha`.")
    required: bool = Field(description="True if the channel refuses a filing without it.")
    how: Text | None = Field(description="How the person provides it; null if by filling in the form.")
    value: str | None = Field(
        description="The text, or the code of a choice; null if the person must fill it in."
    )
    shown: str | None = Field(
        description="The value as the form shows it: the name of a choice instead of its code."
    )
    is_cut: bool = Field(
        description="True if the field is too short for the whole text; the statement has it in full."
    )
    min_length: int | None = Field(
        description="The shortest text it takes, in characters; null without a limit."
    )
    max_length: int | None = Field(
        description="The longest text it takes, in characters; null without a limit."
    )


class PaperForm(BaseModel):
    """One form to submit."""

    report_id: UUID | None = Field(
        description="The report that the form is about; null if one form is about the whole case."
    )
    place: int | None = Field(
        ge=1, description="The place of that report in the papers, from 1; null if there is one form only."
    )
    fields: list[PaperField] = Field(description="The fields in the order of the form.")


class PackageFields(BaseModel):
    """What to copy into the form of one channel, and what is still missing."""

    case_id: UUID = Field(description="Identifies the case.")
    channel: ChannelId
    channel_name: Text = Field(description="What the channel is called.")
    status: Status = Field(description="How well the facts about the channel are established.")
    as_of: datetime = Field(description="When the newest part of the case was recorded.")
    submitted_by: Text | None = Field(description="How the channel takes filings; null if that is not known.")
    telephone: str | None = Field(description="The telephone number to call; null if there is none.")
    web: str | None = Field(description="The channel's site; null if there is none.")
    forms: list[PaperForm] = Field(
        description="The forms, one or one a call. It is empty if the fields are not known: then use the statement."
    )
    missing: list[Missing] = Field(description="What a filing with the channel still lacks.")
    documents: list[DocumentName] = Field(description="The documents that can be downloaded one by one.")


def shown_fields(papers: Papers, opened: CaseForChannel) -> PackageFields:
    """Return the papers of a case as apps show them."""
    material = opened.material
    channel = material.channel
    forms = [
        PaperForm(
            report_id=material.reports[form.report - 1].report_id if form.report else None,
            place=form.report,
            fields=[_field(entry) for entry in form.fields],
        )
        for form in papers.forms
    ]
    return PackageFields(
        case_id=material.case.case_id,
        channel=channel.id,
        channel_name=channel.name,
        status=channel.status,
        as_of=material.as_of,
        submitted_by=channel.form.submitted_by if channel.form else None,
        telephone=channel.telephone,
        web=channel.web,
        forms=forms,
        missing=[Missing(what=one.what, text=one.text, must=one.must) for one in opened.fit.missing],
        documents=list(DOCUMENTS),
    )


def _field(entry: FilledField) -> PaperField:
    field = entry.field
    return PaperField(
        id=field.id,
        name=field.name,
        kind=field.kind,
        required=field.required,
        how=field.how,
        value=entry.value,
        shown=entry.shown,
        is_cut=entry.is_cut,
        min_length=field.min_length,
        max_length=field.max_length,
    )
