"""Talking: the answer is printed, and the exit code says what came of it."""

import json
import os
import pty
import select
import subprocess
import time

import pytest

from claw.cli import talk
from claw.cli.client import Client
from claw.cli.show import EXIT
from tests.cli_room import CARD, Cli, FakeDaemon
from tests.running import CLAW, environment

REPLY = {"text": "The kitchen lights are on.", "status": "done"}


@pytest.mark.parametrize(("status", "code"), EXIT.items())
def test_the_exit_code_says_what_came_of_it(daemon: FakeDaemon, claw: Cli, status: str, code: int) -> None:
    daemon.answers["say"] = {"ok": REPLY | {"status": status}}
    said = claw("say", "turn on the kitchen lights", "--conversation", "t")
    assert (said.code, said.out) == (code, "The kitchen lights are on.\n")
    assert daemon.asked == [{"do": "say", "text": "turn on the kitchen lights", "conversation": "t"}]


def test_json_is_the_reply_and_nothing_else(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["say"] = {"ok": REPLY}
    assert json.loads(claw("say", "hello", "--json").out) == REPLY


@pytest.mark.parametrize(("word", "yes"), [("approve", True), ("reject", False)])
def test_an_answer_to_a_question(daemon: FakeDaemon, claw: Cli, word: str, yes: bool) -> None:
    daemon.answers["answer"] = {"ok": REPLY}
    assert claw(word, "1f2e3d4c").code == 0
    assert daemon.asked == [{"do": "answer", "id": "1f2e3d4c", "yes": yes}]


def test_questions_are_listed_line_by_line_the_risky_first(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["pending"] = {"ok": [{"card": CARD}]}
    out = claw("pending").out
    for said in (
        "1f2e3d4c  Shall I do all of this?",
        'asked by somebody (voice:hall) in "Hall", until',
        '2. risky lock.front_door "Front Door" "Hall" lock: locked → unlocked',
        '1. claw.notify: text "dinner"',
        'influenced by "calendar"',
        "asked by the rule unlock: for people who live here",
        "--number 12 | 47 | 80",
        "--for 30m",
    ):
        assert said in out
    assert out.index("2. risky") < out.index("1. ")
    daemon.answers["pending"] = {"ok": []}
    assert claw("pending").out == "Nothing waits for an answer.\n"


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        (("--without", "2"), {"without": [1]}),
        (("--without", "1", "--without", "3"), {"without": [0, 2]}),
        (("--number", "47"), {"number": "47"}),
        (("--for", "30m"), {"grant_s": 1800}),
        (("--for", "90 s"), {"grant_s": 90}),
        (("--for", "2h"), {"grant_s": 7200}),
    ],
)
def test_a_yes_in_part_with_a_number_or_for_a_while(
    daemon: FakeDaemon, claw: Cli, options: tuple[str, ...], sent: dict[str, object]
) -> None:
    daemon.answers["answer"] = {"ok": REPLY}
    assert claw("approve", "1f2e3d4c", *options).code == 0
    assert daemon.asked == [{"do": "answer", "id": "1f2e3d4c", "yes": True, **sent}]


@pytest.mark.parametrize("text", ["soon", "0m", "-5m", "5 days", "1e9h"])
def test_a_time_that_is_none_is_not_sent(daemon: FakeDaemon, claw: Cli, text: str) -> None:
    assert claw("approve", "1f2e3d4c", f"--for={text}").code == 2
    assert daemon.asked == []


def test_a_chat_is_one_conversation_until_bye(daemon: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon.answers["say"] = {"ok": REPLY}
    lines = iter(["turn on the kitchen lights", "a bit brighter", "bye"])
    monkeypatch.setattr("builtins.input", lambda _prompt: next(lines))
    monkeypatch.setattr(talk, "_listen", lambda _ask, _thread: None)
    assert claw("chat").code == 0
    said = [call for call in daemon.asked if call["do"] == "say"]
    assert [call["text"] for call in said] == ["turn on the kitchen lights", "a bit brighter"]
    assert len({call["conversation"] for call in said}) == 1


def test_a_chat_hears_what_is_meant_for_it_and_for_everyone(
    daemon: FakeDaemon, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.answers["follow"] = [
        {"type": "message", "to": "conversation:mine", "text": "the garage door is open"},
        {"type": "message", "to": "conversation:other", "text": "nobody's business"},
        {"type": "message", "to": "everyone", "text": "there is smoke"},
        {"type": "stop", "engaged": True, "reason": "smoke"},
    ]
    talk._listen(Client(daemon.state), "mine")
    out = capsys.readouterr().out
    assert "the garage door is open" in out
    assert "there is smoke" in out
    assert "Stopped: smoke" in out
    assert "business" not in out


def read_until(terminal: int, *wanted: str) -> str:
    """Return what a terminal shows until it has shown all that is wanted."""
    shown = b""
    until = time.monotonic() + 20
    while not all(one in shown.decode(errors="replace") for one in wanted):
        ready, _, _ = select.select([terminal], [], [], until - time.monotonic())
        assert ready, shown
        shown += os.read(terminal, 4096)
    return shown.decode()


def test_a_chat_at_a_terminal(daemon: FakeDaemon) -> None:
    daemon.answers["say"] = {"ok": {"text": "It is \x1b[31mon.\x07", "status": "done"}}
    daemon.answers["follow"] = [{"type": "message", "to": "everyone", "text": "there is \x1b]0;smoke"}]
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [str(CLAW), "chat", "--state-dir", str(daemon.state)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment() | {"TERM": "dumb"},
        ) as chat:
            shown = read_until(ours, "> ", "smoke")
            os.write(ours, "Küche an\n".encode())
            shown += read_until(ours, "on.")
            os.write(ours, b"\x04")
            assert chat.wait(20) == 0
    finally:
        os.close(ours)
        os.close(theirs)
    assert [call["text"] for call in daemon.asked if call["do"] == "say"] == ["Küche an"]
    assert "It is [31mon." in shown
    assert "\x1b[31m" not in shown
    assert "\x1b]0;" not in shown
    assert "\x07" not in shown


def test_a_chat_without_a_daemon_says_so_before_the_first_prompt(claw: Cli) -> None:
    said = claw("chat")
    assert said.code == 1
    assert "no Claw daemon runs" in said.err
    assert ">" not in said.out
