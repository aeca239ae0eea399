"""A document that is the same for everybody: written once, and beside the event loop, which it would hold meanwhile."""

import asyncio
from collections.abc import Callable


class Written:
    """The bytes of a document, which whoever asks first has written in a thread."""

    def __init__(self, write: Callable[[], bytes]) -> None:
        self._write = write
        self._lock = asyncio.Lock()
        self._content: bytes | None = None

    async def content(self) -> bytes:
        """Return the document."""
        async with self._lock:
            if self._content is None:
                self._content = await asyncio.to_thread(self._write)
        return self._content
