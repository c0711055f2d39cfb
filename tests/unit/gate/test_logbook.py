import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from claw.base.action import SYSTEM, Action, Decision, Json, Origin, Outcome, OutcomeStatus
from claw.base.errors import Broken
from claw.gate.logbook import A_MINUTE, LOG, MOST_WAITING, QUIET_S, Logbook
from claw.gate.perform import Performed
from claw.gate.stop import Stop
from claw.policy.people import People, Person
from tests.held_clock import HeldClock

ANNA = Origin("web", "anna", authenticated=True)
PEOPLE = People([Person("anna", "Anna {{ states }}", "owner"), Person("ben", "Ben", "adult")])


class Desk:
    """A gate that records what it is asked, or misbehaves."""

    def __init__(self, folder: Path) -> None:
        self.clock = HeldClock()
        self.stop = Stop(folder, self.clock)
        self.notes: list[Action] = []
        self.status: OutcomeStatus = "sent"
        self.error: Exception | None = None
        self.hold: asyncio.Event | None = None
        self.logbook = Logbook(self.perform, self.stop, PEOPLE, self.clock, self.clock)

    async def perform(self, actions: Sequence[Action], origin: Origin) -> Performed:
        assert origin is SYSTEM
        if self.hold is not None:
            await self.hold.wait()
        if self.error is not None:
            raise self.error
        self.notes += actions
        return Performed(tuple(Outcome(action, self.status) for action in actions))

    def did(
        self, name: str = "light.turn_on", *entities: str, status: OutcomeStatus = "done", by: Origin = ANNA
    ) -> None:
        decision = Decision("allow", "comfort", "")
        action = Action(name, entities or ("light.hall",))
        self.logbook.take(Outcome(action, status, "", 42, decision), by)

    async def told(self) -> list[Json]:
        for _ in range(20):
            await asyncio.sleep(0)
        return [(dict(note.data).get("entity_id"), note.data["message"]) for note in self.notes]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_it_says_who_and_why(desk: Desk) -> None:
    desk.did(by=Origin("web", "ben", authenticated=True))
    desk.did("lock.unlock", "lock.front", by=Origin("voice:hall", place="hall"))
    assert await desk.told() == [
        ("light.hall", "turned on for Ben (web), rule comfort, entry 42"),
        ("lock.front", "unlocked for somebody (voice:hall), rule comfort, entry 42"),
    ]
    assert [note.name for note in desk.notes] == [LOG, LOG]
    assert desk.notes[1].data["domain"] == "lock"


async def test_nothing_in_a_note_begins_a_template(desk: Desk) -> None:
    desk.did()
    ((_, message),) = await desk.told()
    assert message == "turned on for Anna (( states )) (web), rule comfort, entry 42"


@pytest.mark.parametrize("status", ["failed", "refused", "unchanged", "unknown", "sent"])
async def test_only_what_was_done_is_noted(desk: Desk, status: OutcomeStatus) -> None:
    desk.did(status=status)
    assert desk.logbook._worker is None
    assert await desk.told() == []


async def test_a_note_is_not_noted_and_an_act_on_nothing_neither(desk: Desk) -> None:
    desk.logbook.take(Outcome(Action(LOG, ("light.hall",)), "done"), SYSTEM)
    desk.logbook.take(Outcome(Action("claw.notify"), "done"), ANNA)
    assert await desk.told() == []


async def test_more_than_thirty_in_a_minute_are_one_line(desk: Desk) -> None:
    for _ in range(A_MINUTE + 15):
        desk.did()
    assert len(await desk.told()) == A_MINUTE
    await desk.clock.advance(61)
    told = await desk.told()
    assert len(told) == A_MINUTE + 1
    assert told[-1] == (None, "did 15 more things; its own log has them all")


async def test_what_waits_has_an_end(desk: Desk) -> None:
    desk.hold = asyncio.Event()
    for _ in range(MOST_WAITING * 3):
        desk.did("light.turn_on", "light.a", "light.b")
    assert len(desk.logbook._waiting) <= MOST_WAITING
    desk.hold.set()
    await desk.told()
    await desk.clock.advance(61)
    told = await desk.told()
    assert told[-1][1] == f"did {MOST_WAITING * 6 - A_MINUTE} more things; its own log has them all"


async def test_an_act_is_never_held_up_or_failed_by_its_note(desk: Desk) -> None:
    desk.hold = asyncio.Event()
    desk.did()
    assert desk.notes == []
    desk.hold.set()
    desk.error = Broken("the log cannot be written")
    await desk.told()
    desk.did()  # raises nothing
    await desk.logbook.close()


@pytest.mark.parametrize("status", ["refused", "failed", "unknown"])
async def test_where_it_may_not_or_cannot_be_noted_it_is_quiet_for_a_while(desk: Desk, status: OutcomeStatus) -> None:
    desk.status = status
    desk.did("light.turn_on", "light.a", "light.b")
    await desk.told()
    desk.did()
    assert len(await desk.told()) == 1
    await desk.clock.advance(QUIET_S)
    desk.did()
    assert len(await desk.told()) == 2


@pytest.mark.parametrize("asked", [True, False])
async def test_a_note_that_breaks_or_would_have_to_be_asked_about_is_not_tried_again_soon(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, asked: bool
) -> None:
    async def asks(actions: Sequence[Action], origin: Origin) -> Performed:
        del origin
        desk.notes += actions
        if asked:
            return Performed()
        raise Broken("the log cannot be written")

    monkeypatch.setattr(desk.logbook, "_perform", asks)
    desk.did()
    await desk.told()
    desk.did()
    assert len(await desk.told()) == 1


async def test_what_waits_is_forgotten_at_a_stop_also_what_was_only_counted(desk: Desk) -> None:
    desk.hold = asyncio.Event()
    for _ in range(MOST_WAITING):
        desk.did("light.turn_on", "light.a", "light.b")
    await asyncio.sleep(0)
    desk.logbook.clear()
    desk.hold.set()
    assert len(await desk.told()) == 1
    await desk.clock.advance(61)
    assert len(await desk.told()) == 1


async def test_a_note_that_the_stop_refused_does_not_make_it_quiet_after_the_reset(desk: Desk) -> None:
    desk.hold = asyncio.Event()
    desk.status = "refused"
    desk.did()
    await asyncio.sleep(0)
    desk.stop.engage("test", ANNA)
    desk.hold.set()
    await desk.told()
    desk.stop.reset("fine", console=True, adult=False)
    desk.status = "sent"
    desk.did()
    assert len(await desk.told()) == 2


async def test_closing_ends_the_note_that_is_under_way(desk: Desk) -> None:
    await desk.logbook.close()
    desk.hold = asyncio.Event()
    desk.did()
    await asyncio.sleep(0)
    worker = desk.logbook._worker
    assert worker is not None
    await desk.logbook.close()
    assert worker.cancelled()
    assert desk.notes == []


async def test_nothing_is_noted_while_stopped(desk: Desk) -> None:
    desk.hold = asyncio.Event()
    desk.did()
    desk.did()
    await asyncio.sleep(0)
    desk.stop.engage("test", ANNA)
    desk.logbook.clear()
    desk.hold.set()
    desk.did()
    assert not desk.logbook._waiting
    assert len(await desk.told()) <= 1


async def test_what_waited_when_the_stop_came_is_not_noted(desk: Desk) -> None:
    desk.did()
    desk.stop.engage("test", ANNA)
    assert await desk.told() == []
