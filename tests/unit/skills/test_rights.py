from collections.abc import Callable
from dataclasses import replace

import pytest

from claw.base.action import Action
from claw.base.errors import Refused
from claw.house.file import parse_house
from claw.skills.rights import MOST_RUNS, SkillRights, task_of
from tests.gate_room import HOUSE, OWNER
from tests.held_clock import HeldClock
from tests.run_room import Shelf, skill

HOME = parse_house({**HOUSE, "areas": [*HOUSE["areas"], {"id": "attic", "name": "Attic"}]})
RUN = replace(OWNER, skill="reading-light", task="r1")
ON = Action("light.turn_on", ("light.lamp",), {"brightness_pct": 30})
HALL = {"area": "hall", "brightness": 30}


class Room:
    def __init__(self) -> None:
        self.shelf, self.clock = Shelf(), HeldClock()
        self.shelf.put(skill())
        self.rights = SkillRights(self.shelf.whole, self.shelf.may_run, self.clock)

    def began(self) -> None:
        self.rights.began("r1", self.shelf.whole("reading-light"), HALL)

    def effect(self, *actions: Action, origin: object = RUN) -> tuple[str, str]:
        found = self.rights.narrowed(actions or (ON,), origin, HOME)  # type: ignore[arg-type]
        assert len(found) == max(1, len(actions))
        return found[0].effect, found[0].why


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_run_is_held_to_its_own_values(room: Room) -> None:
    room.began()
    assert room.effect() == ("allow", "")
    dimmer = Action("light.turn_on", ("light.lamp",), {"brightness_pct": 29})
    assert room.effect(dimmer)[0] == "deny"


def test_a_run_of_which_no_values_are_known_is_held_to_what_anybody_could_say(room: Room) -> None:
    assert room.effect(Action("light.turn_on", ("light.lamp",), {"brightness_pct": 59}))[0] == "allow"
    assert room.effect(Action("light.turn_on", ("light.lamp",), {"brightness_pct": 61}))[0] == "deny"


def test_a_run_that_other_bytes_began_goes_on_as_nothing(room: Room) -> None:
    room.shelf.put(skill(hash_="cd" * 32))
    began = task_of(skill(hash_="ab" * 32))
    effect, why = room.effect(origin=replace(RUN, task=began))
    assert (effect, "not the version any more that began this" in why) == ("deny", True)
    with pytest.raises(Refused, match="not the version"):
        room.rights.charged(ON, replace(RUN, task=began), HOME)
    assert room.effect(origin=replace(RUN, task=task_of(skill(hash_="cd" * 32))))[0] == "allow"


def test_another_skills_run_lends_no_values(room: Room) -> None:
    room.began()
    room.shelf.put(skill("other", may=[]))
    assert room.effect(origin=replace(RUN, skill="other")) == (
        "deny",
        '"other" may not do that: its manifest does not name light.turn_on',
    )


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda room: room.shelf.skills.clear(), "there is no skill reading-light"),
        (lambda room: setattr(room.shelf, "changed", "a byte was changed"), "a byte was changed"),
        (lambda room: setattr(room.shelf, "not_theirs", "it is a draft"), "it is a draft"),
    ],
)
def test_an_unknown_a_changed_and_an_untrusted_skill_may_do_nothing(
    room: Room, spoil: Callable[[Room], None], why: str
) -> None:
    spoil(room)
    assert room.effect() == ("deny", why)
    with pytest.raises(Refused, match=why):
        room.rights.charged(ON, RUN, HOME)


def test_a_skill_that_is_turned_off_under_way_does_nothing_more(room: Room) -> None:
    room.began()
    room.shelf.not_theirs = "it was turned off"
    assert room.effect() == ("deny", "it was turned off")
    with pytest.raises(Refused, match="turned off"):
        room.rights.charged(ON, RUN, HOME)


def test_what_it_confirms_is_confirmed(room: Room) -> None:
    room.shelf.put(skill(confirm=["light.turn_on"]))
    room.began()
    assert room.effect() == ("confirm", '"reading-light" never does this without a yes')


def test_acts_of_a_run_add_up(room: Room) -> None:
    room.began()
    assert room.effect(ON, ON)[0] == "allow"
    assert room.effect(ON, ON, ON) == ("deny", '"reading-light" may call 2 times in one run, and wants 3')
    room.rights.charged(ON, RUN, HOME)
    assert room.effect(ON, ON)[0] == "deny"
    room.rights.charged(ON, RUN, HOME)
    with pytest.raises(Refused, match="wants 3"):
        room.rights.charged(ON, RUN, HOME)


def test_acts_of_a_run_that_was_taken_up_again_add_up_too(room: Room) -> None:
    room.rights.charged(ON, RUN, HOME)
    room.rights.charged(ON, RUN, HOME)
    with pytest.raises(Refused, match="wants 3"):
        room.rights.charged(ON, RUN, HOME)


async def test_seconds_count_while_it_runs_and_not_while_somebody_thinks(room: Room) -> None:
    room.shelf.put(skill(limits={"calls": 2, "seconds": 10}))
    room.began()
    await room.clock.advance(6)
    room.rights.waits("r1")
    await room.clock.advance(1000)
    assert room.effect()[0] == "allow"
    room.rights.goes_on("r1")
    await room.clock.advance(3)
    assert room.effect()[0] == "allow"
    await room.clock.advance(2)
    assert room.effect() == ("deny", '"reading-light" took longer than its 10 seconds')
    with pytest.raises(Refused, match="10 seconds"):
        room.rights.charged(ON, RUN, HOME)


async def test_seconds_end_with_the_last_of_them(room: Room) -> None:
    room.shelf.put(skill(limits={"calls": 2, "seconds": 10}))
    room.began()
    await room.clock.advance(10)
    assert room.effect()[0] == "allow"
    await room.clock.advance(0.5)
    assert room.effect()[0] == "deny"


async def test_who_waits_twice_or_goes_on_unasked_wins_no_time(room: Room) -> None:
    room.shelf.put(skill(limits={"calls": 2, "seconds": 10}))
    room.began()
    await room.clock.advance(6)
    room.rights.goes_on("r1")
    await room.clock.advance(3)
    room.rights.waits("r1")
    room.rights.waits("r1")
    room.rights.goes_on("r1")
    assert room.effect()[0] == "allow"
    await room.clock.advance(2)
    assert room.effect()[0] == "deny"


def test_a_run_that_is_over_is_nobodys(room: Room) -> None:
    room.began()
    room.rights.ended("r1")
    for nothing in (room.rights.ended, room.rights.waits, room.rights.goes_on):
        nothing("r1")
    assert room.rights._runs == {}


def test_only_so_many_runs_are_known(room: Room) -> None:
    for at in range(MOST_RUNS + 5):
        room.rights.began(f"t{at}", skill(), HALL)
    assert len(room.rights._runs) == MOST_RUNS
    assert "t0" not in room.rights._runs


def test_what_is_charged_is_held_to_the_manifest_once_more(room: Room) -> None:
    room.began()
    with pytest.raises(Refused, match="does not name"):
        room.rights.charged(Action("light.turn_off", ("light.lamp",)), RUN, HOME)
