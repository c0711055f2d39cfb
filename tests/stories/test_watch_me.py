"""Somebody shows Claw by hand what a skill is to do: on the simulated house, through the whole daemon."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from claw.base.action import Origin, Reply
from claw.daemon.build import Daemon
from claw.house.model import Cause
from claw.house.simulated import SimulatedHouse
from claw.skills.model import MANIFEST, Standing
from tests.living import OWNER, living

CEILING, LAMP, CURTAIN = "light.living_room_ceiling", "light.living_room_lamp", "cover.living_room_curtain"
BEN = replace(OWNER, person="ben", conversation="ben")
MIA = replace(OWNER, person="mia", conversation="mia")
NAME = "reading-time"


@dataclass
class Home:
    """A whole daemon in the demo's house, and hands in it."""

    daemon: Daemon

    @property
    def house(self) -> SimulatedHouse:
        assert isinstance(self.daemon.backend, SimulatedHouse)
        return self.daemon.backend

    async def say(self, text: str, by: Origin = OWNER) -> Reply:
        return await self.daemon.desk.say(text, by)

    async def hand(self, entity: str, value: str, cause: Cause | None = None, **attributes: Any) -> None:
        """Have a hand on a switch, or what ``cause`` says, move a thing."""
        self.house.set_state(entity, value, cause=cause, **attributes)
        await asyncio.sleep(0)

    async def show(self) -> str:
        """Show how it is for reading: ceiling off, lamp at 30 %, curtain shut; return what Claw saw."""
        await self.say("watch me")
        await self.hand(CEILING, "off", brightness=None, color_mode=None)
        await self.hand(LAMP, "on", brightness=77, color_mode="color_temp", color_temp_kelvin=2200)
        await self.hand(CURTAIN, "closed", current_position=0)
        return (await self.say("that's it")).text

    def manifest(self, name: str = NAME) -> dict[str, Any]:
        return yaml.safe_load(self.daemon.skills.library.files(name)[MANIFEST])

    def standing(self, name: str = NAME) -> Standing | None:
        return self.daemon.skills.lives.standings.of(name)

    def calls(self, name: str = NAME) -> list[str]:
        return [f"{one['call']} {' '.join(one['on']['entity'])}" for one in self.manifest(name)["may"]]

    async def proved(self, name: str = NAME) -> Standing:
        """Wait until its proof is done."""
        for _ in range(1200):
            standing = self.standing(name)
            report = self.daemon.skills.lives.standings.report(name, standing.hash) if standing else None
            if standing is not None and report is not None:
                assert report.green, report.failed()[:3]
                if standing.state in {"tested", "shadow", "trusted"} and self.daemon.skills.lives.offers.open():
                    return standing
            await asyncio.sleep(0.05)
        raise AssertionError(f"not proved: {self.standing(name)}")

    def seen(self) -> dict[str, object]:
        states = self.daemon.mirror.states
        return {
            "ceiling": states[CEILING].value,
            "lamp": (states[LAMP].value, states[LAMP].attributes.get("brightness")),
            "curtain": states[CURTAIN].value,
        }


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    async with living(tmp_path) as daemon, daemon.desk.feed(OWNER):  # somebody there to be asked
        daemon.skills.start()
        yield Home(daemon)


async def test_what_was_shown_by_hand_is_done_again_at_a_word(home: Home) -> None:
    seen = await home.show()
    assert seen.splitlines()[1:4] == [
        "1. Living Room Ceiling: off",
        "2. the living room lamp: at 30 %, at 2200 K",
        "3. the living room curtain: closed",
    ]
    assert "Which of these values are fixed?" in seen
    told = await home.say("the brightness may change, call it reading time")
    assert told.status == "done", told.text
    assert home.calls() == [f"light.turn_off {CEILING}", f"light.turn_on {LAMP}", f"cover.close_cover {CURTAIN}"]
    manifest = home.manifest()
    assert list(manifest["parameters"]) == ["brightness"]
    assert manifest["provenance"]["made"] == "shown"

    await home.proved()
    agreed = await home.say("yes")  # to the question that came once its proof was green
    assert agreed.status in {"done", "answered"}, agreed.text
    standing = home.standing()
    assert standing is not None
    assert (standing.state, standing.accepted_by) == ("trusted", "anna")
    await home.hand(CEILING, "on", brightness=180, color_mode="brightness")
    await home.hand(LAMP, "off", brightness=None, color_mode=None)
    await home.hand(CURTAIN, "open", current_position=100)
    reply = await home.say("reading time at 60 %")
    assert (reply.path, reply.tokens_in, reply.tokens_out) == ("skill", 0, 0), reply.text
    assert home.seen()["ceiling"] == "off"
    assert home.seen()["lamp"] == ("on", 153)
    assert {outcome.action.name for outcome in reply.outcomes} == {
        "light.turn_off",
        "light.turn_on",
        "cover.close_cover",
    }
    assert "reading time" in (await home.say("what skills do you have", BEN)).text


async def test_a_skill_that_was_shown_runs_for_nobody_before_a_yes(home: Home) -> None:
    await home.show()
    await home.say("all are fixed, call it reading time")
    await home.proved()
    standing = home.standing()
    assert standing is not None
    assert (standing.made, standing.people, standing.accepted_by) == ("shown", ("anna",), "")
    assert standing.state in {"tested", "shadow"}
    await home.hand(CEILING, "on", brightness=180, color_mode="brightness")
    for by in (OWNER, BEN, MIA):
        assert (await home.say("reading time", by)).path != "skill"
    assert home.seen()["ceiling"] == "on"


