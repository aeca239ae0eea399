"""How originals are named in a package: the same on every host, unlike what a host's own table of types would give."""

from collections.abc import Mapping
from typing import Final

EXTENSIONS: Final[Mapping[str, str]] = {
    "audio/wav": ".wav", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/aac": ".aac", "audio/amr": ".amr",
    "audio/ogg": ".ogg", "audio/flac": ".flac", "audio/aiff": ".aiff", "audio/x-caf": ".caf",
    "video/mp4": ".mp4", "video/quicktime": ".mov", "video/3gpp": ".3gp",
    "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif", "image/heic": ".heic",
    "image/avif": ".avif",
    "application/pdf": ".pdf", "text/plain": ".txt", "text/csv": ".csv", "message/rfc822": ".eml",
}  # fmt: skip


def name_of(place: int, media_type: str) -> str:
    """Name of the `place`-th piece of evidence, such as `evidence/01.wav`."""
    return f"evidence/{place:02}{EXTENSIONS.get(media_type, '.bin')}"
