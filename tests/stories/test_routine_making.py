"""Making, changing and forgetting routines in a whole daemon with the rules that ship."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claw.base.errors import Refused
from claw.daemon.build import Daemon
from claw.memory.erasing import Scope
from claw.routines.spec import Spec
from tests.living import NOBODY, OWNER, living

BEN = replace(OWNER, person="ben", source="tab", conversation="c-ben")
GUEST = replace(OWNER, person="tom", conversation="c-tom")
LAMP = {"actions": [{"action": "light.turn_on", "entities": ["light.kitchen_ceiling"]}]}


def spec(do: Any = LAMP, when: Any = None, name: str = "Lamp") -> Spec:
    return Spec.model_validate({"name": name, "when": when or {"at": "07:00"}, "do": do})


async def _nothing_that_makes_no_sense_is_made(daemon: Daemon) -> None:
    of, seq = daemon.routines.routines, daemon.audit.head().seq
    for wrong, said in (
        (spec(when={"once": "2020-01-01T00:00:00"}), "is in the past"),
        (spec(when={"cron": "0 0 31 2 *"}), "."),
        (spec(when={"cron": "61 * * * *"}), "61"),
        (spec(when={"state": "light.nowhere"}), 'There is no "light.nowhere" in this house.'),
        (spec(do={"actions": [{"action": "light.turn_on", "entities": ["light.nowhere"]}]}), "light.nowhere"),
        (spec(do={"actions": [{"action": "shell_command.rm"}]}), "Unknown action"),
        (spec(do={"skill": "no-such-skill"}), "no-such-skill"),
        (spec(do={"prompt": "look", "gate": "True"}), "No model is named"),
        (spec().model_copy(update={"kind": "safety"}), "nobody makes it"),
    ):
        told = await of.add(wrong, OWNER)
        assert not told.ok
        assert said in told.text
    assert daemon.audit.head().seq == seq, "what is wrong by itself never comes to the gate"


async def _outside_text_schedules_nothing_before_an_owner_was_shown_all_of_it(daemon: Daemon) -> None:
    of = daemon.routines.routines
    tainted = replace(OWNER, taint=("calendar",))
    unlock = [LAMP, {"actions": [{"action": "lock.lock", "entities": ["lock.front_door"]}]}]
    told = await of.add(spec(unlock, name="From a mail"), tainted)
    pending = told.performed.pending
    assert pending is not None
    assert not told.ok
    for shown in ("From a mail", "every day at 07:00", "turn on Kitchen Ceiling", "lock the front door"):
        assert shown in pending.question
    before = {one.id for one in of.list(OWNER)}
    with pytest.raises(Refused, match="only owner can answer this"):
        await daemon.gate.answer(pending.id, BEN, yes=True)
    await daemon.gate.answer(pending.id, OWNER, yes=True)
    (made,) = (one for one in of.list(OWNER) if one.id not in before)
    assert (made.state, made.made_by.taint) == ("on", ("calendar",)), "the mark stays on all that it does"
    assert (await of.remove(made.id, OWNER)).ok


async def _a_room_makes_what_stays_in_it_and_a_guest_makes_nothing(daemon: Daemon) -> None:
    of = daemon.routines.routines
    kitchen = replace(NOBODY, channel="voice:kitchen", place="kitchen")
    made = await of.add(spec(), kitchen)
    assert made.routine is not None
    assert "unless somebody who lives here takes it over" in made.text
    for who in (NOBODY, replace(NOBODY, channel="voice:hall"), GUEST):
        assert of.get(made.routine.id, who) is None
        assert not (await of.remove(made.routine.id, who)).ok
    assert not (await of.add(spec(), NOBODY)).ok, "the hall does not reach into the kitchen"
    assert not (await of.add(spec(), GUEST)).ok
    assert (await of.adopt(made.routine.id, OWNER)).ok
    assert of.get(made.routine.id, kitchen) is None, "it is the room's no more"
    assert (await of.remove(made.routine.id, OWNER)).ok


async def _who_is_forgotten_leaves_no_routine_and_no_word_of_one(daemon: Daemon, file: Path) -> None:
    of = daemon.routines.routines
    ring = await of.add(spec({"say": "zzring for Olga"}, when={"every": "10 s"}, name="zzring"), OWNER)
    assert ring.routine is not None
    other = await of.add(spec({"say": "zzring too", "to": "everyone"}), replace(NOBODY, place="kitchen"))
    assert not other.ok
    forgotten = await daemon.memory.forgetting.forget(Scope.about("anna"), OWNER)
    assert forgotten.verified
    assert of.get(ring.routine.id, OWNER) is None
    assert daemon.routines.keeper.upcoming(ring.routine.id) == ()
    await asyncio.sleep(0)
    held = b"".join(one.read_bytes() for one in file.parent.glob("claw.db*"))
    assert b"zzring" not in held


async def test_routines_are_made_changed_and_forgotten_as_the_household_means(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await _nothing_that_makes_no_sense_is_made(daemon)
        await _outside_text_schedules_nothing_before_an_owner_was_shown_all_of_it(daemon)
        await _a_room_makes_what_stays_in_it_and_a_guest_makes_nothing(daemon)
        await _who_is_forgotten_leaves_no_routine_and_no_word_of_one(daemon, tmp_path / "state" / "claw.db")
