"""Talking: the answer is printed, and the exit code says what came of it."""

import json

import pytest

from claw.cli.show import EXIT
from tests.cli_room import CARD, Cli, FakeDaemon

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
