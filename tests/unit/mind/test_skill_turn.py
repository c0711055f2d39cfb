"""Where skills come into a turn: phrases before a model, dry runs held against what was done, a yes to an offer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from claw.base.action import Action, Origin, Outcome, Reply
from claw.base.errors import Refused
from claw.mind.skill_turn import SkillTurn
from claw.mind.understood import Control

ANNA = Origin("web", "anna", authenticated=True, conversation="web:1")
DONE = Reply("done", "done", (Outcome(Action("light.turn_on", ("light.porch",)), "done"),), path="program")


@dataclass
class Rooms:
    """All rooms of a turn at once: what each answers, and what it was asked."""

    phrase: Reply | None = None
    talked: Reply | None = None
    offer: Any = None
    refuses: bool = False
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    async def answer(self, *said: Any, **how: Any) -> Any:
        self.asked.append((*said, *how.values()))
        if how:
            if self.refuses:
                raise Refused("that is for an owner")
            return "I will."
        return self.phrase if len(said) == 3 else self.talked

    def control(self, control: Control, origin: Origin) -> Reply | None:
        self.asked.append((control, origin))
        return None

    def waiting(self, origin: Origin) -> Any:
        return self.offer

    async def finished(self, origin: Origin, said: str, outcomes: Sequence[Outcome], taint: Iterable[str] = ()) -> None:
        self.asked.append(("finished", said, tuple(outcomes)))


@dataclass
class Named:
    name: str = "cosy"


def turn(rooms: Rooms) -> SkillTurn:
    return SkillTurn(rooms, rooms, rooms, rooms)  # type: ignore[arg-type]


async def nothing_else() -> Reply:
    raise AssertionError("a phrase needs no model")


async def test_a_phrase_needs_nobody_else() -> None:
    rooms = Rooms(phrase=Reply("cosy", "done", path="skill"))
    reply = await turn(rooms).otherwise("make it cosy", ANNA, "de", nothing_else)
    assert reply.path == "skill"
    text, origin, language = rooms.asked[0]
    assert (text, origin.language, language) == ("make it cosy", "de", "de")


async def test_what_no_phrase_is_goes_the_ordinary_way_and_is_held_against_dry_runs() -> None:
    rooms = Rooms()

    async def ordinary() -> Reply:
        return DONE

    assert await turn(rooms).otherwise("make it cosy", ANNA, "en", ordinary) is DONE
    assert rooms.asked[-1] == ("finished", "make it cosy", DONE.outcomes)


async def test_a_word_to_claw_itself_is_no_talk_about_skills() -> None:
    rooms = Rooms(talked=Reply("these", "answered"))
    control = Control("en", "nevermind")
    assert await turn(rooms).said("never mind", ANNA, control) is None
    assert rooms.asked == [(control, ANNA)]
    assert (await turn(rooms).said("what skills do you have", ANNA, None)) is rooms.talked


async def test_a_bare_yes_without_an_offer_is_none() -> None:
    assert await turn(Rooms()).offered(ANNA, "en", yes=True) is None


@pytest.mark.parametrize("yes", [True, False])
async def test_a_yes_or_no_goes_to_the_skill_that_was_offered(yes: bool) -> None:
    rooms = Rooms(offer=Named())
    reply = await turn(rooms).offered(ANNA, "en", yes=yes)
    assert reply is not None
    assert (reply.text, reply.status) == ("I will.", "answered")
    assert rooms.asked == [("cosy", ANNA, yes, "yes" if yes else "no")]


async def test_who_may_not_answer_hears_why() -> None:
    reply = await turn(Rooms(offer=Named(), refuses=True)).offered(ANNA, "en", yes=True)
    assert reply is not None
    assert reply.status == "refused"
    assert "that is for an owner" in reply.text
