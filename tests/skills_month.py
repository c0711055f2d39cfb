"""A household that wants the same things again and again, over a month in virtual time; a scripted model helps it.

Two people have their dozen of requests that no sentence of Claw understands, some every day, some twice a week, some in
other rooms or with other figures, and one a day that is never said again; beside them what is understood anyway.
Everything goes the way it goes in a house: sentences through the desk, programs through the sandbox and the gate, and
in the night somebody else puts the house back to how it was.
"""

import asyncio
import random
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from claw.base.action import Message, Origin, Reply
from claw.base.clock import SystemClock
from claw.base.config import ModelConfig
from claw.daemon.build import Daemon
from claw.daemon.staging import Staging
from claw.house.model import Cause
from claw.house.simulated import SimulatedHouse
from claw.skills.model import RUNS
from tests.living import living
from tests.peers.scripted_model import ScriptedModel

ZONE = ZoneInfo("Europe/Berlin")
FIRST = date(2026, 11, 2)  # a Monday
BYTES_A_TOKEN = 4
PATIENCE_S = 30.0
"""Real seconds within which a proof that runs beside everything else has to come to its end."""
EVERY, WORK, WEEKEND = tuple(range(7)), tuple(range(5)), (5, 6)
NIGHT = time(4, 0)


@dataclass(frozen=True)
class Wanted:
    """A request: on which days of the week, at what time, by whom, and in which words.

    ``said`` and ``program`` may hold ``{area}``, ``{name}`` of a room and ``{level}``, taken from ``rooms`` and
    ``levels`` anew each time.
    """

    said: str
    program: str
    clock: str
    days: Sequence[int] = EVERY
    odds: float = 0.9
    person: str = "anna"
    rooms: Sequence[tuple[str, str]] = (("living_room", "living room"),)
    levels: Sequence[int] = (40,)


