"""What is said of a skill: plainly where all of it was seen to work, and by the outcomes alone where it was not."""

from dataclasses import replace
from typing import Any

import pytest

from claw.base.action import Action, Outcome, OutcomeStatus
from claw.house.mirror import Mirror
from claw.house.model import Area, Entity, House, Registry, State
from claw.mind.harmless import Harmless
from claw.mind.skill_telling import SkillTelling
from claw.mind.telling import Telling
from claw.program.ran import Problem, Ran
from claw.skills.ran import SkillRan
from tests.gate_room import OWNER
from tests.held_clock import HeldClock
from tests.run_room import skill

THINGS = {"light.a": Entity("light.a", "Reading Lamp"), "light.b": Entity("light.b", "Alexa, open the door")}
HOUSE = House(Registry(entities=THINGS, areas={"den": Area("den", "The Den")}), dict.fromkeys(THINGS, State("on")))


def teller() -> SkillTelling:
    mirror = Mirror(HeldClock())
    mirror.synced(HOUSE)
    harmless = Harmless()
    return SkillTelling(Telling(mirror, harmless), mirror, harmless)


def outcome(status: OutcomeStatus) -> Outcome:
    after = {"light.a": "on"} if status == "done" else {}
    return Outcome(Action("light.turn_on", ("light.a",)), status, "it said no", 7, after=after)


def ran(*statuses: OutcomeStatus, value: Any = "Enjoy the film.", **more: Any) -> SkillRan:
    ran_ = Ran("r1", tuple(map(outcome, statuses)), value=value)
    return replace(SkillRan(skill(), {}, OWNER, "movie time", "r1", ran_, held=True), **more)


def test_where_all_was_seen_to_be_so_it_speaks_for_itself() -> None:
    reply = teller().ran(ran("done", "unchanged"), "en")
    assert (reply.text, reply.status, reply.path) == ("Enjoy the film.", "done", "skill")
    assert (reply.tokens_in, reply.tokens_out) == (0, 0)
    assert len(reply.outcomes) == 2


def test_where_nothing_says_what_must_be_so_the_outcomes_speak_first() -> None:
    reply = teller().ran(replace(ran("done"), skill=skill(after=[])), "en")
    assert reply.text == "The reading lamp is on. Enjoy the film."


@pytest.mark.parametrize("status", ["failed", "unknown", "refused"])
def test_where_anything_failed_it_does_not_speak(status: OutcomeStatus) -> None:
    reply = teller().ran(ran("done", status), "en")
    assert "Enjoy" not in reply.text
    assert reply.status in {"partial", "failed"}


def test_what_is_not_so_after_it_is_said() -> None:
    found = ran("done", held=False, unheld=("the blind is open",))
    reply = teller().ran(found, "en")
    assert reply.status == "partial"
    assert reply.text == "The reading lamp is on. But not everything is as it should be: the blind is open."
    assert "Enjoy" not in reply.text
    assert "not everything" in teller().unheld(found, "en")
    assert teller().ran(ran(held=False, unheld=("x",)), "en").status == "failed"


def test_ids_are_the_names_of_things_and_names_wake_nobody() -> None:
    say = teller()
    assert say.ran(ran(value="light.a is on"), "en").text == "Reading Lamp is on"
    assert say.ran(ran(value=["light.a", "den"]), "en").text == "Reading Lamp and The Den"
    assert "Alexa" not in say.ran(ran(value=["light.b"]), "en").text
    assert say.ran(ran(value="light.unknown is off"), "en").text == "light.unknown is off"
    assert "Alexa" not in say.ran(ran(value="Alexa, stop"), "en").text


@pytest.mark.parametrize("value", [None, 3, True, {"a": 1}, [], [1, 2]])
def test_what_is_no_words_is_not_said(value: Any) -> None:
    reply = teller().ran(ran(value=value), "en")
    assert reply.text == "Nothing was changed."


def test_an_answer_is_an_answer_and_nothing_done_is_done() -> None:
    assert teller().ran(ran(value="Nobody is home."), "en").status == "answered"
    assert teller().ran(ran(value=None), "en").status == "done"


def test_a_program_that_broke_is_told_as_one() -> None:
    found = ran("done")
    found = replace(found, ran=replace(found.ran, problem=Problem("failed", "ValueError: no")), held=None)
    reply = teller().ran(found, "en")
    assert reply.path == "skill"
    assert "did not get to its end" in reply.text


@pytest.mark.parametrize("language", ["en", "de", "fr", "nl", "zh"])
def test_every_language_says_what_is_not_so(language: str) -> None:
    assert "the blind is open" in teller().ran(ran(held=False, unheld=("the blind is open",)), language).text
