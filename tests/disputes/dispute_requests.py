"""How tests dispute: what an owner and a moderator send, and what a look-up says then."""

from typing import Any

import httpx

from service.edge.access import Scope
from tests.clients import NUMBER, Api

#: A picture of one pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415478da63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
STATEMENT = "这是本店的客服电话，来电都是客户预约的送货通知。"


def disputed(**fields: object) -> dict[str, object]:
    """A dispute as an owner would send it; None leaves a field out."""
    plain: dict[str, object] = {"reason": "legitimate_business", "statement": STATEMENT}
    return {name: value for name, value in (plain | fields).items() if value is not None}


async def opened(owner: httpx.AsyncClient, **fields: object) -> str:
    """Address of a new dispute."""
    answer = await owner.post("/v1/disputes", json=disputed(**fields))
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


async def decided(api: Api, address: str, **fields: object) -> httpx.Response:
    """A moderator's decision on a dispute."""
    moderator = await api.partner(Scope.MODERATOR, source=None)
    dispute_id = address.rsplit("/", 1)[1]
    body = {"outcome": "rejected", "reason": "录音显示其威胁第三人"} | fields
    return await moderator.post(f"/v1/moderation/disputes/{dispute_id}/decision", json=body)


async def verdict(api: Api, number: str = NUMBER) -> str:
    """The verdict as a look-up gives it, once everything that waits is scored."""
    await api.publish()
    found: dict[str, Any] = (await (await api.partner()).get(f"/v1/numbers/{number}")).json()
    return str(found["verdict"])
