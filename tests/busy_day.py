"""A few minutes of a busy house, as much of everything as a test of what is watched needs: by whom, what and how."""

from dataclasses import replace

from claw.base.action import Origin, Reply
from claw.daemon.build import Daemon
from tests.living import NOBODY, OWNER
from tests.peers.scripted_model import ScriptedModel

BEN = Origin(channel="web", person="ben", authenticated=True, source="ben", conversation="ben", strength="session")
MIA = replace(BEN, person="mia", source="mia", conversation="mia")
PROGRAM = 'await call("light.turn_on", "light.porch")\nawait call("light.turn_on", "light.garden_path")'


async def busy(daemon: Daemon, model: ScriptedModel) -> list[Reply]:
    """Live through it; return the replies in the order in which they were given."""
    desk = daemon.desk
    model.says(program=PROGRAM)
    said = [
        await desk.say("turn on the kitchen lights", OWNER),
        await desk.say("which lights are on", NOBODY),
        await desk.say("turn off the kitchen lights", BEN),
        await desk.say("unlock the front door", MIA),
        await desk.say("remember that Mia is allergic to nuts", OWNER),
        await desk.say("every weekday at seven open the bedroom blinds", OWNER),
        await desk.say("make it bright where people walk please", OWNER),
        await desk.say("unlock the front door", OWNER),
    ]
    said += [await desk.answer(question.id, OWNER, yes=True) for question in desk.pending(OWNER)]
    (routine,) = [one for one in daemon.routines.book.all() if one.made_by.person == "anna"]
    await daemon.routines.keeper.run_now(routine.id, OWNER)
    await daemon.audit.settle()
    return said
