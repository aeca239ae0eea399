"""Evidence as reporters attach it and read it again, over HTTP."""

import io
import random
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import requests

TIMEOUT_SECONDS: Final = 30.0
BYTES_A_SECOND: Final = 16_000


@dataclass(frozen=True, slots=True)
class Attached:
    """A piece of evidence that was acknowledged: whose, where, and its content."""

    token: str
    report_id: str
    evidence_id: str
    content: bytes


def recording(chance: random.Random, seconds: float) -> bytes:
    """A recording of noise as WAV, 16,000 bytes a second; no other has the same content."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(BYTES_A_SECOND // 2)
        file.writeframes(chance.randbytes(int(seconds * BYTES_A_SECOND) // 2 * 2))
    return content.getvalue()


def new_report(port: int, token: str, place: int) -> str:
    """Report a number of which a crowd reports nothing; return the report's id."""
    minute = datetime(2026, 2, 1, tzinfo=UTC).isoformat()
    body = {"number": f"1979{9000 + place:07}", "occurred_at": minute, "violations": ["threat"]}
    answer = requests.post(_url(port), json=body, headers=_headers(token), timeout=TIMEOUT_SECONDS)
    answer.raise_for_status()
    return str(answer.json()["report_id"])


def attach(port: int, token: str, report_id: str, content: bytes) -> Attached | None:
    """Attach a recording; return it if that was acknowledged."""
    files = {"file": ("recording.wav", content, "audio/wav")}
    try:
        answer = requests.post(
            f"{_url(port)}/{report_id}/evidence",
            files=files,
            headers=_headers(token),
            timeout=TIMEOUT_SECONDS,
        )
    except requests.RequestException:
        return None
    if answer.status_code not in (200, 201):
        return None
    return Attached(token, report_id, answer.json()["evidence_id"], content)


def unreadable(port: int, attached: Sequence[Attached]) -> list[Attached]:
    """What cannot be downloaded as it was uploaded."""
    return [one for one in attached if _downloaded(port, one) != one.content]


def _downloaded(port: int, one: Attached) -> bytes | None:
    url = f"{_url(port)}/{one.report_id}/evidence/{one.evidence_id}"
    try:
        answer = requests.get(url, headers=_headers(one.token), timeout=TIMEOUT_SECONDS)
    except requests.RequestException:
        return None
    return answer.content if answer.status_code == 200 else None


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}/v1/reports"


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
