"""A host with a replica of forty numbers and a key."""

from datetime import UTC, datetime

import pytest

from ml.classifier import Classifier
from service.database import Database
from service.edge.access import Scope
from service.edge.api_keys import create_key
from service.settings import Settings
from tests.command_line import Dunwatch
from tests.lookup.hosts import NUMBERS, Host


@pytest.fixture
async def host(database: Database, settings: Settings, model: Classifier, dunwatch: Dunwatch) -> Host:
    """The host."""
    opened = Host(database, settings, model, dunwatch)
    await opened.report(*NUMBERS)
    async with database.connection() as connection:
        await create_key(connection, label="x", scopes=[Scope.LOOKUP], now=datetime.now(UTC))
    await opened.follow()
    return opened
