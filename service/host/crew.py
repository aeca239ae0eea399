"""The processes of a host, as its settings want them: started, kept running, replaced without a gap, ended."""

import os
import socket
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Self

import structlog

from service.host.child import Accepting, Child
from service.host.listener import CannotListenError, open_listener, open_lookup_listener
from service.settings import Settings

COME_UP_SECONDS: Final = 60.0
API, LOOKUPS = "api", "lookups"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Plan:
    """What the supervisor itself takes from the settings."""

    data_dir: str
    is_embedded: bool
    host: str
    port: int
    lookup_port: int | None
    scorers: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the plan of these settings."""
        return cls(
            data_dir=str(settings.data_dir.absolute()),
            is_embedded=settings.database_url is None,
            host=settings.host,
            port=settings.port,
            lookup_port=settings.lookup_port,
            scorers=settings.scorers,
        )

    @classmethod
    def told(cls, document: Mapping[str, Any]) -> Self:
        """Return the plan that newer code tells: of what this code does not know it makes no use."""
        return cls(**{field.name: document[field.name] for field in fields(cls)})

    def addresses(self) -> tuple[object, ...]:
        """Return what decides where connections are accepted."""
        return self.host, self.port, self.lookup_port


def to_document(plan: Plan, environment: Mapping[str, str]) -> dict[str, object]:
    """Return what a check of new settings tells the supervisor."""
    return {"plan": asdict(plan), "environment": dict(environment)}


class Crew:
    """All processes but PostgreSQL."""

    def __init__(self, plan: Plan, environment: Mapping[str, str], without: Sequence[str]) -> None:
        """The environment is what the file of settings adds to the supervisor's own."""
        self._plan = plan
        self._environment = _whole(environment)
        self._without = without
        self._sockets: dict[str, socket.socket | None] = {}
        self._children: dict[str, Child] = {}
        self._leaving: list[Child] = []
        self._lifeline, self._lifeline_end = os.pipe()  # closed when the supervisor ends, for whatever reason

    def open_sockets(self) -> None:
        """Open the sockets on which processes accept; raises CannotListenError."""
        self._sockets = self._open(self._plan)

    def ports(self) -> dict[str, int]:
        """Return the port of each process that accepts connections."""
        return {name: one.getsockname()[1] for name, one in self._sockets.items() if one is not None}

    def start(self) -> None:
        """Start every process."""
        for name, arguments in self._wanted(self._plan):
            checked = ["--checked"] if name == API else ()
            child = Child(name, arguments, first_arguments=checked, accepting=self._accepting(name))
            self._children[name] = child
            child.start(self._environment)

    def keep_running(self) -> None:
        """Start again what has died, and see to the end of what was replaced."""
        for child in self._children.values():
            child.keep_running(self._environment)
        self._leaving = [child for child in self._leaving if not child.has_ended()]

    def replace(self, plan: Plan, environment: Mapping[str, str]) -> Generator[None]:
        """Replace every process; to be gone on with at each tick until it ends, or closed.

        Those that accept connections are started beside their predecessors, which stay if one does not come up.
        """
        if (plan.data_dir, plan.is_embedded) != (self._plan.data_dir, self._plan.is_embedded):
            log.error(
                "the new settings are not used: another data directory or kind of database takes a restart"
            )
            return
        previous = self._sockets
        try:
            sockets = previous if plan.addresses() == self._plan.addresses() else self._open(plan, previous)
        except CannotListenError as error:
            log.error("the new settings are not used; everything goes on as before", reason=str(error))
            return
        self._sockets = sockets
        whole = _whole(environment)
        accepting: dict[str, Child] = {}
        are_up = False
        try:
            self._start_accepting(plan, whole, accepting)
            are_up = yield from _have_come_up(accepting)
        finally:
            if not are_up:
                self._sockets = previous
                self._drop(accepting)
                _close(sockets, but=previous)
        if not are_up:
            log.error(
                "the new processes did not come up; the previous ones stay, with the previous settings"
                " and the schema that the new code has brought up to date"
            )
            return
        self._plan, self._environment = plan, whole
        self._take(plan, accepting)
        _close(previous, but=sockets)
        log.info("all processes are replaced", ports=self.ports())

    def stop(self) -> None:
        """End everything, and wait for it."""
        children = [*self._children.values(), *self._leaving]
        for child in reversed(children):
            child.ask_to_end()
        while children := [child for child in children if not child.has_ended()]:
            time.sleep(0.02)
        _close(self._sockets, but={})
        os.close(self._lifeline_end)
        os.close(self._lifeline)

    def _start_accepting(
        self, plan: Plan, environment: Mapping[str, str], accepting: dict[str, Child]
    ) -> None:
        """Start the successors of what accepts connections, and note each by its name; raises OSError."""
        for name, arguments in self._wanted(plan):
            if (wanted := self._accepting(name)) is not None:
                child = self._children.get(name) or Child(name, arguments, accepting=wanted)
                accepting[name] = child
                child.start_next(wanted, environment)

    def _drop(self, accepting: Mapping[str, Child]) -> None:
        for child in accepting.values():
            child.drop_next()

    def _take(self, plan: Plan, accepting: Mapping[str, Child]) -> None:
        """Let the successors take over, restart the others, end what is no longer wanted."""
        wanted = dict(self._wanted(plan))
        for name in [name for name in self._children if name not in wanted]:
            child = self._children.pop(name)
            child.ask_to_end()
            self._leaving.append(child)
        for name, arguments in wanted.items():
            if name in accepting:
                accepting[name].take_next()
                self._children[name] = accepting[name]
            elif name in self._children:
                self._children[name].restart()
            else:
                self._children[name] = Child(name, arguments)

    def _open(
        self, plan: Plan, kept: Mapping[str, socket.socket | None] = {}
    ) -> dict[str, socket.socket | None]:
        """Open the sockets of a plan; those whose address stays are kept."""
        if API in self._without:
            return {}
        sockets: dict[str, socket.socket | None] = {}
        api = kept.get(API)
        if api is None or (plan.host, plan.port) != (self._plan.host, self._plan.port):
            api = open_listener(plan.host, plan.port)
        sockets[API] = api
        try:
            sockets[LOOKUPS] = self._open_lookups(plan, kept.get(LOOKUPS))
        except CannotListenError:
            _close(sockets, but=kept)
            raise
        return sockets

    def _open_lookups(self, plan: Plan, kept: socket.socket | None) -> socket.socket | None:
        if kept is not None and plan.addresses() == self._plan.addresses():
            return kept
        if kept is not None and plan.host == self._plan.host and plan.lookup_port == kept.getsockname()[1]:
            return kept
        return open_lookup_listener(plan.host, plan.port, plan.lookup_port)

    def _accepting(self, name: str) -> Accepting | None:
        listener = self._sockets.get(name)
        return None if listener is None else Accepting(listener, self._lifeline)

    def _wanted(self, plan: Plan) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield name and command of every process; the API first, because it takes longest to start."""
        processes: dict[str, Sequence[str]] = {API: ["api"]}
        if self._sockets.get(LOOKUPS) is not None:
            processes[LOOKUPS] = ["answer-lookups"]
        processes["follower"] = ["follow"]
        processes |= {f"scorer {place}": ["score", "--watch"] for place in range(1, plan.scorers + 1)}
        processes |= {"exporter": ["export-worker"], "upkeep": ["upkeep"]}
        yield from (
            (name, command) for name, command in processes.items() if name.split()[0] not in self._without
        )


def _whole(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the processes: the values that were checked, not a file that may have changed since."""
    own = {name: value for name, value in os.environ.items() if name != "DUNWATCH_SETTINGS_FILE"}
    return {**environment, **own}


def _have_come_up(children: Mapping[str, Child]) -> Generator[None, None, bool]:
    """Wait until all successors accept connections; the value of the iteration is whether they do."""
    deadline = time.monotonic() + COME_UP_SECONDS
    waiting = dict(children)
    while waiting:
        if time.monotonic() > deadline or any(child.next_has_died() for child in children.values()):
            return False
        waiting = {name: child for name, child in waiting.items() if not child.next_is_ready()}
        yield
    return True


def _close(sockets: Mapping[str, socket.socket | None], *, but: Mapping[str, socket.socket | None]) -> None:
    for one in sockets.values():
        if one is not None and one not in but.values():
            one.close()
