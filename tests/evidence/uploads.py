"""How tests upload evidence, and what is stored of it then."""

import httpx

from tests.clients import Api
from tests.evidence.evidence_files import attach, recording

LONG = recording(10)  # three chunks


async def attached(reporter: httpx.AsyncClient, address: str, content: bytes = LONG) -> str:
    """Address of a new piece of evidence."""
    answer = await attach(reporter, address, content)
    assert answer.status_code == 201, answer.text
    return f"{address}/evidence/{answer.json()['evidence_id']}"


def objects(api: Api) -> list[str]:
    """What lies in the vault, finished or not."""
    return sorted(path.name for path in api.settings.evidence_dir.iterdir())


def form(content: bytes) -> tuple[bytes, bytes]:
    """A form with a file, in two parts."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    half = len(content) // 2
    return head + content[:half], content[half:] + b"\r\n--x--\r\n"
