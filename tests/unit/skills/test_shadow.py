"""A dry run is held against what was really done, by what becomes of the house."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from claw.base.action import Action, Json, Origin, Outcome
from claw.base.erasure import Erasure
from claw.house.backend import Link
from claw.house.file import parse_house
from claw.house.mirror import Mirror
from claw.skills.manifest import Manifest
from claw.skills.model import Skill
from claw.skills.runs import SkillRun
from claw.skills.shadow import Shadow, effects
from tests.gate_room import HOUSE
from tests.held_clock import HeldClock
from tests.life_room import ANNA, BEN

SKILL = Skill("reading-light", "", Manifest(version="1.0.0"), "", "", {}, "0" * 64)


def _on(percent: int | None = None, **data: Json) -> Action:
    return Action("light.turn_on", ("light.lamp",), data if percent is None else {"brightness_pct": percent})


OFF = Action("light.turn_off", ("light.lamp",))
LOCK = Action("lock.lock", ("lock.door",))
FREEZER = Action("switch.turn_off", ("switch.freezer",))


def _say(text: str) -> Action:
    return Action("claw.notify", (), {"to": "person:anna", "text": text})


@dataclass
class Life:
    """Takes note of what agreed."""

    counts: bool = True
    runs: list[SkillRun] = field(default_factory=list[SkillRun])

    def shadows(self, skill: Skill, origin: Origin) -> bool:
        del skill, origin
        return self.counts

    async def agreed(self, skill: Skill, run: SkillRun, origin: Origin, outcomes: object = ()) -> None:
        del skill, origin, outcomes
        self.runs.append(run)


@dataclass
class Beside:
    """A shadow with a house and a clock."""

    life: Life
    clock: HeldClock
    mirror: Mirror
    shadow: Shadow

    async def compared(self, dry: list[Action], real: list[Action], **origin: Json) -> list[bool | None]:
        self.shadow.begin(SKILL, {}, dry, ANNA, "reading light")
        done = [Outcome(action, "done", audit=5) for action in real]
        await self.shadow.finished(replace(ANNA, **origin), "reading light", done)
        return [run.held for run in self.life.runs]


@pytest.fixture
def beside() -> Beside:
    life, clock = Life(), HeldClock()
    mirror = Mirror(clock)
    mirror.synced(parse_house(HOUSE))
    mirror.linked(Link("ready"))
    return Beside(life, clock, mirror, Shadow(life, mirror, clock))


@pytest.mark.parametrize(
    ("dry", "real"),
    [
        ([_on(30)], [_on(30)]),
        ([_on(40)], [_on(brightness=102)]),
        ([_on(30), FREEZER], [FREEZER, _on(30)]),
        ([_on(30)], [OFF, _on(30)]),
        ([_on(30), LOCK], [_on(30)]),
        ([_on(10), _on(30)], [_on(30)]),
        ([_on(30), _say("a")], [_say("a"), _on(30)]),
    ],
    ids=["same", "in other units", "in another order", "already so", "locked already", "on the way", "said"],
)
async def test_the_same_house_afterwards_is_agreement(beside: Beside, dry: list[Action], real: list[Action]) -> None:
    assert await beside.compared(dry, real) == [True]
    [run] = beside.life.runs
    assert (run.mode, run.outcome, run.said, run.entry) == ("shadow", "agreed", "reading light", 5)


@pytest.mark.parametrize(
    ("dry", "real"),
    [
        ([_on(30)], [_on(31)]),
        ([_on(30)], [_on(30), FREEZER]),
        ([_on(30), FREEZER], [_on(30)]),
        ([_on(30)], []),
        ([], [_on(30)]),
        ([_say("a")], [_say("b")]),
        ([_say("a")], [_say("a"), _say("a")]),
        ([Action("light.turn_on", ("light.gone",))], [_on()]),
    ],
)
async def test_anything_else_is_none(beside: Beside, dry: list[Action], real: list[Action]) -> None:
    assert await beside.compared(dry, real) == [False]
    assert beside.life.runs[0].why.startswith("it would have done")


async def test_where_nothing_was_to_be_done_nothing_is_shown(beside: Beside) -> None:
    assert await beside.compared([OFF], [OFF]) == []
    assert await beside.compared([], []) == []


@pytest.mark.parametrize("status", ["failed", "refused", "unknown"])
async def test_what_did_not_go_well_is_no_measure(beside: Beside, status: str) -> None:
    beside.shadow.begin(SKILL, {}, [_on(30)], ANNA, "reading light")
    await beside.shadow.finished(ANNA, "reading light", [Outcome(_on(30), status)])  # type: ignore[arg-type]
    assert beside.life.runs == []


async def test_text_from_outside_that_came_in_on_the_way_makes_it_no_measure(beside: Beside) -> None:
    assert await beside.compared([_on(30)], [_on(30)], taint=("mail",)) == []
    beside.shadow.begin(SKILL, {}, [_on(30)], ANNA, "reading light")
    await beside.shadow.finished(ANNA, "reading light", [Outcome(_on(30), "done")], taint=("mail",))
    assert beside.life.runs == []


@pytest.mark.parametrize(
    ("origin", "said"), [(BEN, "reading light"), (replace(ANNA, conversation="c9"), "reading light"), (ANNA, "other")]
)
async def test_only_the_same_words_of_the_same_person_in_the_same_talk_are_compared(
    beside: Beside, origin: Origin, said: str
) -> None:
    beside.shadow.begin(SKILL, {}, [_on(30)], ANNA, "reading light")
    await beside.shadow.finished(origin, said, [Outcome(_on(30), "done")])
    assert beside.life.runs == []
    await beside.shadow.finished(ANNA, "reading light", [Outcome(_on(30), "done")])
    await beside.shadow.finished(ANNA, "reading light", [Outcome(_on(30), "done")])
    assert len(beside.life.runs) == 1


async def test_nothing_is_kept_of_whose_word_does_not_count_nor_for_long(beside: Beside) -> None:
    beside.life.counts = False
    assert await beside.compared([_on(30)], [_on(30)]) == []
    beside.life.counts = True
    beside.shadow.begin(SKILL, {}, [_on(30)], ANNA, "reading light")
    await beside.clock.advance(timedelta(minutes=11).total_seconds())
    beside.shadow.begin(SKILL, {}, [_on(30)], BEN, "another")
    await beside.shadow.finished(ANNA, "reading light", [Outcome(_on(30), "done")])
    assert beside.life.runs == []


async def test_at_most_five_wait(beside: Beside) -> None:
    for number in range(8):
        beside.shadow.begin(SKILL, {}, [_on(30)], ANNA, f"words {number}")
    assert len(beside.shadow._waiting) == 5


async def test_what_is_forgotten_is_let_go_of(beside: Beside) -> None:
    beside.shadow.begin(SKILL, {}, [_on(30)], ANNA, "reading light")
    beside.shadow.begin(SKILL, {}, [_on(30)], BEN, "another light")
    assert beside.shadow.erase(Erasure(person="anna")) == 1
    assert beside.shadow.erase(Erasure(words=("another light",), speakers=frozenset({"anna"}))) == 0
    assert beside.shadow.erase(Erasure(words=("another light",))) == 1


async def test_codes_that_are_said_are_masked(beside: Beside) -> None:
    beside.shadow.begin(SKILL, {}, [_on(30)], ANNA, "light 123456")
    await beside.shadow.finished(ANNA, "light 123456", [Outcome(_on(30), "done")])
    assert beside.life.runs[0].said == "light ****"


def test_effects_leave_the_house_as_it_was(beside: Beside) -> None:
    house = beside.mirror.house()
    before = dict(house.states)
    assert effects(house, [_on(30)])["light.lamp"][0] == "on"
    assert dict(house.states) == before
