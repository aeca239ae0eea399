"""How commands for people at a desk reach the service: over its own API, so that every limit and check of it holds.

A person who is helped has a token of their own, in a file that the command is given: what is entered is that person's.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import uuid4

import typer

from service.commands.process import console, start
from service.days import CHINA

MOST_SECONDS: Final = 120.0
WHEN: Final = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"]

TokenFile = Annotated[
    Path,
    typer.Option(
        "--token",
        help="Read the person's token from this file; `dunwatch register` prints a reporter's (本人令牌所在的文件).",
    ),
]
ServiceUrl = Annotated[
    str | None,
    typer.Option(
        "--url", help="Use the service at this address; by default, at the configured host and port."
    ),
]
AsJsonText = Annotated[
    bool, typer.Option("--json", help="Print the whole answer as JSON (打印完整的 JSON 答复).")
]
TOKEN: Final = Path("reporter.token")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service answered."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Return the body, read as JSON."""
        return json.loads(self.body)


class Desk:
    """The service as one person's client sees it."""

    def __init__(self, base: str, token: str | None) -> None:
        self._base = base.rstrip("/")
        self._token = token

    @classmethod
    def of(cls, url: str | None, token: Path | None) -> "Desk":
        """Return the client of a command; end the command if the token cannot be read."""
        settings = start()
        try:
            held = token.read_text(encoding="ascii").strip() if token else None
        except (OSError, UnicodeDecodeError) as error:
            console.print(
                f"读不到令牌文件 / There is no token in {token}: put the person's token there, for example with "
                f"`dunwatch register > {token}`, and keep it to that person.",
                markup=False,
            )
            raise typer.Exit(2) from error
        return cls(url or f"http://{settings.host}:{settings.port}", held)

    def get(self, path: str) -> Answer:
        """Fetch something; end the command with the service's words if it refuses."""
        return self._ask("GET", path)

    def send(self, method: str, path: str, body: Mapping[str, object]) -> Answer:
        """Send JSON, without the members that are None; it is done once, however often it is sent."""
        said = {name: value for name, value in body.items() if value is not None}
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
        return self._ask(method, path, json.dumps(said).encode(), headers)

    def send_part(self, path: str, part: bytes, offset: int) -> Answer:
        """Send a part of a file."""
        headers = {"Content-Type": "application/octet-stream", "Upload-Offset": str(offset)}
        return self._ask("PATCH", path, part, headers)

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        from urllib.error import HTTPError, URLError
        from urllib.request import Request, urlopen

        sent = dict(headers or {}) | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        request = Request(self._base + path, body, sent, method=method)  # noqa: S310  the user's own address
        try:
            with urlopen(request, timeout=MOST_SECONDS) as response:  # noqa: S310  the same
                return Answer(response.status, response.read())
        except HTTPError as error:
            refuse(error.code, error.read())
        except (URLError, TimeoutError, ConnectionError) as error:
            console.print(
                f"连接不到服务 / {self._base} does not answer: {getattr(error, 'reason', error)}. Check the address and "
                "that the service is running.",
                markup=False,
            )
        raise typer.Exit(1)


def refuse(status: int, body: bytes) -> None:
    """Print why the service refused something: its own words, which say what to do."""
    try:
        told = json.loads(body)
        lines = [told["title"], told.get("detail", "")]
        lines += [f"- {one['field']}: {one['message']}" for one in told.get("errors", ())]
    except (ValueError, KeyError, TypeError):
        lines = [f"HTTP {status}"]
    console.print("未完成 / It was not done: " + "\n".join(filter(None, lines)), markup=False)


def in_china(moment: datetime | None) -> str | None:
    """Return a time that was written without a zone as China's, which is where the people called are."""
    return moment.replace(tzinfo=CHINA).astimezone(UTC).isoformat() if moment else None


def show(answer: Any, as_json: bool, *lines: str) -> None:
    """Print an answer whole as JSON, or as these lines."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            typer.echo(line)


def both(text: Mapping[str, str]) -> str:
    """Return a text in both languages."""
    return f"{text['zh']} / {text['en']}"
