"""Telling Claw something in order to hear whether it knows it: a room and a guest get one answer, whatever is known."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.daemon.build import Daemon
from claw.memory.model import Audience
from tests.living import NOBODY, OWNER, living

HEARD = replace(OWNER, channel="voice:hall", place="hall", conversation="voice")
"""A voice that a channel takes for the owner: whoever else is in the hall hears the answer."""

ANNA = Audience("anna", resident=True, owner=True)
BEN = replace(OWNER, person="ben", source="ben", conversation="web:ben")
TOLD = ("Anna is pregnant", "Anna is allergic to nuts", "the bin day is Friday")


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path) as made:
        yield made


@pytest.mark.parametrize("origin", [NOBODY, HEARD])
@pytest.mark.parametrize("said", TOLD)
async def test_telling_what_is_known_already_is_answered_as_what_is_new(
    daemon: Daemon, origin: Origin, said: str
) -> None:
    new = await daemon.desk.say(f"remember that {said}", origin)
    assert new.text.startswith("I noted")
    await daemon.desk.say(f"remember just for me that {said}", OWNER)
    assert await asked(daemon, said, origin) == new.text
    await daemon.desk.say(f"remember that {said}", OWNER)
    assert await asked(daemon, said, origin) == new.text


async def asked(daemon: Daemon, said: str, origin: Origin) -> str:
    reply = await daemon.desk.say(f"remember that {said}", origin)
    daemon.memory.store.ground.db.conn.execute("delete from memories where trust = 'guest_told'")
    daemon.memory.store.ground.db.conn.commit()
    return reply.text


async def test_telling_what_was_declined_is_answered_as_what_is_new_and_not_asked_again(daemon: Daemon) -> None:
    facts = daemon.memory.store.facts
    new = await daemon.desk.say("remember that Anna is pregnant", NOBODY)
    [proposed] = facts.shown(ANNA, statuses=("candidate",))
    facts.reject(proposed.id)
    again = await daemon.desk.say("remember that Anna is pregnant", NOBODY)
    assert again.text == new.text
    assert facts.shown(ANNA, statuses=("candidate",)) == []


async def test_having_forgotten_what_somebody_else_said_too_does_not_tell_that_they_did(daemon: Daemon) -> None:
    told: list[str] = []
    for private in (False, True):
        if private:
            await daemon.desk.say("remember just for me that I am pregnant", OWNER)
        await daemon.desk.say("remember that Anna is pregnant", BEN)
        told.append((await daemon.desk.say("forget that", BEN)).text)
    assert told[0] == told[1]
