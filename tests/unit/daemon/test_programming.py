"""What runs programs is made when the first one runs, with or without a model."""

from pathlib import Path

from claw.base.erasure import Erasure
from claw.daemon.run import _take_up
from claw.program.ran import Written
from tests.living import OWNER, living

LAMP = 'await call("light.turn_on", "light.kitchen_sink")'


async def test_a_house_without_a_model_runs_programs_from_the_first_one_on(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        assert not daemon.programming.made
        assert daemon.programming.erase(Erasure(everything=True)) == 0
        assert not daemon.programming.made, "there was nothing to forget, so nothing had to be made"
        made: list[object] = []
        daemon.programming.when_made(made.append)
        running = daemon.programming()
        assert daemon.programming() is running
        assert made == [running]
        ran = await running.programs.run(LAMP, OWNER, "light the sink", Written())
        assert ran.problem is None
        assert daemon.mirror.states["light.kitchen_sink"].value == "on"
        found = await running.programs.run('find("sink", domain="light")', OWNER, "which", Written())
        assert found.value == ["light.kitchen_sink"]


async def test_what_waited_when_a_house_without_a_model_ended_is_taken_up(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        ran = await daemon.programming().programs.run('await ask("Which one?", ["a", "b"])', OWNER, "one", Written())
        assert ran.question is not None
        assert daemon.programming.left
    async with living(tmp_path) as daemon:
        assert daemon.programming.left
        assert not daemon.programming.made
        await _take_up(daemon)
        assert daemon.programming.made
        asked = daemon.programming().programs.asked_in(OWNER.conversation)
        assert asked is not None
        assert asked.text == "Which one?"
        assert daemon.programming.erase(Erasure(everything=True)) == 1
        assert not daemon.programming.left


async def test_the_first_skill_that_runs_makes_it_and_nothing_before(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await _take_up(daemon)
        await daemon.desk.say("turn on the kitchen lights", OWNER)
        await daemon.desk.say("movie", OWNER)
        assert not daemon.programming.made
        reply = await daemon.desk.say("movie night in the kitchen", OWNER)
        assert (reply.path, daemon.programming.made) == ("skill", True)
