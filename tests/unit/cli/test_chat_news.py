"""What of all that happens is worth a line in a talk."""

from typing import Any

import pytest
from rich.markup import render

from claw.cli.chat_news import News
from tests.cli_room import CARD, STATUS


def news(**status: Any) -> News:
    return News("mine", STATUS | status, [{"id": "known"}])


def question(name: str, conversation: str) -> dict[str, Any]:
    return {"id": name, "origin": {"conversation": conversation}, "card": CARD | {"id": name}}


MESSAGE = {"type": "message", "kind": "note"}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (MESSAGE | {"to": "conversation:cli:0:mine", "text": "the garage is open"}, "the garage is open"),
        (MESSAGE | {"to": "person:anna", "text": "the mail is here"}, "the mail is here"),
        (MESSAGE | {"to": "everyone", "kind": "alarm", "text": "there is smoke"}, "there is smoke"),
        (MESSAGE | {"to": "conversation:cli:0:other", "text": "nobody's business"}, ""),
        (MESSAGE | {"to": "conversation:cli:0:notmine", "text": "nobody's business"}, ""),
        (MESSAGE | {"to": "place:kitchen", "text": "the eggs are done"}, ""),
        (MESSAGE | {"to": "everyone", "text": "\x1b[31m[bold]x[/]\x07"}, "[31m[bold]x[/]"),
        ({"type": "stop", "engaged": True, "reason": "smoke", "by": "anna"}, "Stopped by anna: smoke"),
        ({"type": "stop", "engaged": True, "reason": "smoke"}, "Stopped: smoke"),
        ({"type": "stop", "engaged": False}, ""),
        ({"type": "pause", "paused": True}, "Paused: nothing new is begun."),
        ({"type": "pause", "paused": False}, "The pause is over."),
        ({"type": "link", "status": "ready"}, ""),
        ({"type": "link", "status": "away"}, "The house cannot be reached."),
        ({"type": "pending", "pending": []}, ""),
        ({"type": "pending", "pending": [question("known", "cli:0:other")]}, ""),
        ({"type": "pending", "pending": [question("own", "cli:0:mine")]}, ""),
        (
            {"type": "pending", "pending": [question("new", "web:1")]},
            "A question waits for a yes. Shall I do all of this? /pending answers.",
        ),
        (
            {"type": "pending", "pending": [question("a", "web:1"), question("b", "voice:hall")]},
            "2 questions wait for a yes. Shall I do all of this? /pending answers.",
        ),
        ({"type": "gone"}, "The daemon has gone; waiting for it."),
        ({"type": "back"}, "The daemon is back."),
        ({"type": "state", "entity_id": "light.a"}, ""),
        ({"type": "lost"}, ""),
        ({"error": {"kind": "unavailable", "text": "too many programs"}}, ""),
    ],
)
def test_what_is_said_of_an_event(event: dict[str, Any], said: str) -> None:
    assert render(news().of(event)).plain == said


def test_what_is_known_is_not_told_again() -> None:
    told = news()
    asked = {"type": "pending", "pending": [question("new", "web:1")]}
    assert told.of(asked)
    assert not told.of(asked)
    told.stopped = True  # it was stopped here
    assert not told.of({"type": "stop", "engaged": True, "reason": "x"})
    assert told.of({"type": "stop", "engaged": False}) == "[green]Claw goes on: the stop was reset.[/]"
    assert told.of({"type": "link", "status": "away"})
    assert not told.of({"type": "link", "status": "away"})
    assert "there again" in told.of({"type": "link", "status": "ready"})


def test_what_is_being_done_is_that_of_this_talk_alone() -> None:
    doing = {"type": "doing", "conversation": "cli:0:mine", "stage": "thinks", "text": "Thinking about it."}
    assert news().doing(doing) == "Thinking about it."
    assert news().doing(doing | {"stage": "ends", "text": ""}) == ""
    assert news().doing(doing | {"conversation": "cli:0:other"}) is None
    assert news().doing({"type": "link", "status": "ready"}) is None


def test_it_begins_with_what_has_to_be_known() -> None:
    assert "81 things in the house" in news().welcome()
    assert "A question waits for a yes." in news().welcome()
    assert "stopped" not in news().welcome()
    begun = news(stop={"engaged": True, "reason": ""}, link={"ready": False}).welcome()
    assert "Claw is stopped" in begun
    assert "cannot be reached" in begun