WANTED = (
    Wanted(
        "make it cosy for breakfast",
        'await call("light.turn_on", ["light.kitchen_ceiling", "light.kitchen_counter"], brightness_pct=35)\n'
        'await call("cover.open_cover", "cover.kitchen_shade")',
        "06:40",
        WORK,
    ),
    Wanted(
        "I want to work with full concentration",
        'await call("light.turn_on", "light.office_desk", brightness_pct=100, color_temp_kelvin=4500)',
        "08:30",
        WORK,
        person="ben",
    ),
    Wanted(
        "the robot should do its round while we are out",
        'await call("vacuum.set_fan_speed", "vacuum.robot", fan_speed="max")\n'
        'await call("vacuum.start", "vacuum.robot")',
        "09:15",
        (0, 2, 4),
    ),
    Wanted(
        "a little music for cooking please",
        'await call("media_player.volume_set", "media_player.kitchen_speaker", volume_level=0.4)\n'
        'await call("media_player.media_play", "media_player.kitchen_speaker")',
        "17:30",
    ),
    Wanted(
        "dinner is on the table",
        'await call("light.turn_on", "light.dining_room_table", brightness_pct=60)\n'
        'await call("light.turn_off", ["light.kitchen_ceiling", "light.kitchen_counter"])\n'
        'await call("media_player.turn_off", "media_player.kitchen_speaker")',
        "18:40",
    ),
    Wanted(
        "reading mood at {level} percent in the {name}",
        'await call("light.turn_on", find(domain="light", area="{area}"), brightness_pct={level})',
        "20:00",
        odds=0.8,
        rooms=(("living_room", "living room"), ("bedroom", "bedroom"), ("dining_room", "dining room")),
        levels=(25, 35, 45),
    ),
    Wanted(
        "give the bathroom a good airing",
        'await call("fan.turn_on", "fan.bathroom")\nawait call("light.turn_on", "light.bathroom_mirror")',
        "07:10",
        odds=0.8,
        person="ben",
    ),
    Wanted(
        "get the bedroom ready for the night",
        'await call("cover.close_cover", "cover.bedroom_blinds")\n'
        'await call("light.turn_on", "light.bedroom_bedside", brightness_pct=20)\n'
        'await call("humidifier.turn_on", "humidifier.bedroom")',
        "21:30",
    ),
    Wanted(
        "yoga corner please",
        'await call("light.turn_on", "light.living_room_lamp", brightness_pct=15, color_temp_kelvin=2200)\n'
        'await call("media_player.turn_off", "media_player.kitchen_speaker")',
        "16:00",
        (1, 3, 5),
        person="ben",
    ),
    Wanted(
        "weekend brunch for the whole family",
        'await call("light.turn_on", "light.dining_room_table", brightness_pct=80)\n'
        'await call("cover.open_cover", ["cover.kitchen_shade", "cover.living_room_curtain"])',
        "10:00",
        WEEKEND,
    ),
    Wanted(
        "somebody is at the garden gate, let them see the way",
        'await call("light.turn_on", ["light.garden_path", "light.porch"])',
        "19:20",
        odds=0.3,
    ),
    Wanted(
        "the little one should calm down",
        'await call("light.turn_on", "light.kids_room_ceiling", brightness_pct=12)',
        "19:45",
        odds=0.85,
    ),
)
ONCE = (
    ("the video call needs a friendlier desk", 'await call("light.turn_on", "light.office_desk", brightness_pct=70)'),
    ("grandma is cold over there", 'await call("climate.set_temperature", "climate.living_room", temperature=22.5)'),
    ("the party starts in the lounge", 'await call("light.turn_on", "light.living_room_lamp", color_name="purple")'),
    ("I dropped something behind the sink", 'await call("light.turn_on", "light.kitchen_sink")'),
    ("the fish smell has to go", 'await call("fan.turn_on", "fan.living_room")'),
    ("our film projector is too dim now", 'await call("light.turn_off", "light.living_room_ceiling")'),
    ("it is stuffy where I type", 'await call("climate.set_hvac_mode", "climate.office", hvac_mode="fan_only")'),
    ("the neighbours want to hear nothing", 'await call("media_player.turn_off", "media_player.kitchen_speaker")'),
    ("a plumber comes to look at the heat pump", 'await call("light.turn_on", "light.hall_ceiling")'),
    ("Mia wants a blue ocean", 'await call("light.turn_on", "light.kids_room_ceiling", color_name="blue")'),
    ("half the curtain is enough", 'await call("cover.set_cover_position", "cover.living_room_curtain", position=50)'),
    ("my throat is dry up there", 'await call("humidifier.set_humidity", "humidifier.bedroom", humidity=55)'),
    ("we carry the bikes in", 'await call("light.turn_on", "light.garage_ceiling")'),
    ("the robot must not wake the baby", 'await call("vacuum.return_to_base", "vacuum.robot")'),
    ("show the cake in its best light", 'await call("light.turn_on", "light.dining_room_table", brightness_pct=95)'),
    ("the fountain should play for the photo", 'await call("switch.turn_on", "switch.garden_fountain")'),
    ("I print the tickets", 'await call("switch.turn_on", "switch.office_printer")'),
    (
        "a candle would be nice beside me",
        'await call("light.turn_on", "light.bedroom_bedside", color_temp_kelvin=2000)',
    ),
    ("too much sun on the worktop", 'await call("cover.close_cover", "cover.kitchen_shade")'),
    (
        "the song has to be louder for dancing",
        'await call("media_player.volume_set", "media_player.kitchen_speaker", volume_level=0.55)',
    ),
    ("an espresso for our visitor", 'await call("switch.turn_on", "switch.coffee_machine")'),
    ("steam is on the mirror", 'await call("fan.turn_on", "fan.bathroom")'),
    (
        "it may be a little fresher for sleeping",
        'await call("climate.set_temperature", "climate.bedroom", temperature=17)',
    ),
    ("the postman finds nothing in the dark", 'await call("light.turn_on", "light.porch", brightness_pct=60)'),
    ("let me see who rang", 'await call("media_player.turn_on", "media_player.living_room_tv")'),
    (
        "reading glasses are lost near the sofa",
        'await call("light.turn_on", "light.living_room_lamp", brightness_pct=100)',
    ),
    ("the tiles should dry", 'await call("light.turn_on", "light.bathroom_mirror")'),
    ("our guests sleep upstairs today", 'await call("cover.close_cover", "cover.bedroom_blinds")'),
    ("a storm comes over the terrace", 'await call("switch.turn_off", "switch.garden_fountain")'),
    ("the vacuum cleaner could be quieter", 'await call("vacuum.set_fan_speed", "vacuum.robot", fan_speed="silent")'),
)
"""What is said on one day of the month and never again."""
LOCAL = ("turn on the hall light", "is the front door locked", "turn off the porch light", "how warm is it outside")


class Wall(SystemClock):
    """A clock that shows what the story says; seconds pass as they do."""

    def __init__(self) -> None:
        self.at = datetime.combine(FIRST, NIGHT, ZONE).astimezone(UTC)

    def now(self) -> datetime:
        return self.at


@dataclass
class Day:
    """One day: requests that no sentence of Claw's understands, and what became of them."""

    number: int
    requests: int = 0
    local: int = 0
    tokens: int = 0
    calls: int = 0
    by_skill: int = 0
    skill_tokens: int = 0
    failed: int = 0
    skills: int = 0

    @property
    def per_request(self) -> float:
        return self.tokens / max(1, self.requests)


