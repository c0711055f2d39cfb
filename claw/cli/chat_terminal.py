"""A talk at a terminal: a prompt with history, a line that says what is being done, cards that are answered there.

Two threads draw here: the one that types and waits, and the feed.  What the feed has to say while somebody types goes
above the prompt, and what was typed so far is put below it again.
"""

import contextlib
import os
import shutil
import signal
import sys
import termios
import threading
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING

from claw.base.action import Json
from claw.base.errors import ClawError, Unavailable
from claw.cli import show
from claw.cli.chat_answer import Answer, Unreadable, prompt, read_answer
from claw.cli.chat_feed import without_interrupts
from claw.cli.chat_news import News
from claw.cli.client import Client

if TYPE_CHECKING:
    from rich.status import Status

try:
    import readline
except ImportError:  # a Python without it still talks
    readline = None

PROMPT = "> "
MOST_KEPT = 500
"""Lines that the arrow keys reach back."""

LEFT_OFF = "Left off. What was done by then stays done; /undo takes it back."
BEGUN = "Working on it."


class Terminal:
    """One person at one terminal."""

    def __init__(self, client: Client, news: News) -> None:
        self._client = client
        self._news = news
        self._prompt = ""
        self._status: Status | None = None
        self._interrupted = False
        self._draws = os.environ.get("TERM", "dumb") not in {"dumb", "unknown", ""}
        if readline is not None:
            readline.set_auto_history(False)  # what is typed under a card is no request
        show.out.print(news.welcome())

    def line(self) -> str | None:
        """Return what is typed next; None at Ctrl-D, or at Ctrl-C twice."""
        while True:
            try:
                text = self._typed(PROMPT)
            except EOFError:
                show.out.print()
                return None
            except KeyboardInterrupt:
                show.out.print()
                if self._interrupted:
                    return None
                self._interrupted = True
                show.out.print("[dim]Ctrl-C again, Ctrl-D or /quit ends the talk.[/]")
                continue
            self._interrupted = False
            _remember(text)
            return text

    def ask(self, do: str, **arguments: Json) -> Json:
        """Ask the daemon and show meanwhile what is being done; raises Unavailable where Ctrl-C ended it."""
        try:
            with contextlib.ExitStack() as shown:
                shown.enter_context(_unseen())
                with without_interrupts():  # what draws the line is a thread
                    self._status = shown.enter_context(show.out.working(BEGUN))
                return self._client.ask(do, **arguments)
        except KeyboardInterrupt:
            raise Unavailable(LEFT_OFF) from None
        finally:
            self._status = None

    def reply(self, answer: Mapping[str, Json]) -> None:
        """Print an answer."""
        show.reply(answer, by_words=True)

    def failed(self, error: ClawError) -> None:
        """Print why there is no answer."""
        style = "yellow" if str(error) == LEFT_OFF else "red"
        show.out.print(f"[{style}]{show.safe(str(error))}[/]")

    def say(self, text: str) -> None:
        """Print words of our own."""
        show.out.print(text)

    def hear(self, event: dict[str, Json]) -> None:
        """Show what is being done in its line, and what is news above the prompt."""
        doing = self._news.doing(event)
        if doing is not None:
            if self._status is not None and doing:
                self._status.update(f"[dim]{show.safe(doing)}[/]")
            return
        told = self._news.of(event)
        if told:
            self._above(told)

    def decide(self, card: Mapping[str, Json], *, headed: bool) -> Answer | None:
        """Show a card and return what is typed under it; what was typed before it was shown does not count."""
        show.card(card, headed=headed, command=False)
        _forget_typed()
        while True:
            try:
                return read_answer(self._typed(prompt(card)), card)
            except Unreadable as why:
                show.out.print(f"[yellow]{show.safe(str(why))}[/]")
            except (EOFError, KeyboardInterrupt):
                show.out.print()
                return None

    def _typed(self, words: str) -> str:
        self._prompt = words
        try:
            return input(words)
        finally:
            self._prompt = ""

    def _above(self, told: str) -> None:
        """Print above the prompt, and put back below it what was typed so far."""
        words = self._prompt
        if not words:
            show.out.print(told)
            return
        typed = words + (readline.get_line_buffer() if readline is not None else "")
        sys.stdout.write(_rubbed_out(typed) if self._draws else "\n")
        sys.stdout.flush()
        show.out.print(told)
        sys.stdout.write(typed)
        sys.stdout.flush()
        if self._draws and (typing := threading.main_thread().ident) is not None:
            # Only readline knows where in the line the cursor was: at this signal it draws the line anew.
            signal.pthread_kill(typing, signal.SIGWINCH)


def _rubbed_out(typed: str) -> str:
    """Return what takes the prompt and what was typed off the screen, or leaves it where it fills more than a row.

    On which of several rows the cursor is only readline knows, and what stands above them must not be lost.
    """
    from rich.cells import cell_len  # noqa: PLC0415  see Screen

    return "\r\x1b[J" if cell_len(typed) < shutil.get_terminal_size().columns else "\r\n\x1b[J"


def _remember(text: str) -> None:
    if readline is None or not text.strip():
        return
    last = readline.get_current_history_length()
    if last and readline.get_history_item(last) == text:
        return
    readline.add_history(text)
    if last >= MOST_KEPT:
        readline.remove_history_item(0)


@contextlib.contextmanager
def _unseen() -> Generator[None]:
    """Show nothing of what is typed meanwhile; it is there for the next prompt."""
    try:
        before = termios.tcgetattr(sys.stdin)
    except (termios.error, OSError, ValueError):  # no terminal after all
        yield
        return
    quiet = [*before]
    quiet[3] = before[3] & ~termios.ECHO
    termios.tcsetattr(sys.stdin, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSANOW, before)


def _forget_typed() -> None:
    with contextlib.suppress(termios.error, OSError, ValueError):
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
