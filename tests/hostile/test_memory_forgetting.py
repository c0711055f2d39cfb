"""Forgetting as a weapon: whoever words a memory and has it forgotten takes nothing with it that is somebody else's."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.channels.veil import Veil, Whose
from claw.daemon.build import Daemon
from tests.living import NOBODY, OWNER, living

MIA = replace(OWNER, person="mia", source="mia", conversation="web:mia")
BEN = replace(OWNER, person="ben", source="ben", conversation="web:ben")


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path) as made:
        yield made


@pytest.mark.parametrize("word", ["entities", "unlock", "claw.", "light."])
async def test_a_word_that_stands_in_every_entry_of_the_log_takes_no_entry_of_anybody_else_along(
    daemon: Daemon, word: str
) -> None:
    await daemon.desk.say("turn off the hall light", NOBODY)
    await daemon.desk.say("remember that the boiler was serviced by Miller", OWNER)
    asked = (await daemon.desk.say("unlock the garden gate", OWNER)).pending[0]
    others = {one.seq: one.payload for one in daemon.audit.entries(0, 100) if one.payload is not None}
    assert (await daemon.desk.say(f"remember that my hobby is {word}", MIA)).status == "done"
    assert (await daemon.desk.say("forget that", MIA)).status == "done"
    assert {one.seq: one.payload for one in daemon.audit.entries(0, 100) if one.seq in others} == others
    assert [one.id for one in daemon.gate.questions.waiting()] == [asked.id]


async def test_who_did_something_is_still_told_when_they_had_their_words_forgotten(daemon: Daemon) -> None:
    await daemon.desk.say("turn on the porch light", BEN)
    told = (await daemon.desk.say("who turned on the porch light", OWNER)).text
    assert "Ben" in told
    assert (await daemon.desk.say("forget everything about me", BEN)).status == "done"
    assert (await daemon.desk.say("who turned on the porch light", OWNER)).text == told


async def test_whose_whereabouts_were_looked_at_stays_in_the_log(daemon: Daemon) -> None:
    await daemon.desk.say("when did Anna come home", BEN)
    await daemon.desk.say("forget the last hour", BEN)
    kept = [(one.payload or {}).get("kept") or {} for one in daemon.audit.entries(0, 100, kinds=("erased",))]
    assert [one["action"] for one in kept if "action" in one] == [
        {"name": "claw.read_presence", "entities": [], "data": {"person": "anna"}}
    ]
    shown = Veil(Whose(daemon.audit), MIA).entries(0, 100, kinds=("erased",))
    assert "anna" not in str([one.payload for one in shown]), "nor does a third person see it there"
