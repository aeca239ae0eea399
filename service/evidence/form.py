"""Reads the one file of a multipart form, piece by piece as it arrives, and the few words that go with it."""

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Final

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request

from service.edge.problems import EVIDENCE_FORM_INVALID, ProblemError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FIELD: Final = b"file"
#: What may be told with the file -> the most bytes of it.
WORDS: Final[Mapping[bytes, int]] = {b"caption": 4096, b"made_at": 64}
OVERHEAD_BYTES: Final = 16 * 1024  # what a form may add to its file


class FileForm:
    """A form with exactly one file in the field `file`, and words; anything else is refused as soon as it is seen.

    `too_large` is the problem of a form that cannot hold a file of at most `at_most` bytes.
    """

    def __init__(self, request: Request, *, at_most: int, too_large: ProblemError) -> None:
        kind, options = parse_options_header(request.headers.get("content-type"))
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise ProblemError(EVIDENCE_FORM_INVALID)
        self.file_name = ""
        self._request = request
        self._at_most = at_most
        self._too_large = too_large
        self._pieces: list[bytes] = []
        self._header = [bytearray(), bytearray()]
        self._part: bytes | None = None
        self._words: dict[bytes, bytearray] = {}
        self._is_file_seen = False
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
                    raise self._too_large
                self._parser.write(data)
                if self._pieces:  # the parser cuts at every byte that may begin a boundary
                    piece = b"".join(self._pieces)
                    self._pieces.clear()
                    yield piece
        except (ClientDisconnect, FormParserError):
            raise ProblemError(EVIDENCE_FORM_INVALID) from None
        if not (self._is_whole and self._is_file_seen):
            raise ProblemError(EVIDENCE_FORM_INVALID)

    def words(self) -> dict[str, str]:
        """Return what was told with the file, once the form is whole."""
        return {name.decode(): said.decode("utf-8", "replace") for name, said in self._words.items() if said}

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_content,
            "on_part_data": self._keep,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self._part = None

    def _end_header(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(value))
            part = options.get(b"name")
            is_new = part is not None and (part in WORDS or part == FIELD) and part not in self._words
            if part is None or not is_new or (part == FIELD and self._is_file_seen):
                raise ProblemError(EVIDENCE_FORM_INVALID)
            self._part = part
            if part == FIELD:
                self._is_file_seen = True
                self.file_name = _name(options.get(b"filename", b""))
            else:
                self._words[part] = bytearray()
        self._header = [bytearray(), bytearray()]

    def _begin_content(self) -> None:
        if self._part is None:
            raise ProblemError(EVIDENCE_FORM_INVALID)

    def _keep(self, data: bytes, start: int, end: int) -> None:
        if self._part == FIELD:
            self._pieces.append(data[start:end])
        elif self._part is not None:
            said = self._words[self._part]
            said += data[start:end]
            if len(said) > WORDS[self._part]:
                raise ProblemError(EVIDENCE_FORM_INVALID)

    def _end(self) -> None:
        self._is_whole = True


def _name(sent: bytes) -> str:
    """Return a file's name in the encoding that it was sent in: UTF-8, or that of older programs in China."""
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        return sent.decode("gb18030", "replace")
