"""The JSON of webhooks."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from service.webhooks.addresses import URL_LIMIT


class NewWebhook(BaseModel):
    """A webhook to register: where reminders are to be sent."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(
        min_length=1,
        max_length=URL_LIMIT,
        description="The address to call: `https` and on the public network.",
        examples=["https://example.org/hook"],
    )


class Webhook(BaseModel):
    """One of the reporter's own webhooks."""

    webhook_id: UUID = Field(description="Identifies the webhook.")
    url: str = Field(description="The address that is called.")
    created_at: datetime = Field(description="When the webhook was registered.")
    disabled_at: datetime | None = Field(
        description="When it was switched off because the receiver answered 410; register it again. Null while it is called."
    )
    last_result: str | None = Field(
        description="The result of the latest attempt: `delivered`, or why it failed. Null before the first attempt."
    )


class NewlyMadeWebhook(Webhook):
    """A webhook that was just registered, with its secret."""

    secret: str = Field(
        description="The secret that messages are signed with (Standard Webhooks, `whsec_…`). It is shown only once."
    )


class Webhooks(BaseModel):
    """The reporter's own webhooks."""

    webhooks: list[Webhook] = Field(description="The webhooks, the oldest first.")
