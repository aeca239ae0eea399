"""A receiver, and a deliverer that may call it."""

from collections.abc import AsyncIterator

import pytest

from service.settings import Settings
from service.webhooks.deliver import Deliverer
from tests.clients import Api
from tests.receiver import Receiver, receiving


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with which webhooks may be on this machine."""
    return settings.model_copy(update={"webhook_allow_private": True})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of this test's own."""
    async with receiving() as opened:
        yield opened


@pytest.fixture
def deliverer(api: Api) -> Deliverer:
    """What the upkeep process runs."""
    return Deliverer(api.database, api.keys, api.metrics, allow_private=True)
