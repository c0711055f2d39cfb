"""Where talk about routines stands in a turn: after words to Claw itself, before everything else."""

from pathlib import Path

from claw.base.action import Origin, Reply
from tests.living import OWNER, living


class Answering:
    """Talk about routines that answers everything, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def answer(self, text: str, origin: Origin) -> Reply | None:
        del origin
        self.asked.append(text)
        return Reply("It is scheduled.", "done")


async def test_what_is_about_later_comes_after_words_to_claw_and_before_everything_else(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        talk = daemon.desk._in.turn._routines = Answering()
        later = ["remind me to water the plants", "turn on the kitchen lights at ten"]
        for text in later:
            assert (await daemon.desk.say(text, OWNER)).text == "It is scheduled."
        for text in ("undo", "turn the \u200boven off at ten", "stop"):
            assert (await daemon.desk.say(text, OWNER)).text != "It is scheduled."
        assert talk.asked == later
        assert daemon.stop.engaged
        assert daemon.mirror.states["light.kitchen_ceiling"].value == "off"
