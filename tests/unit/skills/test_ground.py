"""Whose a skill is, and who hears what becomes of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.skills.ground import called, theirs
from claw.skills.model import Standing
from tests.life_room import ANNA, BEN, VOICE, LifeRoom, life_room

OWN = Standing("reading-light", "1.0.0", "0" * 64, "trusted", "learned", people=("ben",))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[LifeRoom]:
    async with life_room(tmp_path) as made:
        yield made


def test_until_an_owner_takes_it_it_is_for_who_made_it() -> None:
    assert theirs(OWN, BEN)
    assert not theirs(OWN, ANNA)
    assert not theirs(OWN, replace(BEN, authenticated=False))
    assert not theirs(OWN, replace(BEN, taint=("mail",)))
    assert not theirs(OWN, VOICE)
    assert theirs(replace(OWN, accepted_by="anna"), VOICE)
    assert theirs(replace(OWN, people=()), VOICE)


async def test_who_made_it_and_the_owners_hear_of_it_and_the_owners_alone_once_it_is_everybodys(
    room: LifeRoom,
) -> None:
    ground = room.skills.life._in
    await ground.say(OWN, "a")
    await ground.say(replace(OWN, accepted_by="anna"), "b")
    await ground.say(replace(OWN, people=("anna",)), "c")
    assert [(one.to, one.text) for one in room.told] == [
        ("person:ben", "a"),
        ("person:anna", "a"),
        ("person:anna", "b"),
        ("person:anna", "c"),
    ]


def test_a_name_is_said_as_people_say_it() -> None:
    assert called("reading-light") == "reading light"
