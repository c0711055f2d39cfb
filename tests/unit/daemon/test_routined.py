"""Routines as the daemon puts them together: what is wired to what."""

from dataclasses import replace
from pathlib import Path

from claw.base.action import Action, Origin
from claw.routines.spec import Spec
from tests.living import OWNER, living

LAMP = "light.kitchen_ceiling"


def spec(**more: object) -> Spec:
    actions = [{"action": "light.turn_on", "entities": LAMP}]
    return Spec.model_validate({"name": "lamp", "when": {"at": "03:00"}, "do": {"actions": actions}, **more})


async def test_a_routine_that_is_made_acts_as_one_and_nobody_else_does(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        made = await daemon.routines.routines.add(spec(), OWNER)
        assert made.routine is not None, made.text
        forged = Origin("web", "anna", authenticated=True, strength="session", routine="not-there")
        assert (await daemon.gate.perform((Action("light.turn_on", (LAMP,)),), forged)).outcomes[0].status == "refused"
        assert daemon.mirror.states[LAMP].value == "off"
        told = await daemon.routines.routines.run(made.routine.id, OWNER)
        assert daemon.mirror.states[LAMP].value == "on", told
        (run,) = daemon.routines.book.runs(made.routine.id)
        entry = daemon.audit.entry(run.entries[0])
        assert run.status == "done"
        assert entry is not None
        assert entry.origin is not None
        assert (entry.origin.channel, entry.origin.person, entry.origin.routine) == ("routine", "anna", made.routine.id)


async def test_what_waits_over_a_stop_is_held_and_what_was_made_is_there_after_a_restart(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        made = await daemon.routines.routines.add(spec(), replace(OWNER, conversation="another"))
        assert made.routine is not None, made.text
        daemon.stop.engage("a test", OWNER)
        await daemon.routines.routines.run(made.routine.id, OWNER)
        assert daemon.mirror.states[LAMP].value == "off"
    async with living(tmp_path) as daemon:
        assert made.routine.id in {one.id for one in daemon.routines.routines.list(OWNER)}
        assert daemon.mirror.states[LAMP].value == "off"
