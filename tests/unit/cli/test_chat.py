"""A talk, from its first line to its last, whatever shows it."""

import contextlib
from collections.abc import Mapping
from typing import Any

import pytest
from rich.markup import render

from claw.base.action import Json
from claw.base.errors import ClawError, Unavailable
from claw.cli.chat import HELP, Chat
from claw.cli.chat_answer import Answer
from claw.cli.chat_news import News
from tests.cli_room import CARD, STATUS, Cli

DONE = {"text": "It is on.", "status": "done", "pending": []}
ASKED = {"text": "Unlock it?", "status": "pending", "pending": [{"id": "1f2e3d4c"}]}
WAITING = [{"id": "other", "card": CARD | {"id": "other"}}, {"id": "1f2e3d4c", "card": CARD}]


class Scripted:
    """A face on which a test types, and that keeps what it is shown."""

    def __init__(self, lines: list[str], answers: Mapping[str, list[Json]], yes: list[Answer | None]) -> None:
        self.lines = [*lines]
        self.answers = {do: [*given] for do, given in answers.items()}
        self.yes = [*yes]
        self.asked: list[dict[str, Any]] = []
        self.shown: list[str] = []
        self.cards: list[tuple[str, bool]] = []

    def line(self) -> str | None:
        return self.lines.pop(0) if self.lines else None

    def ask(self, do: str, **arguments: Json) -> Json:
        self.asked.append({"do": do, **arguments})
        answer = self.answers[do].pop(0)
        if isinstance(answer, ClawError):
            raise answer
        return answer

    def reply(self, answer: Mapping[str, Json]) -> None:
        self.shown.append(answer["text"])

    def failed(self, error: ClawError) -> None:
        self.shown.append(f"failed: {error}")

    def say(self, text: str) -> None:
        self.shown.append(render(text).plain)

    def hear(self, event: dict[str, Json]) -> None:
        raise AssertionError(event)

    def decide(self, card: Mapping[str, Json], *, headed: bool) -> Answer | None:
        self.cards.append((card["id"], headed))
        return self.yes.pop(0)


def talk(
    *lines: str, answers: Mapping[str, list[Json]] | None = None, yes: list[Answer | None] | None = None
) -> tuple[Scripted, int, News]:
    news, face = News("mine", STATUS, []), Scripted([*lines], answers or {}, yes or [])
    return face, Chat(face, "mine", news).run(), news


@pytest.mark.parametrize("end", ["bye", "EXIT", "quit", "/quit", "/exit"])
def test_it_ends_when_that_is_said_and_empty_lines_are_nothing(end: str) -> None:
    face, code, _ = talk("", "  ", end, "never said")
    assert (face.asked, face.lines, code) == ([], ["never said"], 0)


def test_what_is_said_is_a_turn_of_this_talk_that_ends_with_it() -> None:
    face, _, _ = talk(" on ", answers={"say": [DONE]})
    assert face.asked == [{"do": "say", "text": "on", "conversation": "mine", "attended": True}]
    assert face.shown == ["It is on."]


def test_what_needs_a_yes_is_put_at_once_and_answered_there() -> None:
    part = Answer(yes=True, without=(1,))
    face, code, _ = talk("unlock", answers={"say": [ASKED], "pending": [WAITING], "answer": [DONE]}, yes=[part])
    assert face.cards == [("1f2e3d4c", False)], "only what was asked here, and its words were said already"
    assert face.asked[-1] == {
        "do": "answer", "id": "1f2e3d4c", "yes": True, "without": [1], "conversation": "mine", "attended": True
    }  # fmt: skip
    assert (face.shown, code) == (["Unlock it?", "It is on."], 0)


def test_a_question_that_is_left_alone_or_gone_already_is_not_answered() -> None:
    face, _, _ = talk("unlock", answers={"say": [ASKED], "pending": [WAITING]}, yes=[None])
    assert [one["do"] for one in face.asked] == ["say", "pending"]
    face, _, _ = talk("unlock", answers={"say": [ASKED], "pending": [[]]})
    assert face.cards == []


def test_an_answer_may_lead_to_another_question() -> None:
    answers: dict[str, list[Json]] = {"say": [ASKED], "pending": [WAITING, WAITING], "answer": [ASKED, DONE]}
    face, _, _ = talk("unlock", answers=answers, yes=[Answer(yes=True), Answer(yes=False)])
    assert [one.get("yes") for one in face.asked if one["do"] == "answer"] == [True, False]


def test_all_that_waits_is_put_one_by_one() -> None:
    face, _, news = talk("/pending", answers={"pending": [WAITING], "answer": [DONE]}, yes=[None, Answer(yes=False)])
    assert face.cards == [("other", True), ("1f2e3d4c", True)]
    assert face.asked[-1]["id"] == "1f2e3d4c"
    assert news.known == {"other", "1f2e3d4c"}
    assert talk("/pending", answers={"pending": [[]]})[0].shown == ["Nothing waits for an answer."]


def test_the_last_act_of_this_talk_is_taken_back() -> None:
    face, _, _ = talk("/undo", answers={"undo": [DONE]})
    assert face.asked == [{"do": "undo", "here": True, "conversation": "mine", "attended": True}]


@pytest.mark.parametrize(
    ("line", "reason"), [("/stop", "claw chat"), ("/stop  smoke in the hall", "smoke in the hall")]
)
def test_a_stop_is_said_once(line: str, reason: str) -> None:
    face, _, news = talk(line, answers={"stop": [{"engaged": True}]})
    assert face.asked == [{"do": "stop", "reason": reason}]
    assert face.shown[0].startswith("Stopped.")
    assert not news.of({"type": "stop", "engaged": True, "reason": reason})


def test_a_stop_that_did_not_reach_the_daemon_is_not_taken_for_one() -> None:
    face, _, news = talk("/stop", answers={"stop": [Unavailable("no daemon")]})
    assert face.shown == ["failed: no daemon"]
    assert news.of({"type": "stop", "engaged": True, "reason": "smoke"})


def test_whatever_fails_the_talk_goes_on() -> None:
    face, code, _ = talk("/nope", "on", "on", answers={"say": [Unavailable("not now"), DONE]})
    assert face.shown == ["failed: there is no /nope; /help says what there is", "failed: not now", "It is on."]
    assert code == 3


def test_the_help_names_what_there_is() -> None:
    face, _, _ = talk("/help")
    assert max(map(len, face.shown[0].splitlines())) <= 80
    for word in ("/pending", "/undo", "/stop [reason]", "/quit", "Ctrl-C"):
        assert word in face.shown[0]
    for line in HELP.splitlines():
        if line.startswith("  /"):
            with contextlib.suppress(KeyError):  # what asks the daemon: there is none here
                assert not any("there is no" in shown for shown in talk(line.split()[0])[0].shown)


def test_without_a_daemon_it_says_so_before_anything_else(claw: Cli) -> None:
    said = claw("chat")
    assert said.code == 1
    assert "no Claw daemon runs" in said.err
    assert said.out == ""
