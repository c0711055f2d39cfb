"""Talk about later through a whole daemon: what is set up goes through the one door, and nothing of it happens now."""

from dataclasses import replace
from pathlib import Path

from claw.base.action import Origin, Reply
from claw.daemon.build import Daemon
from claw.routines.model import Routine
from tests.living import NOBODY, OWNER, living

BEN = replace(OWNER, person="ben", conversation="ben", source="ben")
LATER = (
    "every weekday at seven turn on the kitchen lights",
    "in 20 minutes turn on the kitchen lights",
    "at sunset turn on the kitchen lights",
    "when the last person leaves turn on the kitchen lights",
    "schalte jeden Tag um halb acht das Licht in der Küche ein",
)


async def say(daemon: Daemon, text: str, origin: Origin = OWNER) -> Reply:
    return await daemon.desk.say(text, origin)


def made_of(daemon: Daemon) -> list[Routine]:
    """Return what people set up: what guards life is there from the start."""
    return [one for one in daemon.routines.book.all() if not one.safety]


async def test_what_is_for_later_is_judged_logged_and_does_nothing_now(tmp_path: Path) -> None:
    async with living(tmp_path, languages=("en", "de")) as daemon:
        await say(daemon, "turn off the kitchen lights")
        before = len(daemon.audit.entries(0, 5000, kinds=("intent",)))
        for text in LATER:
            reply = await say(daemon, text)
            assert (reply.status, reply.path, reply.tokens_in) == ("done", "intent", 0), reply.text
        intents = daemon.audit.entries(0, 5000, kinds=("intent",))[before:]
        assert [str(one.payload).count("claw.schedule") > 0 for one in intents] == [True] * len(LATER)
        assert len(made_of(daemon)) == len(LATER)
        assert daemon.mirror.states["light.kitchen_ceiling"].value == "off"

        # A list is for whoever it was told to, in the talk it was told in.
        listed = await say(daemon, "what is scheduled")
        assert listed.text.count("\n") == len(LATER)
        assert (await say(daemon, "cancel the first one", BEN)).status == "unclear"
        assert len(made_of(daemon)) == len(LATER)
        assert (await say(daemon, "cancel the first one")).status == "done"
        assert len(made_of(daemon)) == len(LATER) - 1


async def test_while_claw_is_stopped_nothing_is_set_up_and_what_is_there_is_told(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        assert (await say(daemon, "set a tea timer for 4 minutes")).status == "done"
        await say(daemon, "stop")
        refused = await say(daemon, "every day at seven turn on the kitchen lights")
        assert refused.status in {"stopped", "refused"}
        assert len(made_of(daemon)) == 1
        assert "left on" in (await say(daemon, "how long is left on the tea timer")).text
        assert (await say(daemon, "cancel the tea timer")).status in {"stopped", "refused"}
        assert len(made_of(daemon)) == 1


async def test_a_voice_that_nobody_knows_sets_up_little_and_hears_that_it_ends(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        made = await say(daemon, "at ten turn off the hall light", NOBODY)
        assert made.status == "done", made.text
        assert "set up by a voice that I do not know" in made.text
        for text in ("unlock the front door at eight", "at ten turn off the kitchen lights"):
            assert (await say(daemon, text, NOBODY)).status != "done", text
        assert (await say(daemon, "when I come home turn on the hall light", NOBODY)).status == "unclear"
        assert len(made_of(daemon)) == 1


async def test_a_phrase_of_a_skill_at_a_time_runs_that_skill(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        reply = await say(daemon, "every day at eight in the evening laundry check")
        assert reply.status == "done", reply.text
        (routine,) = made_of(daemon)
        assert routine.spec.do[0].model_dump(exclude_defaults=True)["skill"] == "laundry-done"


async def test_what_is_said_by_half_is_forgotten_with_the_rest(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        asked = await say(daemon, "remind me to call Grandmother Ottilie")
        assert asked.text == "When shall I remind you?"
        other = replace(OWNER, conversation="another")
        said = ("remember that Ottilie is allergic to nuts", "forget everything about me", "yes")
        replies = [(await say(daemon, text, other)).text for text in said]
        assert daemon.routines.talk._recents.of(OWNER).said == "", replies
        assert "Ottilie" not in str(vars(daemon.routines.talk._recents))
