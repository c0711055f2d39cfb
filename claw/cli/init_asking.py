"""Questions of `claw init`: asked at a terminal, or answered before by options, a file, or what is usual."""

import getpass
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill
from typing import TypeVar

import typer
from pydantic import BaseModel, ConfigDict

from claw.base.documents import parse_document, read_text
from claw.base.errors import ClawError, Refused
from claw.cli import show

T = TypeVar("T")

TRIES = 5
SECRETS = frozenset({"token", "password", "code"})


class AnswersFile(BaseModel):
    """A file of answers: one line each, as they would be typed; what is left out is asked, or as usual."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str | None = None
    user: str | None = None
    token: str | None = None
    password: str | None = None
    code: str | None = None
    people: str | None = None
    locks: str | None = None
    doors: str | None = None
    guards: str | None = None
    heating: str | None = None
    write: str | None = None
    stop: str | None = None
    reset: str | None = None


def read_answers(path: Path) -> dict[str, str]:
    """Return the answers in the file at ``path``; raises Invalid, Refused for a secret that others could read."""
    found = parse_document(read_text(path), str(path), AnswersFile)
    given = {key: value for key, value in found.model_dump().items() if value is not None}
    if SECRETS & given.keys() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Refused(f"{path} holds a secret and others can read it: chmod 600 {path}")
    return given


class Asking:
    """Who answers: ``given`` first, then with ``usual`` what is usual, then a person, where there is a terminal.

    ``count`` is how many answers it took, ``typed`` those of a person.
    """

    def __init__(self, given: Mapping[str, str], *, usual: bool, quiet: bool = False) -> None:
        self._given = dict(given)
        self._usual = usual
        self._quiet = quiet
        self.count = 0
        self.typed = 0

    @property
    def terminal(self) -> bool:
        """Whether a person is there to ask."""
        return sys.stdin.isatty()

    def has(self, key: str) -> bool:
        """Whether an answer to ``key`` was given before."""
        return key in self._given

    def may_ask(self, key: str) -> bool:
        """Whether there is an answer, or a person to give one; what is usual is none."""
        return self.has(key) or (self.terminal and not self._usual)

    def ask(self, key: str, text: str, read: Callable[[str], T], usual: str | None = None) -> T:
        """Return what ``read`` makes of the answer; a person is told what was wrong with theirs, and asked again.

        Raises Refused where there is no answer and nobody to ask, or one given before is wrong.
        """
        if key in self._given:
            self.count += 1
            return self._first(key, self._given.pop(key), read)
        if self._usual and usual is not None:
            return self._first(key, usual, read)
        if not self.terminal:
            raise Refused(f"there is no terminal to ask at, and no answer to {key!r}: give it in --answers FILE")
        for _ in range(TRIES):
            said = self._typed(key, text, usual)
            self.count += 1
            self.typed += 1
            try:
                return read(said)
            except (ValueError, ClawError) as error:
                show.err.print(f"[yellow]{show.safe(str(error))}[/]", soft_wrap=True)
        raise Refused(f"that was no answer to {key!r} {TRIES} times; nothing was written")

    @staticmethod
    def _first(key: str, said: str, read: Callable[[str], T]) -> T:
        try:
            return read(said)
        except ValueError as error:
            raise Refused(f"{key}: {error}") from None

    def _typed(self, key: str, text: str, usual: str | None) -> str:
        # A terminal cuts long lines in the middle of a word.
        shown = fill(f"{text} [{usual}]:" if usual else f"{text}:", max(40, get_terminal_size().columns - 1)) + " "
        try:
            if key in SECRETS:
                return getpass.getpass(shown, stream=sys.stderr).strip()
            print(shown, end="", file=sys.stderr if self._quiet else sys.stdout, flush=True)
            return input().strip() or (usual or "")
        except EOFError:
            raise typer.Abort from None
