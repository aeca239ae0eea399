"""Webhooks on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from service.webhooks.addresses import URL_LIMIT


class NewWebhook(BaseModel):
    """Where to send reminders."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(
        min_length=1,
        max_length=URL_LIMIT,
        description="https, a public address.",
        examples=["https://example.org/hook"],
    )


class Webhook(BaseModel):
    """A webhook of one's own."""

    webhook_id: UUID
    url: str
    created_at: datetime
    disabled_at: datetime | None = Field(
        description="Since when it is not called any more; register it anew then."
    )
    last_result: str | None = Field(
        description="What became of the newest try: `delivered`, or why it was not."
    )


class NewlyMadeWebhook(Webhook):
    """A webhook with its secret, which is shown this once."""

    secret: str = Field(description="With which messages are signed (Standard Webhooks, `whsec_…`).")


class Webhooks(BaseModel):
    """One's own webhooks."""

    webhooks: list[Webhook]
