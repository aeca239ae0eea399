"""Brings the feed into the replica of the environment, once: a program, since a torn file may end its process."""

import asyncio

from prometheus_client import CollectorRegistry

from service.database import open_database
from service.lookup.follower import Follower
from service.metrics import Metrics
from service.settings import Settings


def main() -> None:
    """Follow as a follower does that has just been started."""
    asyncio.run(_follow())


async def _follow() -> None:
    settings = Settings()
    database = open_database(settings)
    follower = Follower(database, settings, Metrics(CollectorRegistry()))
    await follower.catch_up()
    follower.close()
    await database.close()
