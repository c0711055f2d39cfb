"""A talk whose lines come from another program: each line is one request, and nothing waits for a person to answer.

A line that says yes is only words to the house: what needs a yes is answered with ``claw approve``.
"""

import json
import sys
import threading
from collections.abc import Mapping

from claw.base.action import Json
from claw.base.errors import ClawError, Refused
from claw.cli import show
from claw.cli.chat_answer import Answer
from claw.cli.chat_news import News
from claw.cli.client import Client

LONGEST = 100_000
"""Bytes of a line; nobody's request is longer."""


class Pipe:
    """Prints each answer as ``claw say`` would, and what happens meanwhile to stderr."""

    def __init__(self, client: Client, news: News) -> None:
        self._client = client
        self.news = news
        self.printing = threading.Lock()

    def line(self) -> str | None:
        """Return the next line, None at the end; one that is too long is passed over, and said so."""
        while raw := sys.stdin.buffer.readline(LONGEST + 1):
            if len(raw) <= LONGEST:
                return raw.decode("utf-8", "replace")
            while raw and not raw.endswith(b"\n"):
                raw = sys.stdin.buffer.readline(LONGEST)
            self.failed(Refused(f"a line of more than {LONGEST} bytes is too long"))
        return None

    def ask(self, do: str, **arguments: Json) -> Json:
        """Ask the daemon and wait."""
        return self._client.ask(do, **arguments)

    def reply(self, answer: Mapping[str, Json]) -> None:
        """Print an answer, and how to answer what it asks."""
        with self.printing:
            show.reply(answer)
            for one in answer["pending"]:
                show.out.print(f"[dim]claw approve {show.safe(one['id'])}, or claw reject {show.safe(one['id'])}[/]")

    def failed(self, error: ClawError) -> None:
        """Print to stderr why there is no answer."""
        with self.printing:
            show.err.print(f"[red]{show.safe(str(error))}[/]", soft_wrap=True)

    def say(self, text: str) -> None:
        """Print words of our own."""
        with self.printing:
            show.out.print(text, soft_wrap=True)

    def hear(self, event: dict[str, Json]) -> None:
        """Print what is news to stderr."""
        told = self.news.of(event)
        if told:
            with self.printing:
                show.err.print(told, soft_wrap=True)

    def decide(self, card: Mapping[str, Json], *, headed: bool) -> Answer | None:
        """Print a question that was asked for (``headed``), and leave it waiting: nobody is there to answer it."""
        if headed:
            with self.printing:
                show.card(card)
        return None


class Lines(Pipe):
    """Prints one JSON document a line: a ``reply``, ``error``, ``said``, ``question``, or what happens."""

    def reply(self, answer: Mapping[str, Json]) -> None:
        """Print an answer."""
        self._print({"type": "reply", **answer})

    def failed(self, error: ClawError) -> None:
        """Print why there is no answer."""
        self._print({"type": "error", "kind": type(error).__name__.lower(), "text": str(error)})

    def say(self, text: str) -> None:
        """Print words of our own, without their markup."""
        from rich.markup import render  # noqa: PLC0415  see Screen

        self._print({"type": "said", "text": render(text).plain})

    def decide(self, card: Mapping[str, Json], *, headed: bool) -> Answer | None:
        """Print a question that was asked for (``headed``), and leave it waiting."""
        if headed:
            self._print({"type": "question", "card": card})
        return None

    def hear(self, event: dict[str, Json]) -> None:
        """Print what is news, and what is being done about what was said here."""
        if self.news.doing(event) is not None or self.news.of(event):
            self._print(event)

    def _print(self, document: Json) -> None:
        with self.printing:
            line = show.spelled_out(json.dumps(document, ensure_ascii=False))
            show.out.print(line, markup=False, soft_wrap=True)
            sys.stdout.flush()
