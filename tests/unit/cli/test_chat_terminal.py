"""A talk at a terminal, mostly at a real one."""

import os
import pty
import select
from typing import Any

import pytest

from claw.base.errors import Unavailable
from claw.cli import chat_terminal
from claw.cli.chat_answer import Answer
from claw.cli.chat_news import News
from claw.cli.chat_terminal import LEFT_OFF, MOST_KEPT, Terminal
from claw.cli.client import Client
from tests.cli_room import CARD, STATUS, FakeDaemon
from tests.terminal_room import chatting

REPLY = {"text": "It is \x1b[31mon.\x07", "status": "done", "pending": []}


@pytest.fixture
def house(daemon: FakeDaemon) -> FakeDaemon:
    daemon.answers |= {
        "status": {"ok": STATUS},
        "pending": {"ok": [{"id": "1f2e3d4c", "card": CARD}]},
        "say": {"ok": REPLY},
        "answer": {"ok": REPLY | {"text": "Rejected."}},
        "follow": [{"type": "message", "to": "everyone", "text": "there is \x1b]0;smoke"}],
    }
    return daemon


def test_a_whole_talk_on_a_plain_terminal(house: FakeDaemon) -> None:
    with chatting(house.state, "dumb") as talk:
        talk.shows("81 things in the house", "> ", "smoke")
        talk.types("Küche an\n")
        talk.shows("on.", "> ")
        talk.types("/pending\n")
        talk.shows("risky", "the number that was told", "waiting: ")
        talk.types("y\n")
        talk.shows("12, 47, 80", "waiting: ")
        talk.types("n\n")
        talk.shows("Rejected.", "> ")
        talk.types("\x04")
        assert talk.process.wait(20) == 0
    assert [call["text"] for call in house.asked if call["do"] == "say"] == ["Küche an"]
    assert [call["yes"] for call in house.asked if call["do"] == "answer"] == [False]
    assert "It is [31mon." in talk.shown
    for hostile in ("\x1b[31m", "\x1b]0;", "\x07", "\x1b[2K"):
        assert hostile not in talk.shown


class Stuck(Client):
    """A daemon whose answer somebody does not wait for."""

    def __init__(self) -> None:
        self.hurt: BaseException = KeyboardInterrupt()

    def ask(self, do: str, **arguments: Any) -> Any:
        del do, arguments
        raise self.hurt


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    return Terminal(Stuck(), News("mine", STATUS, []))


def test_the_interrupt_key_ends_the_turn_and_not_the_talk(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Unavailable, match="Left off") as left:
        terminal.ask("say", text="write a poem")
    terminal.failed(left.value)
    assert LEFT_OFF in capsys.readouterr().out


def test_what_was_typed_before_a_card_was_shown_is_no_answer(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)

        def typed() -> bool:
            return bool(select.select([stdin], [], [], 0)[0])

        monkeypatch.setattr("builtins.input", lambda _prompt: stdin.readline() if typed() else "")
        os.write(ours, b"y\n")
        assert typed()
        assert terminal.decide(CARD | {"choices": []}, headed=True) is None
        monkeypatch.setattr(chat_terminal, "_forget_typed", lambda: None)
        os.write(ours, b"y\n")
        assert terminal.decide(CARD | {"choices": []}, headed=True) == Answer(yes=True)
    os.close(ours)


def test_news_goes_above_what_is_being_typed(
    terminal: Terminal, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"type": "message", "to": "everyone", "text": "there is smoke"}
    monkeypatch.setattr(chat_terminal.signal, "pthread_kill", lambda *_: None)

    def types(buffer: str) -> str:
        class Line:
            get_line_buffer = staticmethod(lambda: buffer)

        monkeypatch.setattr(chat_terminal, "readline", Line)
        monkeypatch.setattr("builtins.input", lambda _prompt: terminal.hear(told) or "")
        terminal._typed("> ")
        return capsys.readouterr().out

    capsys.readouterr()
    assert types("turn on the Küche 火").startswith("\r\x1b[J")
    assert types("turn on").endswith("there is smoke\n> turn on")
    assert types("x" * 500).startswith("\r\n"), "what stands above a line of several rows is not touched"
    terminal.hear(told)
    assert capsys.readouterr().out == "there is smoke\n"


def test_what_is_being_done_is_shown_only_while_an_answer_is_awaited(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    terminal.hear({"type": "doing", "conversation": "cli:0:mine", "stage": "thinks", "text": "Thinking about it."})
    assert capsys.readouterr().out == ""


def test_so_many_lines_are_kept_and_the_same_twice_is_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []

    class Line:
        get_current_history_length = staticmethod(lambda: len(kept))
        get_history_item = staticmethod(lambda at: kept[at - 1])
        add_history = staticmethod(kept.append)
        remove_history_item = staticmethod(kept.pop)

    monkeypatch.setattr(chat_terminal, "readline", Line)
    for text in ["on", "on", " ", *map(str, range(MOST_KEPT + 10))]:
        chat_terminal._remember(text)
    assert len(kept) == MOST_KEPT
    assert kept[-1] == str(MOST_KEPT + 9)


def test_a_python_without_readline_talks_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_terminal, "readline", None)
    talk = Terminal(Stuck(), News("mine", STATUS, []))
    monkeypatch.setattr("builtins.input", lambda _prompt: "on")
    assert talk.line() == "on"
