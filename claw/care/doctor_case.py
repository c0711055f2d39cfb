"""What an examination looks at: one state directory, one configuration, a daemon that may run, a house that may answer.

Each is asked once, when the first subject wants it, and for a few seconds at most: an examination is for when things
are bad.  Nothing here changes anything: databases are read so that nothing is left beside them, the daemon is asked
only what any client may ask, and the house three questions that move nothing.
"""

import contextlib
import os
import shlex
import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from claw.base.action import Json
from claw.base.clock import Clock
from claw.base.config import Config, HouseConfig, read_config, read_token
from claw.base.errors import Broken, ClawError, Invalid, Unavailable
from claw.care.house_asked import Seen, ask_house
from claw.store.db import UNREADABLE, connect, leaving_no_trace, state_holder, unusable

ASK_S = 3.0
"""How long one question may take: to the daemon, to the house, to a model's server."""

AUDIT, MAIN = "audit.db", "claw.db"

Daemon = Literal["running", "silent", "absent"]
"""Whether a daemon answers, is there and does not answer, or is not there."""


class Absent(Unavailable):
    """No daemon listens on this state directory."""


Ask = Callable[[str], Json]
"""Asks the daemon one word of ``claw/channels/call.py``; raises Absent, and what the daemon raised."""


@dataclass(frozen=True)
class Wanted:
    """What is to be examined, and how.

    ``options`` are those that a mending command needs to mean the same daemon, such as ``--state-dir /x``.  ``full``
    reads everything however long it takes, ``security`` looks for what is too open, ``ask_model`` may spend tokens.
    """

    state: Path
    config: Path
    options: str = ""
    full: bool = False
    security: bool = False
    ask_model: bool = False


def nothing_told(_text: str) -> None:
    """Tell nobody how far it is."""


class Case:
    """One examination; ``progress`` is told what long work is about to do."""

    def __init__(
        self,
        wanted: Wanted,
        ask: Ask,
        clock: Clock,
        environment: Mapping[str, str] = os.environ,
        progress: Callable[[str], None] = nothing_told,
    ) -> None:
        self.wanted = wanted
        self.clock = clock
        self.environment = environment
        self.progress = progress
        self._ask = ask
        self._silent = ""

    @property
    def state(self) -> Path:
        """The state directory."""
        return self.wanted.state

    # The configuration.

    @cached_property
    def _read(self) -> Config | ClawError | None:
        if not os.path.lexists(self.wanted.config):
            return None
        try:
            return read_config(self.wanted.config)
        except ClawError as error:
            return error
        except OSError as error:
            return Invalid(str(self.wanted.config), None, f"it cannot be read: {error.strerror}")

    @property
    def config(self) -> Config | None:
        """The configuration, None where there is none that can be read."""
        return self._read if isinstance(self._read, Config) else None

    @property
    def config_problem(self) -> str:
        """What is wrong with the configuration, empty where nothing is or there is none."""
        return str(self._read) if isinstance(self._read, ClawError) else ""

    # The daemon.

    def asked(self, word: str) -> Json:
        """Return what the daemon answers; raises Absent, Unavailable for a silent one, and what it raised.

        After one question that was not answered in time no other is put.
        """
        if self._silent:
            raise Unavailable(self._silent)
        answers: list[Json | BaseException] = []

        def ask() -> None:
            try:
                answers.append(self._ask(word))
            except Exception as error:  # noqa: BLE001  the boundary of the thread: whoever asked raises it again
                answers.append(error)

        asking = threading.Thread(target=ask, daemon=True, name=f"asking {word}")
        asking.start()
        asking.join(ASK_S)
        if not answers:
            self._silent = f"the daemon does not answer within {ASK_S:g} s"
            raise Unavailable(self._silent)
        if isinstance(answers[0], BaseException):
            raise answers[0]
        return answers[0]

    @cached_property
    def _status(self) -> Mapping[str, Json] | ClawError:
        try:
            told = self.asked("status")
        except ClawError as error:
            return error
        return told if isinstance(told, dict) else Broken("the daemon's status cannot be read")

    @property
    def status(self) -> Mapping[str, Json] | None:
        """What the daemon says about itself, None where none answers."""
        return self._status if isinstance(self._status, Mapping) else None

    @property
    def daemon(self) -> Daemon:
        """Whether a daemon answers."""
        if self.status is not None:
            return "running"
        return "silent" if not isinstance(self._status, Absent) or self.holder is not None else "absent"

    @property
    def silence(self) -> str:
        """Why the daemon gave no status, empty where it did."""
        return str(self._status) if isinstance(self._status, ClawError) else ""

    def part(self, name: str) -> Mapping[str, Json]:
        """Return one part of the daemon's status, empty where there is none."""
        told = (self.status or {}).get(name)
        return told if isinstance(told, dict) else {}

    def part_number(self, name: str) -> float:
        """Return a number of the daemon's status, 0 where there is none."""
        told = (self.status or {}).get(name)
        return float(told) if isinstance(told, (int, float)) else 0.0

    @cached_property
    def holder(self) -> int | None:
        """The process that holds the state directory."""
        return state_holder(self.state)

    # The house.

    @cached_property
    def _house(self) -> Seen | ClawError | None:
        house = self.config.house if self.config is not None else None
        if house is None or house.url is None:
            return None
        try:
            return ask_house(house.url, self.token(house), self.clock, ASK_S)
        except ClawError as error:
            return error

    def token(self, house: HouseConfig) -> str:
        """Return the house's token; raises Broken."""
        return read_token(house, self.environment)

    @property
    def house(self) -> Seen | None:
        """What Home Assistant itself answered just now, None where it was not or could not be asked."""
        return self._house if isinstance(self._house, Seen) else None

    @property
    def house_error(self) -> ClawError | None:
        """Why the house did not answer, None where it did or there is none to ask."""
        return self._house if isinstance(self._house, ClawError) else None

    # Files.

    @contextlib.contextmanager
    def database(self, name: str) -> Generator[sqlite3.Connection | None]:
        """Give a connection that only reads, None where there is no such file; raises Broken for a damaged one."""
        path = self.state / name
        if not os.path.lexists(path):
            yield None
            return
        with leaving_no_trace(), contextlib.closing(connect(path, read_only=True)) as connection:
            try:
                yield connection
            except UNREADABLE as error:
                raise unusable(path, error) from error

    def claw(self, words: str) -> str:
        """Return a command of Claw's own that means this daemon."""
        return f"claw {words}{self.wanted.options}"

    def claw_configured(self, words: str) -> str:
        """Return the same for a command that takes the configuration too."""
        return f"{self.claw(words)} --config {shlex.quote(str(self.wanted.config))}"
