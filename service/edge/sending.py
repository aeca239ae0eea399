"""Sends files and other long answers at the pace at which their reader takes them, but not at any pace."""

from collections.abc import AsyncIterable, Iterator, Mapping
from contextlib import ExitStack, aclosing
from functools import partial
from io import SEEK_END
from typing import IO, Final, Protocol, cast

import structlog
from fastapi.responses import StreamingResponse
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from service.edge.in_flight import Pace, Place, TooSlowError

PIECE: Final = 64 * 1024
MOST_SECONDS: Final = 600  # to send it: 200 MB at 340 kB/s

log = structlog.get_logger()


class Pieces(AsyncIterable[bytes], Protocol):
    """Pieces of an answer whose source can be closed."""

    async def aclose(self) -> None:
        """Close the source."""


class PacedAnswer(StreamingResponse):
    """Pieces on their way, none larger than can wait in memory for whoever reads slowly.

    What `held` holds, such as the place, is released once all was sent, or could not be; the source of the pieces is closed.
    """

    def __init__(
        self,
        held: ExitStack,
        pieces: Iterator[bytes] | Pieces,
        place: Place,
        *,
        media_type: str,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(pieces, headers=headers, media_type=media_type)
        self._held = held
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, or only its head where that was asked for; a reader who takes it too slowly gets no more of it."""
        pace = Pace(most_seconds=MOST_SECONDS)

        async def paced(message: Message) -> None:
            await self._place.wait(partial(send, message), pace)
            self._place.moved_bytes += len(message.get("body", b""))

        with self._held:
            # an iterator of ordinary pieces has become a generator by now
            async with aclosing(cast(Pieces, self.body_iterator)):
                if scope["method"] == "HEAD":
                    await Response(headers=dict(self.headers))(scope, receive, send)
                    return
                try:
                    await super().__call__(scope, receive, paced)
                except* TooSlowError:  # the server closes a connection whose answer is not complete
                    log.info("a reader was too slow", request_id=scope.get("request_id"))


class PacedFile(PacedAnswer):
    """A file that was made for one request, on its way."""

    def __init__(
        self, held: ExitStack, file: IO[bytes], place: Place, *, media_type: str, headers: Mapping[str, str]
    ) -> None:
        length = {"Content-Length": str(file.seek(0, SEEK_END))}
        file.seek(0)
        pieces = iter(partial(file.read, PIECE), b"")
        super().__init__(held, pieces, place, media_type=media_type, headers={**headers, **length})
