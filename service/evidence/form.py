"""Reads the one file of a multipart form, piece by piece as it arrives."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request

from service.edge.problems import EVIDENCE_FORM_INVALID, EVIDENCE_TOO_LARGE, ProblemError, megabytes

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FIELD: Final = b"file"
OVERHEAD_BYTES: Final = 16 * 1024  # what a form may add to its file


class FileForm:
    """A form with exactly one file in the field `file`; anything else is refused as soon as it is seen."""

    def __init__(self, request: Request, *, at_most: int) -> None:
        kind, options = parse_options_header(request.headers.get("content-type"))
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise ProblemError(EVIDENCE_FORM_INVALID)
        self.file_name = ""
        self._request = request
        self._at_most = at_most
        self._pieces: list[bytes] = []
        self._header = [bytearray(), bytearray()]
        self._is_file_seen = False
        self._parts = 0
        self._is_whole = False
        try:
            self._parser = MultipartParser(options[b"boundary"], self._callbacks())
        except FormParserError:
            raise ProblemError(EVIDENCE_FORM_INVALID) from None

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the content of the file; raise evidence_form_invalid if the form or the connection breaks off."""
        received = 0
        try:
            async for data in self._request.stream():
                received += len(data)
                if received > self._at_most + OVERHEAD_BYTES:
                    raise ProblemError(EVIDENCE_TOO_LARGE, limit=megabytes(self._at_most))
                self._parser.write(data)
                if self._pieces:  # the parser cuts at every byte that may begin a boundary
                    piece = b"".join(self._pieces)
                    self._pieces.clear()
                    yield piece
        except (ClientDisconnect, FormParserError):
            raise ProblemError(EVIDENCE_FORM_INVALID) from None
        if not (self._is_whole and self._is_file_seen):
            raise ProblemError(EVIDENCE_FORM_INVALID)

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_file,
            "on_part_data": lambda data, start, end: self._pieces.append(data[start:end]),
            "on_end": self._end,
        }

    def _end_header(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(value))
            if options.get(b"name") != FIELD or self._is_file_seen:
                raise ProblemError(EVIDENCE_FORM_INVALID)
            self.file_name = options.get(b"filename", b"").decode("utf-8", "replace")
            self._is_file_seen = True
        self._header = [bytearray(), bytearray()]

    def _begin_file(self) -> None:
        self._parts += 1
        if not self._is_file_seen or self._parts > 1:
            raise ProblemError(EVIDENCE_FORM_INVALID)

    def _end(self) -> None:
        self._is_whole = True
