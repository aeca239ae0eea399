"""Gives models their roles: guarded promotion, a shadow, and roll-back."""

from collections.abc import Iterable
from datetime import datetime

from service.database import Connection
from service.models import store

SHIPPED = "shipped"


class ModelChangeError(ValueError):
    """A change that cannot be made; the message says why."""


async def promote(connection: Connection, version: str, now: datetime) -> None:
    """Let a model serve that was better than the serving one; needs a transaction. Raises ModelChangeError."""
    row = next((row for row in await store.list_models(connection) if row.version == version), None)
    if row is None:
        raise ModelChangeError(f"there is no model {version}: see `dunwatch models list`")
    serving = (await store.list_roles(connection)).get("serving")
    if serving == version:
        raise ModelChangeError(f"{version} is serving already")
    if row.judged_against != serving:
        raise ModelChangeError(
            f"{version} was compared with {row.judged_against or SHIPPED}, but {serving or SHIPPED} is serving: train again"
        )
    if serving and await _asks(connection, serving) == "abusive" != await _asks(connection, version):
        raise ModelChangeError(
            f"{version} predicts who is reported again, but {serving} learned from people's decisions: train on decisions"
        )
    if not row.is_better:
        raise ModelChangeError(f"{version} was not better than {serving or SHIPPED} on the held-out slice")
    await store.insert_change(connection, "serving", version, now)


async def roll_back(connection: Connection, now: datetime) -> str:
    """Let the model serve again that served before, and return its version; needs a transaction. Raises ModelChangeError.

    A second roll-back goes one model further back: a model that was rolled back does not return by itself.
    """
    line = line_of(await store.list_serving_changes(connection))
    if len(line) < 2:
        raise ModelChangeError("the shipped model is serving: there is none before it")
    await store.insert_change(connection, "serving", line[-2], now)
    return line[-2] or SHIPPED


def line_of(changes: Iterable[str | None]) -> list[str | None]:
    """Return the models that roll-backs would bring back, the serving one last, from changes in their order.

    None is the shipped model, which is always first. A change to the model before the serving one is a roll-back:
    A, B, A leads from the shipped one to A.
    """
    line: list[str | None] = [None]
    for version in changes:
        if len(line) > 1 and line[-2] == version:
            line.pop()
        elif line[-1] != version:
            line.append(version)
    return line


async def set_shadow(connection: Connection, version: str | None, now: datetime) -> None:
    """Let a model score beside the serving one without effect; None ends that. Raises ModelChangeError."""
    if version is not None and version not in {row.version for row in await store.list_models(connection)}:
        raise ModelChangeError(f"there is no model {version}: see `dunwatch models list`")
    await store.insert_change(connection, "shadow", version, now)


async def _asks(connection: Connection, version: str) -> str:
    """Return the question that a model answers."""
    document = await store.fetch_document(connection, version)
    return str(document.get("question", "abusive"))
