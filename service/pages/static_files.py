"""Style sheet, scripts and icons, under names that change with their content, so that browsers may keep them."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response

from service.edge.problems import NOT_FOUND, ProblemError

DIRECTORY: Final = Path(__file__).parent / "static"
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS: Final = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that browsers load beside a page."""

    content: bytes
    media_type: str


def static(name: str) -> str:
    """Return the address of a file in the directory of static files; KeyError for a name that is none."""
    return f"/static/{_addresses()[name]}"


@router.get("/static/{name}")
async def get_static_file(name: str, request: Request) -> Response:
    """Answer with the file of this name and content."""
    found = _files().get(name)
    if found is None:
        raise ProblemError(NOT_FOUND)
    return Response(found.content, media_type=found.media_type, headers=HEADERS)


@cache
def _files() -> dict[str, StaticFile]:
    """Return the files by the name that has a digest of the content."""
    files = {}
    for path in sorted(DIRECTORY.iterdir()):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:12]
        files[f"{path.stem}.{digest}{path.suffix}"] = StaticFile(content, TYPES[path.suffix])
    return files


@cache
def _addresses() -> dict[str, str]:
    return {f"{stem}.{suffix}": name for name in _files() for stem, _, suffix in [name.split(".")]}
