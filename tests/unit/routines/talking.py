"""Routines as talk sees them, kept in memory: what was asked for, and when it would be due."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from claw.base.action import Action, Origin, Outcome, Reply
from claw.daemon.demo import FOLDER
from claw.gate.perform import Performed
from claw.house.backend import Link
from claw.house.file import load_house
from claw.house.mirror import Mirror
from claw.house.model import House
from claw.mind.intents import Intents
from claw.policy.people import People, Person
from claw.routines.due import dues
from claw.routines.model import Firing, Routine, Run
from claw.routines.place import place_of
from claw.routines.routines import Told
from claw.routines.spec import Acts, At, Cron, Every, Once, Prompts, Runs, Says, Spec, Sun
from claw.routines.talk import RoutineTalk, TalkRooms
from tests.held_clock import HeldClock

START = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
"""A Saturday, six in the evening in Berlin."""
ANNA = Origin("web", person="anna", authenticated=True, conversation="talk", language="en")
PEOPLE = People(
    (
        Person("anna", "Anna", "owner", entity="person.anna"),
        Person("ben", "Ben", "adult", entity="person.ben"),
        Person("mia", "Mia", "child", entity="person.mia"),
    )
)


@dataclass
class FakeRoutines:
    """Does whatever is asked and keeps it; ``refuses`` is why not."""

    clock: HeldClock
    house: House
    kept: dict[str, Routine] = field(default_factory=dict[str, Routine])
    asked: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    refuses: str = ""
    state: Any = "on"

    def get(self, routine: str, origin: Origin) -> Routine | None:
        del origin
        return self.kept.get(routine)

    def list(self, origin: Origin, *, over: bool = False) -> tuple[Routine, ...]:
        del origin, over
        return tuple(one for one in self.kept.values() if one.state != "removed")

    def own(self, routine: Routine, origin: Origin) -> bool:
        return routine.made_by.person == origin.person

    def next(self, routine: Routine, most: int = 3) -> tuple[datetime, ...]:
        kept, place = self.kept[routine.id], place_of(self.house.registry)
        after = self.clock.now()
        moments: list[datetime] = []
        for one in kept.spec.when:
            if isinstance(one, (At, Cron, Every, Once, Sun)):
                moments += dues(one, after, after + timedelta(days=400), place, kept.created, most + 9)
        coming = sorted(moments)
        return tuple(one for one in coming if place.wall(one).date() not in kept.skips)[:most]

    def history(
        self, origin: Origin, routine: str | None = None, *, limit: int = 50, before: datetime | None = None
    ) -> tuple[Run, ...]:
        del origin, limit, before
        firing = Firing(routine or "", 0, self.clock.now(), "k")
        return (Run(1, routine or "", firing, "held", "the stop was engaged"),)

    async def add(self, spec: Spec, origin: Origin, *, said: str = "") -> Told:
        return self._done("add", Routine(f"r{len(self.kept) + 1}", spec, origin, self.clock.now(), self.state), said)

    async def change(self, routine: str, spec: Spec, origin: Origin, *, said: str = "") -> Told:
        del origin
        return self._done("change", replace(self.kept[routine], spec=spec), said)

    async def pause(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        del origin
        return self._done("pause", replace(self.kept[routine], state="paused"), said)

    async def resume(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        del origin
        return self._done("resume", replace(self.kept[routine], state="on"), said)

    async def skip(self, routine: str, origin: Origin, *, days: Sequence[date] = (), said: str = "") -> Told:
        del origin
        skips = frozenset(days or [date(2026, 11, 22)])
        return self._done("skip", replace(self.kept[routine], skips=skips), said)

    async def remove(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        del origin
        return self._done("remove", replace(self.kept[routine], state="removed"), said)

    async def adopt(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        return self._done("adopt", replace(self.kept[routine], made_by=origin), said)

    async def run(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        del origin
        return self._done("run", self.kept[routine], said)

    def _done(self, deed: str, routine: Routine, said: str) -> Told:
        self.asked.append((deed, routine.id, said))
        action = Action(f"claw.{deed}")
        if self.refuses:
            return Told(self.refuses, Performed((Outcome(action, "refused", self.refuses),)))
        self.kept[routine.id] = routine
        return Told(f"{deed} {routine.id}.", Performed((Outcome(action, "done"),)), routine)


@lru_cache(maxsize=1)
def demo() -> House:
    return load_house(FOLDER / "house.yaml")


@lru_cache(maxsize=8)
def ears(languages: tuple[str, ...], house: int | None) -> Intents:
    """Return what understands sentences, once for each house: its names take longer to learn than a test lasts."""
    del house
    return Intents(list(languages))


class Talking:
    """Talk about routines in the demo's house, with everything it asks for kept in memory."""

    def __init__(self, house: House | None = None, languages: Sequence[str] = ("en",), **rooms: Any) -> None:
        self.clock = HeldClock(START)
        self.house = house or demo()
        self.mirror = Mirror(self.clock)
        self.mirror.linked(Link("ready"))
        self.mirror.synced(self.house)
        self.intents = ears(tuple(languages), None if house is None else id(house))
        self.intents.refresh(self.house.registry)
        self.routines = FakeRoutines(self.clock, self.house)
        self.talk = RoutineTalk(
            TalkRooms(routines=cast("Any", self.routines), people=PEOPLE, **rooms),
            self.intents,
            self.mirror,
            self.clock,
        )

    async def say(self, text: str, origin: Origin = ANNA) -> Reply | None:
        return await self.talk.answer(text, origin)

    @property
    def last(self) -> Spec:
        return list(self.routines.kept.values())[-1].spec


def form(spec: Spec) -> str:
    """Say a spec in one line: kind, when, what, and what is special about it."""
    raw = spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    when = " / ".join(_flat(one) for one in raw["when"])
    rest = {key: raw[key] for key in ("only_if", "max_runs", "grace") if key in raw and raw[key] != "1 h"}
    extra = f" ? {_flat(rest)}" if rest else ""
    return f"{spec.kind}: {when} -> {'; '.join(_step(one) for one in spec.do)}{extra}"


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key}={_flat(one)}" for key, one in cast("dict[str, Any]", value).items())
    if isinstance(value, (list, tuple)):
        return ",".join(_flat(one) for one in cast("list[Any]", value))
    return str(value)


def _step(step: object) -> str:
    match step:
        case Acts(actions=acts):
            return " & ".join(
                " ".join((act.action, ",".join(act.entities), _flat(dict(act.data)))).strip() for act in acts
            )
        case Says(say=say, to=to, urgency=urgency):
            return f"say {to}{'!' if urgency == 'high' else ''} “{say}”"
        case Runs(skill=skill, arguments=arguments):
            return f"skill {skill} {_flat(dict(arguments))}".strip()
        case Prompts():
            return "prompt"
        case _:
            return "?"
