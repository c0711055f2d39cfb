"""When something is learned, and when it is not."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlite_utils import Database

from claw.base.action import Action, Origin, Outcome
from claw.base.errors import Refused
from claw.house.mirror import Mirror
from claw.program.ran import Ran
from claw.skills.learning import KNOWN, NOTHING, Learning
from claw.skills.model import Draft
from claw.skills.traces import Done, Traces
from claw.store.migrations import migrate
from tests.held_clock import HeldClock
from tests.learning_room import HOUSE, NOW, lights, off, on, written

ANNA = Origin("web", "anna", "hall", authenticated=True, conversation="c")
LAMP = "light.living_room_lamp"


class Room:
    """Learning with a library that only remembers."""

    def __init__(self) -> None:
        self.db = Database(memory=True)
        migrate(self.db)
        clock = HeldClock(NOW)
        mirror = Mirror(clock)
        mirror.synced(HOUSE)
        self.drafts: list[Draft] = []
        self.withdrawn: list[tuple[str, str]] = []
        self.followed: list[Callable[[str], None]] = []
        self.refuses = False
        self.traces = Traces(self.db, clock, {"anna": "owner", "ben": "adult"}.get)
        self.learning = Learning(self.traces, mirror, self.names, self.propose, self.withdraw, self)

    def names(self) -> list[str]:
        return [one.name for one in self.drafts]

    async def propose(self, draft: Draft, origin: Origin) -> str:
        if self.refuses:
            raise Refused("not now")
        assert origin.person in draft.people
        self.drafts.append(draft)
        return "learned"

    async def withdraw(self, name: str, why: str) -> None:
        self.withdrawn.append((name, why))

    def follow(self, outcomes: Sequence[Outcome], told: Callable[[str], None]) -> None:
        assert outcomes
        self.followed.append(told)

    async def did(self, said: str, *calls: Action, origin: Origin = ANNA) -> None:
        ran = Ran("r", tuple(Outcome(one, "done") for one in calls))
        self.learning.finished(Done(said, origin, "en", written(calls), ran, HOUSE, "scripted", 10, 1))
        for _ in range(200):
            await asyncio.sleep(0.001)
            if not self.learning._tasks:
                break


def cosy(room: str) -> tuple[str, Action]:
    return f"make it cosy in the {HOUSE.registry.areas[room].name}", on(*lights(room), brightness_pct=30)


async def test_the_second_similar_request_is_learned_once() -> None:
    room = Room()
    await room.did(*cosy("living_room"))
    assert room.drafts == []
    await room.did(*cosy("bedroom"))
    assert [(one.name, one.traces) for one in room.drafts] == [("make-it-cosy", (1, 2))]
    await room.did(*cosy("dining_room"))
    assert len(room.drafts) == 1
    assert [one.skill for one in room.traces.get([1, 2])] == ["make-it-cosy", "make-it-cosy"]


async def test_another_persons_request_or_another_thing_is_not_the_second() -> None:
    room = Room()
    await room.did(*cosy("living_room"))
    await room.did(*cosy("bedroom"), origin=replace(ANNA, person="ben"))
    await room.did("get ready to paint the bedroom wall", on(*lights("bedroom"), brightness_pct=100))
    await room.did("make it cosy in the hall", off(LAMP))
    assert room.drafts == []


async def test_what_was_undone_soon_does_not_count() -> None:
    room = Room()
    await room.did(*cosy("living_room"))
    room.followed[0]("undone")
    await room.did(*cosy("bedroom"))
    assert room.drafts == []


async def test_what_is_undone_after_it_was_learned_takes_the_offer_back() -> None:
    room = Room()
    await room.did(*cosy("living_room"))
    await room.did(*cosy("bedroom"))
    room.followed[1]("Anna turned Bedside Lamp off")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert room.withdrawn == [("make-it-cosy", "Anna turned Bedside Lamp off")]


async def test_what_one_request_did_otherwise_than_the_last_two_is_left_out() -> None:
    room = Room()
    await room.did("make it cosy in the living room", on(LAMP, rgb_color=[255, 140, 40]))
    await room.did("make it cosy in the living room", on(LAMP, rgb_color=[255, 147, 41]))
    assert room.drafts == []  # a colour that differs is no parameter, and once is no habit
    await room.did("make it cosy in the living room", on(LAMP, rgb_color=[255, 147, 41]))
    assert [one.traces for one in room.drafts] == [(2, 3)]


async def test_what_is_undone_while_it_is_made_is_not_learned() -> None:
    room = Room()
    await room.did(*cosy("living_room"))
    ran = Ran("r", (Outcome(cosy("bedroom")[1], "done"),))
    room.learning.finished(Done(cosy("bedroom")[0], ANNA, "en", written([cosy("bedroom")[1]]), ran, HOUSE))
    room.followed[0]("undone")
    await asyncio.gather(*room.learning._tasks)
    assert room.drafts == []


async def test_two_at_the_same_time_are_learned_once() -> None:
    room = Room()
    await room.did(*cosy("living_room"))
    for name in ("bedroom", "dining_room"):
        said, call = cosy(name)
        ran = Ran("r", (Outcome(call, "done"),))
        room.learning.finished(Done(said, ANNA, "en", written([call]), ran, HOUSE))
    await asyncio.gather(*room.learning._tasks)
    assert len(room.drafts) == 1


async def test_a_refusal_of_the_library_costs_no_answer_and_is_tried_again() -> None:
    room = Room()
    room.refuses = True
    await room.did(*cosy("living_room"))
    await room.did(*cosy("bedroom"))
    room.refuses = False
    await room.did(*cosy("dining_room"))
    assert [one.traces for one in room.drafts] == [(1, 2, 3)]


async def test_make_that_a_skill_takes_the_last_request_of_this_talk() -> None:
    room = Room()
    assert await room.learning.make(ANNA) == NOTHING
    await room.did(*cosy("living_room"))
    draft = await room.learning.make(ANNA, "reading time")
    assert isinstance(draft, Draft)
    assert draft.name == "reading-time"
    assert await room.learning.make(replace(ANNA, conversation="other")) == NOTHING
    assert await room.learning.make(replace(ANNA, person="ben")) == NOTHING
    await room.propose(draft, ANNA)
    assert await room.learning.make(ANNA) == KNOWN


async def test_make_says_why_it_cannot() -> None:
    room = Room()
    await room.did("cosy!", on(LAMP))
    assert "too short" in str(await room.learning.make(ANNA))
    assert isinstance(await room.learning.make(ANNA, "cosy time"), Draft)


async def test_a_disk_that_is_full_costs_no_answer() -> None:
    room = Room()
    room.db.execute("DROP TABLE skill_traces")
    await room.did(*cosy("living_room"))
    assert room.drafts == []


async def test_closing_ends_what_is_being_made() -> None:
    room = Room()

    async def for_ever(draft: Draft, origin: Origin) -> str:
        del draft, origin
        await asyncio.Event().wait()
        return ""

    room.learning._propose = for_ever
    await room.did(*cosy("living_room"))
    await room.did(*cosy("bedroom"))
    assert room.learning._tasks
    await room.learning.close()
    assert not room.learning._tasks
