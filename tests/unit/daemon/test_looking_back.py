"""What is taken back is told from the log of the same daemon."""

from pathlib import Path

from tests.living import OWNER, living


async def test_what_was_done_is_taken_back_and_told_by_the_daemon_that_did_it(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await daemon.desk.say("turn on the kitchen lights", OWNER)
        assert "Anna" in (await daemon.desk.say("who turned on the kitchen ceiling light", OWNER)).text
        await daemon.desk.say("undo", OWNER)
        assert daemon.mirror.states["light.kitchen_ceiling"].value == "off"