async def test_what_opens_the_house_is_not_learned_by_watching(home: Home) -> None:
    await home.say("watch me")
    await home.hand("lock.front_door", "unlocked")
    await home.hand("cover.garage_door", "open")
    await home.hand(LAMP, "off")
    seen = (await home.say("that's it")).text
    assert "I leave out the front door and the garage door: what lets somebody in" in seen
    await home.say("all, call it going out")
    assert home.calls("going-out") == [f"light.turn_off {LAMP}"]


async def test_what_no_program_may_read_is_learned_all_the_same(home: Home) -> None:
    await home.say("watch me")
    await home.hand("media_player.living_room_tv", "on", source="HDMI 2", volume_level=0.2)
    await home.hand(LAMP, "on", effect="candle")
    seen = (await home.say("that's it")).text
    assert "on, at volume 20 %, set to HDMI 2" in seen
    await home.say("the volume may change, call it film corner")
    assert (await home.proved("film-corner")).state == "shadow"
    assert (await home.say("yes")).status in {"done", "answered"}
    await home.hand("media_player.living_room_tv", "off", source="HDMI 1", volume_level=0.5)
    await home.hand(LAMP, "on", effect="off")
    assert (await home.say("film corner at 35 %")).path == "skill"
    player = home.daemon.mirror.states["media_player.living_room_tv"]
    assert (player.value, player.attributes["source"], player.attributes["volume_level"]) == ("on", "HDMI 2", 0.35)
    assert home.daemon.mirror.states[LAMP].attributes["effect"] == "candle"


async def test_what_others_automations_and_claw_itself_did_is_not_learned(home: Home) -> None:
    home.house.set_state("person.ben", "home", user_id="u-ben")
    await home.say("watch me")
    await home.hand("light.porch", "on", Cause(user="u-ben"), brightness=200)
    await home.hand("light.hall_ceiling", "off", Cause(parent="motion"))
    await home.say("turn on the kitchen ceiling", BEN)
    await home.say("turn off the bedside lamp")
    await home.say("turn on the desk lamp")
    await home.hand(LAMP, "off")
    seen = (await home.say("that's it")).text
    assert "somebody else changed that" in seen
    told = await home.say("all, call it work corner")
    assert told.status == "done", told.text
    assert sorted(home.calls("work-corner")) == [
        "light.turn_off light.living_room_lamp",
        "light.turn_on light.office_desk",
    ]


async def test_a_child_or_a_voice_shows_nothing(home: Home) -> None:
    assert (await home.say("watch me", MIA)).status == "refused"
    assert (await home.say("watch me", Origin(channel="voice:hall", place="hall"))).status == "refused"
    await home.hand(LAMP, "off")
    assert (await home.say("that's it", MIA)).status != "pending"


async def test_the_stop_ends_it_and_nothing_of_it_is_left(home: Home) -> None:
    await home.say("watch me")
    await home.hand(LAMP, "off")
    await home.say("stop")
    assert home.daemon.skills.demonstrations.current() is None
    refused = await home.say("watch me")
    assert refused.status == "stopped"
    assert "stopped" in refused.text
    await home.daemon.skills.demonstrations.look()
    rows = home.daemon.memory.store.ground.db.conn.execute("select state, changes from demonstrations").fetchall()
    assert rows == [("stopped", "[]")]


async def test_never_mind_is_for_the_one_who_shows_something(home: Home) -> None:
    await home.show()
    await home.say("never mind", BEN)
    assert home.daemon.skills.demonstrations.current() is not None
    assert (await home.say("never mind")).text == "All right. I learn nothing from that."
    assert home.daemon.skills.demonstrations.current() is None
    assert (await home.say("never mind")).text != "All right. I learn nothing from that."


async def test_what_memory_would_take_for_a_nickname_is_the_name_while_it_is_asked(home: Home) -> None:
    await home.show()
    told = await home.say("call it reading time")
    assert "which of these values are fixed" in told.text
    assert (await home.say("all are fixed")).status == "done"
    assert home.standing() is not None


async def test_a_demonstration_survives_a_restart(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        first = Home(daemon)
        await first.say("watch me")
        await first.hand(CEILING, "off", brightness=None, color_mode=None)
    async with living(tmp_path) as daemon:
        second = Home(daemon)
        second.daemon.skills.start()
        await second.hand(CURTAIN, "closed", current_position=0)
        seen = (await second.say("that's it")).text
        assert "1. Living Room Ceiling: off" in seen
        assert "2. the living room curtain: closed" in seen
    async with living(tmp_path) as daemon:
        third = Home(daemon)
        third.daemon.skills.start()
        assert (await third.say("2 is fixed, call it dark room")).status == "done"
        assert third.calls("dark-room") == [f"light.turn_off {CEILING}", f"cover.close_cover {CURTAIN}"]


async def test_the_log_says_that_somebody_was_watched_and_not_what_they_did(home: Home) -> None:
    await home.show()
    await home.say("all, call it reading time")
    await home.daemon.audit.append("running", {})  # what is noted down is on disk with the next entry
    entries = home.daemon.audit.entries(0, 500, kinds=("skill",))
    told = [one for one in entries if one.payload is not None and "demonstration" in one.payload]
    assert [one.payload["what"] for one in told if one.payload] == ["watching", "watched", "made a draft of"]
    assert all(one.origin is not None and one.origin.person == "anna" for one in told)
    assert not any(LAMP in str(one.payload) for one in told)
