"""``claw chat``: a talk with the house in a terminal, or line by line from another program.

It shows what is being done while an answer is made, puts what needs a yes as a card that is answered right there, and
tells what happens meanwhile.  Ctrl-C ends the turn that is under way, never the daemon.  What was typed can be fetched
back with the arrow keys until the talk ends; nothing of it is kept on disk, where nobody could have it forgotten.
"""

import secrets
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Protocol

import typer

from claw.base.action import Json
from claw.base.errors import ClawError, Refused
from claw.cli import show
from claw.cli.chat_answer import Answer
from claw.cli.chat_feed import Feed
from claw.cli.chat_news import News
from claw.cli.chat_pipe import Lines, Pipe
from claw.cli.options import StateDir, client

PATIENCE_S = 900.0
"""A model that writes a program may think for minutes, and Ctrl-C is there for who has had enough."""

FOLLOWING_S = 2.0
"""How long the first line waits for the feed: what is done about it should be shown too, but is not worth more."""

END = frozenset({"bye", "exit", "quit", "/quit", "/exit", "/bye"})

HELP = """\
Say what you would say to a person:
  [bold]turn on the kitchen lights[/]      [bold]is the front door locked?[/]
  [bold]every evening at ten lock the doors[/]

  /pending        what waits for a yes, and answer it
  /undo           take back the last thing that was done in this talk
  /stop \\[reason]  stop everything at once; only `claw reset` lets it go on
  /help           this
  /quit           end the talk; so do bye and Ctrl-D

Under a question: y, n, y without 2 (strikes out line 2), y for 30m where that
is offered, Enter to leave it waiting. Ctrl-C ends what is under way; what was
done by then stays done. The arrow keys fetch back what you typed."""


class Face(Protocol):
    """Where a talk is shown and typed: a terminal, or another program."""

    def line(self) -> str | None:
        """Return what is typed next, None at the end."""
        ...

    def ask(self, do: str, **arguments: Json) -> Json:
        """Ask the daemon and show meanwhile that it is at work; raises what the client raises."""
        ...

    def reply(self, answer: Mapping[str, Json]) -> None:
        """Show an answer."""
        ...

    def failed(self, error: ClawError) -> None:
        """Show why there is no answer."""
        ...

    def say(self, text: str) -> None:
        """Show words of our own, with markup."""
        ...

    def hear(self, event: dict[str, Json]) -> None:
        """Show what happens meanwhile, called from another thread."""
        ...

    def decide(self, card: Mapping[str, Json], *, headed: bool) -> Answer | None:
        """Show a question and return what somebody answers, None to leave it waiting.

        ``headed``: with its words, which the answer before it has told where this is not set.
        """
        ...


def chat(
    state_dir: StateDir = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document a line: each answer, and what happens meanwhile.")
    ] = False,
) -> None:
    """Talk with the house: shows what is being done, asks you what needs a yes, and tells what happens meanwhile.

    Lines may also come from another program, one request each; then nothing is asked, and the exit code is that of the
    first line which did not work, as with `claw say`. /help in a talk says what else can be typed.
    """
    ask, thread = client(state_dir, PATIENCE_S), secrets.token_hex(4)
    news = News(thread, ask.ask("status"), ask.ask("pending"))
    person = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    face: Face
    if as_json:
        face = Lines(ask, news)
    elif person:
        from claw.cli.chat_terminal import Terminal  # noqa: PLC0415  readline may write to the terminal when imported

        face = Terminal(ask, news)
    else:
        face = Pipe(ask, news)
    feed = Feed(ask, face.hear)
    feed.start()
    feed.following.wait(FOLLOWING_S)
    try:
        code = Chat(face, thread, news).run()
    finally:
        feed.end()
    raise typer.Exit(0 if person else code)  # a person has seen what did not work


class Chat:
    """One talk, from its first line to its last."""

    def __init__(self, face: Face, thread: str, news: News) -> None:
        self._face = face
        self._thread = thread
        self._news = news
        self._code = 0

    def run(self) -> int:
        """Talk until the end and return the exit code."""
        while (line := self._face.line()) is not None:
            text = line.strip()
            if text.lower() in END:
                break
            if not text:
                continue
            try:
                self._take(text)
            except ClawError as error:
                self._face.failed(error)
                self._came(show.EXIT["refused"] if isinstance(error, Refused) else 1)
        return self._code

    def _take(self, text: str) -> None:
        if not text.startswith("/"):
            self._turn("say", text=text)
            return
        word, _, rest = text.partition(" ")
        if word == "/help":
            self._face.say(HELP)
        elif word == "/pending":
            self._questions(self._face.ask("pending"))
        elif word == "/undo":
            self._turn("undo", here=True)
        elif word == "/stop":
            self._stop(rest.strip() or "claw chat")
        else:
            raise Refused(f"there is no {word}; /help says what there is")

    def _stop(self, reason: str) -> None:
        before, self._news.stopped = self._news.stopped, True  # it is told here, and not as news as well
        try:
            self._face.ask("stop", reason=reason)
        except ClawError:
            self._news.stopped = before
            raise
        self._face.say("[bold red]Stopped.[/] Nothing moves until somebody says: claw reset --reason WHY")

    def _turn(self, do: str, **arguments: Json) -> None:
        answer = self._face.ask(do, conversation=self._thread, attended=True, **arguments)
        self._face.reply(answer)
        self._came(show.EXIT[answer["status"]])
        if asked := {one["id"] for one in answer["pending"]}:
            waiting: list[dict[str, Json]] = self._face.ask("pending")
            self._put([one for one in waiting if one["id"] in asked], headed=False)

    def _questions(self, waiting: Sequence[Mapping[str, Json]]) -> None:
        if not waiting:
            self._face.say("Nothing waits for an answer.")
        self._put(waiting, headed=True)

    def _put(self, questions: Sequence[Mapping[str, Json]], *, headed: bool) -> None:
        for one in questions:
            self._news.known.add(one["id"])
            answer = self._face.decide(one["card"], headed=headed)
            if answer is not None:
                self._turn("answer", id=one["id"], **answer.as_call())

    def _came(self, code: int) -> None:
        self._code = self._code or code
