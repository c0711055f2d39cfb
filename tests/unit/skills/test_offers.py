"""A learned skill is put to whoever asked for it: once, at most one a day, and only an owner's yes takes it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.base.errors import Broken, Refused
from tests.life_room import ANNA, BEN, CARL, GUS, NAME, VOICE, LifeRoom, drafted, life_room, state_of

DAY_S = 86_400


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[LifeRoom]:
    async with life_room(tmp_path) as made:
        yield made


async def _offered(room: LifeRoom, origin: Origin = ANNA, name: str = NAME) -> None:
    """Have a skill learned by itself, as after the second similar request."""
    prose = drafted().files["SKILL.md"].decode().replace(NAME, name)
    draft = drafted(origin.person or "", name, **{"SKILL.md": prose})
    await room.skills.life.propose(draft, origin, asked=False)
    await room.proved()


async def test_it_is_asked_in_the_talk_it_came_from_with_what_it_does(room: LifeRoom) -> None:
    await _offered(room)
    [told] = room.told
    assert (told.to, told.kind) == ("conversation:c1", "question")
    assert '"reading light"' in told.text
    assert "Turns the lamps of a room on, softly." in told.text
    assert told.text.endswith("Shall I do that by myself, without asking a model?")


async def test_an_owners_yes_in_that_talk_takes_it(room: LifeRoom) -> None:
    await _offered(room)
    offer = room.skills.offers.waiting(ANNA)
    assert offer is not None
    text = await room.skills.offers.answer(offer.name, ANNA, yes=True, said="yes")
    assert text == 'I do "reading light" by myself from now on, for everybody who may.'
    assert (room.standing().state, room.standing().accepted_by) == ("trusted", "anna")
    assert room.skills.offers.waiting(ANNA) is None


async def test_anybody_elses_yes_is_passed_on_to_the_owners(room: LifeRoom) -> None:
    await _offered(room, BEN)
    assert room.told[0].text.endswith("Shall I ask an owner whether I may do it by myself, without asking a model?")
    text = await room.skills.offers.answer(NAME, BEN, yes=True)
    assert text == "I will ask an owner of this house."
    assert room.standing().state == "shadow"
    told = room.told[-1]
    assert told.to == "person:anna"
    assert told.text.startswith('Ben would like me to do "reading light" by myself')
    assert room.skills.offers.waiting(BEN) is None
    elsewhere = replace(ANNA, conversation="c9")
    assert room.skills.offers.waiting(elsewhere) is not None
    await room.skills.offers.answer(NAME, elsewhere, yes=True)
    assert (room.standing().state, room.standing().accepted_by) == ("trusted", "anna")


@pytest.mark.parametrize(
    "other",
    [
        BEN,
        CARL,
        GUS,
        VOICE,
        replace(ANNA, taint=("mail",)),
        replace(ANNA, asks_only=True),
        replace(ANNA, authenticated=False),
        replace(ANNA, skill="other"),
        replace(ANNA, channel="voice:hall"),
    ],
)
async def test_nobody_else_answers_it(room: LifeRoom, other: Origin) -> None:
    await _offered(room)
    with pytest.raises(Refused):
        await room.skills.offers.answer(NAME, other, yes=True)
    with pytest.raises(Refused):
        await room.skills.offers.answer(NAME, other, yes=False)
    assert room.standing().state == "shadow"


@pytest.mark.parametrize("other", [BEN, VOICE, replace(ANNA, conversation="c9"), replace(ANNA, authenticated=False)])
async def test_a_bare_yes_elsewhere_means_something_else(room: LifeRoom, other: Origin) -> None:
    await _offered(room)
    assert room.skills.offers.waiting(other) is None


async def test_after_half_an_hour_a_bare_yes_means_something_else(room: LifeRoom) -> None:
    await _offered(room)
    await room.clock.advance(1801)
    assert room.skills.offers.waiting(ANNA) is None
    assert len(room.skills.offers.open()) == 1


async def test_a_no_holds_for_three_months(room: LifeRoom) -> None:
    await _offered(room)
    text = await room.skills.offers.answer(NAME, ANNA, yes=False)
    assert "not ask again for three months" in text
    assert room.standing().state == "shadow"
    skill, draft = room.skill(), drafted()
    room.told.clear()
    await room.clock.advance(89 * DAY_S)
    assert not await room.skills.offers.offer(skill, draft, ANNA)
    await room.clock.advance(2 * DAY_S)
    assert await room.skills.offers.offer(skill, draft, ANNA)
    assert len(room.told) == 1


async def test_at_most_one_is_asked_a_day_and_the_next_on_the_next(room: LifeRoom) -> None:
    await _offered(room)
    await _offered(room, name="second-light")
    await room.skills.offers.look()
    assert len(room.told) == 1
    await room.clock.advance(DAY_S)
    await room.skills.offers.look()
    assert [told.to for told in room.told] == ["conversation:c1", "conversation:c1"]
    assert "second light" in room.told[1].text
    await room.skills.offers.look()
    assert len(room.told) == 2


async def test_who_wants_a_skill_in_so_many_words_is_asked_the_same_day(room: LifeRoom) -> None:
    await _offered(room)
    prose = drafted().files["SKILL.md"].decode().replace(NAME, "second-light")
    await room.learned(draft=drafted(name="second-light", **{"SKILL.md": prose}))
    assert len(room.told) == 2


async def test_a_clock_that_is_set_back_brings_no_second_question_that_day(room: LifeRoom) -> None:
    await _offered(room)
    room.clock._elapsed -= 2 * DAY_S
    await _offered(room, name="second-light")
    assert len(room.told) == 1


async def test_silence_is_no_and_takes_nothing_away(room: LifeRoom) -> None:
    await _offered(room)
    await room.clock.advance(3 * DAY_S + 1)
    await room.skills.offers.look()
    assert room.skills.offers.open() == []
    assert room.standing().state == "shadow"
    with pytest.raises(Refused):
        await room.skills.offers.answer(NAME, ANNA, yes=True)


@pytest.mark.parametrize("state", ["draft", "trusted", "retired"])
async def test_what_no_longer_waits_is_not_asked_about(room: LifeRoom, state: str) -> None:
    await _offered(room)
    await _offered(room, name="second-light")
    room.told.clear()
    standing = room.standing("second-light")
    room.skills.standings.put(replace(standing, state=state), "test", "why")  # type: ignore[arg-type]
    await room.clock.advance(DAY_S)
    await room.skills.offers.look()
    assert room.told == []


async def test_a_yes_falls_on_what_was_offered_and_not_on_what_came_later(room: LifeRoom) -> None:
    await _offered(room)
    await room.skills.life.deeds.learn(drafted(**{"CHANGELOG.md": "# 1.0.1\n\nMore.\n"}), ANNA, 1)
    await room.skills.life.prove(NAME, ANNA)
    text = await room.skills.offers.answer(NAME, ANNA, yes=True)
    assert "not what you were shown" in text
    assert room.standing().state == "shadow"


async def test_a_question_that_did_not_go_out_is_asked_later(room: LifeRoom) -> None:
    out = False

    async def tell(message: object) -> bool:
        room.told.append(message)  # type: ignore[arg-type]
        return out

    room.skills.offers._tell = tell
    await _offered(room)
    assert room.skills.offers.open() == []
    out = True
    await room.skills.offers.look()
    assert len(room.skills.offers.open()) == 1


async def test_an_offer_is_withdrawn_unless_it_was_answered(room: LifeRoom) -> None:
    await _offered(room)
    room.skills.offers.withdraw(NAME)
    assert room.skills.offers.open() == []


async def test_nobody_is_asked_about_nobodys_request(room: LifeRoom) -> None:
    await room.learned()
    assert not await room.skills.offers.offer(room.skill(), drafted(), VOICE)


async def test_a_damaged_offer_is_broken(room: LifeRoom) -> None:
    await _offered(room)
    state_of(room, "shadow")
    room.db.execute("UPDATE skill_offers SET at = 'never'")
    with pytest.raises(Broken):
        room.skills.offers.open()