class Household:
    """Lives the month in one daemon; every offer of a skill is answered with yes."""

    def __init__(
        self, daemon: Daemon, model: ScriptedModel, wall: Wall, seed: int, wanted: Sequence[Wanted] = WANTED
    ) -> None:
        self.daemon, self.model, self.wall, self.wanted = daemon, model, wall, wanted
        self.random = random.Random(seed)
        self.offered: list[str] = []
        self.waits: list[str] = []
        self._taught: set[str] = set()
        assert isinstance(daemon.backend, SimulatedHouse)
        self.house = daemon.backend
        self.morning = dict(daemon.mirror.states)
        daemon.desk._in.messages.listeners.append(self._hear)

    def _hear(self, message: Message) -> None:
        if message.kind == "question":
            self.offered.append(message.text)
            self.waits.append(message.to.partition(":")[2])

    async def day(self, number: int) -> Day:
        """Live one day and its night."""
        day, today = Day(number + 1), FIRST + timedelta(days=number)
        for moment, person, said, program in sorted(self._plan(today), key=lambda one: one[0]):
            self.wall.at = max(self.wall.at, moment)
            if program is None:
                day.local += 1
                await self._say(person, said)
                continue
            before = len(self.model.requests)
            if said not in self._taught:
                self._taught.add(said)
                self.model.when(re.escape(said), program=program)
            reply = await self._say(person, said)
            asked = self.model.requests[before:]
            day.requests += 1
            day.calls += len(asked)
            tokens = sum((one.size + len(program.encode())) // BYTES_A_TOKEN for one in asked)
            day.tokens += tokens
            if reply.path == "skill":
                day.by_skill += 1
                day.skill_tokens += tokens
            day.failed += reply.status not in {"done", "started", "sent", "unchanged"}
            await self._rest()
        await self._night(today)
        day.skills = sum(
            one.made == "learned" and one.state in RUNS for one in self.daemon.skills.lives.standings.all()
        )
        return day

    def _plan(self, today: date) -> Iterator[tuple[datetime, str, str, str | None]]:
        for one in self.wanted:
            odds, (area, name) = self.random.random(), self.random.choice(one.rooms)
            level, minutes = self.random.choice(one.levels), self.random.uniform(-12, 12)
            if today.weekday() in one.days and odds < one.odds:
                words = {"{area}": area, "{name}": name, "{level}": str(level)}
                yield _at(today, one.clock, minutes), one.person, _filled(one.said, words), _filled(one.program, words)
        said, program = ONCE[(today - FIRST).days % len(ONCE)]
        yield _at(today, "15:00", 0), "anna", said, program
        for hour, said in enumerate(LOCAL, 11):
            yield _at(today, f"{hour}:00", 0), self.random.choice(("anna", "ben")), said, None

    async def _say(self, person: str, said: str) -> Reply:
        origin = Origin("web", person, authenticated=True, source="bench", conversation=person, strength="session")
        return await self.daemon.desk.say(said, origin)

    async def _rest(self) -> None:
        """Let what runs beside come to its end, and answer what was asked meanwhile."""
        await self._settled()
        self.wall.at += timedelta(minutes=1)
        for _ in range(4):
            await self._chores()
            if not self.waits:
                return
            whoever = self.waits.pop(0)
            await self._say(whoever, "yes")
            await self._settled()

    async def _settled(self) -> None:
        """Wait until nothing is learned or proved any more."""
        ends = asyncio.get_running_loop().time() + PATIENCE_S
        while self._busy():
            if asyncio.get_running_loop().time() > ends:
                raise TimeoutError("a proof does not come to its end")
            await asyncio.sleep(0.01)

    def _busy(self) -> bool:
        names = ("learning from", "proofs of skills")
        return any(task.get_name().startswith(names) for task in asyncio.all_tasks())

    async def _chores(self) -> None:
        for _, chore in self.daemon.skills.chores:
            await chore()

    async def _night(self, today: date) -> None:
        """Put the house back to how it was, long after anybody did anything, and look after what is due."""
        self.wall.at = _at(today + timedelta(days=1), "03:00", 0)
        for entity, state in self.morning.items():
            now = self.daemon.mirror.states[entity]
            moved = (now.value, now.attributes) != (state.value, state.attributes)
            if moved and not entity.startswith("group."):
                self.house.set_state(entity, state.value, cause=Cause("automation"), **state.attributes)
        await asyncio.sleep(0.05)


def _at(today: date, clock: str, minutes: float) -> datetime:
    return (datetime.combine(today, time.fromisoformat(clock), ZONE) + timedelta(minutes=minutes)).astimezone(UTC)


def _filled(text: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(name, word)
    return text


async def lived(
    days: int, seed: int, *, learns: bool, wanted: Sequence[Wanted] = WANTED
) -> tuple[list[Day], Household]:
    """Return the days of one month; where Claw does not ``learn``, every request goes to the model."""
    wall = Wall()
    with tempfile.TemporaryDirectory() as folder:
        async with ScriptedModel() as model:
            told = ModelConfig(base_url=model.base_url, name="scripted", tokens_per_day=10_000_000)
            async with living(Path(folder), model=told, staging=Staging(clock=wall, travel_s={})) as daemon:
                household = Household(daemon, model, wall, seed, wanted)
                if not learns:
                    assert daemon.thinking is not None
                    daemon.thinking.planner.finished.clear()
                return [await household.day(number) for number in range(days)], household
