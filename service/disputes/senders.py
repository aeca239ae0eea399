"""Sends codes to numbers: through the operator's gateway for text messages and calls or, in development, to the log."""

from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import orjson
import structlog

from service.disputes.codes import VALID_FOR
from service.edge.problems import CODE_NOT_SENT, ProblemError
from service.numbers.parse import Number
from service.settings import Settings
from service.webhooks.send import Message, send

RETRY_SECONDS: Final = "60"

log = structlog.get_logger()


class CodeSender(Protocol):
    """Sends a code to a number: by text message, or read out in a call."""

    async def send(self, number: Number, code_id: UUID, code: str, *, now: datetime) -> None:
        """Send a code; return when it is on its way, or raise the problem code_not_sent."""


class LogSender:
    """For development: writes the code, but nothing about the number, to the log."""

    async def send(self, number: Number, code_id: UUID, code: str, *, now: datetime) -> None:
        """Write the code to the log of this process."""
        log.warning(
            "a code for an owner was written to the log only",
            code_id=str(code_id),
            code=code,
            kind=number.kind.value,
        )


class GatewaySender:
    """Passes codes to the operator's HTTP endpoint, each as a signed message (Standard Webhooks 1.0).

    The endpoint is the operator's own and may be at a private address. Only the status of its answer is read, and
    neither number nor code is logged.
    """

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret

    async def send(self, number: Number, code_id: UUID, code: str, *, now: datetime) -> None:
        """Post number, code and a text to send; the message has the code's id, so that none is sent twice."""
        minutes = int(VALID_FOR.total_seconds() // 60)
        body = {
            "type": "owner_code",
            "number": number.key,
            "kind": number.kind.value,
            "code": code,
            "valid_minutes": minutes,
            "text": {
                "zh": f"您的号码验证码为{code}，{minutes}分钟内有效，用于证明号码由您使用。如非本人操作请忽略。",
                "en": f"{code} is the code for your number, valid for {minutes} minutes. Ignore it if you did not ask.",
            },
        }
        message = Message(code_id, orjson.dumps(body).decode())
        result = await send(self._url, self._secret, message, now=now, allow_private=True)
        if not result.is_delivered:
            log.error("a code for an owner was not sent", code_id=str(code_id), reason=result.code)
            raise ProblemError(CODE_NOT_SENT, headers={"Retry-After": RETRY_SECONDS})


def open_sender(settings: Settings) -> CodeSender | None:
    """Return the sender that the settings choose; None if no codes can be sent."""
    if settings.code_sender == "gateway" and settings.code_gateway_url and settings.code_gateway_secret:
        return GatewaySender(settings.code_gateway_url, settings.code_gateway_secret.get_secret_value())
    return LogSender() if settings.code_sender == "log" else None
