"""Memory as the rooms above write it: through the gate, with what came of it or one reason back."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from claw.audit.log import AuditLog
from claw.base.action import Action, Origin, Outcome
from claw.base.errors import Refused
from claw.base.permit import PermitDesk
from claw.gate.perform import Performed
from claw.memory.effector import Remembering, Rooms
from claw.memory.memories import Memories
from claw.memory.residents import Consent
from tests.memory_room import ANNA, BEN, BY_BEN, GUS, PEOPLE, SEEN, Shelf, allergy, name, school, shelf


@dataclass
class Door:
    """A gate that allows everything but what ``denies`` names, and remembers what it was asked."""

    audit: AuditLog
    permits: PermitDesk
    effector: Remembering | None = None
    denies: str = ""
    asked: list[tuple[Action, Origin, str]] = field(default_factory=list)

    async def perform(self, actions: Sequence[Action], origin: Origin, *, said: str = "") -> Performed:
        [action] = actions
        self.asked.append((action, origin, said))
        number = await self.audit.append("intent", {"said": said}, origin=origin)
        if self.denies:
            return Performed((Outcome(action, "refused", self.denies, number),))
        assert self.effector is not None
        try:
            await self.effector.perform(self.permits.issue(action, number), action)
        except Refused as error:
            return Performed((Outcome(action, "refused", str(error), number),))
        return Performed((Outcome(action, "done", "", number),))


@dataclass(frozen=True)
class Room:
    kept: Shelf
    door: Door
    memories: Memories


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    kept = shelf(tmp_path / "claw.db")
    audit, permits = AuditLog.open(tmp_path / "audit.db", kept.wall), PermitDesk(kept.wall)
    door = Door(audit, permits)
    rooms = Rooms(kept.admission, kept.episodes, kept.residents, PEOPLE.role, name)
    door.effector = Remembering(permits, audit, rooms)
    yield Room(kept, door, Memories(door, door.effector))
    await audit.close()


async def test_what_is_told_is_kept_and_given_back(room: Room) -> None:
    answer = await room.memories.tell(school("Oak"), ANNA, said="remember that Carl goes to Oak")
    assert answer.kept is not None
    assert (answer.kept.memory.status, answer.kept.memory.author) == ("active", "anna")
    assert answer.performed.outcomes[0].status == "done"
    [(action, origin, said)] = room.door.asked
    assert (action.name, origin, said) == ("claw.remember", ANNA, "remember that Carl goes to Oak")


async def test_what_may_not_be_kept_is_refused_before_anything_of_it_is_in_the_log(room: Room) -> None:
    secret = replace(school("Oak"), sentence="The wifi password is sunflower.")
    told = room.kept.facts.keep(school("Elm"), BY_BEN).memory
    for attempt in (
        room.memories.tell(secret, ANNA),
        room.memories.tell(school("Oak"), ANNA, said="my pin is 1 2 3 4, and Carl goes to Oak"),
        room.memories.correct(told.id, secret, BEN),
        room.memories.consent("anna", ANNA),
    ):
        with pytest.raises(Refused):
            await attempt
    with pytest.raises(Refused):
        room.memories.action(secret, ANNA)
    assert room.door.asked == []


async def test_what_the_gate_refuses_is_not_kept_and_says_why(room: Room) -> None:
    room.door.denies = "not for you"
    answer = await room.memories.tell(school("Oak"), ANNA)
    assert (answer.kept, answer.performed.outcomes[0].detail) == (None, "not for you")
    assert room.kept.facts.active() == []


async def test_a_mistake_is_put_right(room: Room) -> None:
    first = await room.memories.tell(school("Oak"), BEN)
    assert first.kept is not None
    answer = await room.memories.correct(first.kept.memory.id, school("Elm"), BEN, said="no, Elm")
    assert answer.kept is not None
    assert answer.kept.before is not None
    assert [one.fact.value for one in room.kept.facts.active()] == ["Elm"]
    other = await room.memories.correct(99, school("Ash"), BEN)
    assert other.kept is None
    assert other.performed.outcomes[0].status == "refused"


async def test_a_proposal_gets_its_yes_or_no_and_a_memory_its_pin(room: Room) -> None:
    nuts, milk = (room.kept.facts.keep(allergy(food), SEEN, status="candidate").memory for food in ("nuts", "milk"))
    yes, no = await room.memories.settle(nuts.id, BEN, yes=True), await room.memories.settle(milk.id, BEN, yes=False)
    assert yes.kept is not None
    assert no.kept is not None
    assert (yes.kept.memory.status, no.kept.memory.status) == ("active", "rejected")
    assert (await room.memories.settle(nuts.id, GUS, yes=True)).kept is None
    pinned = await room.memories.pin(nuts.id, BEN)
    assert pinned.kept is not None
    assert pinned.kept.memory.pinned


async def test_a_consent_is_given_back_as_it_stands_now(room: Room) -> None:
    answer = await room.memories.consent("ben", BEN, habits=True, said="you may learn my habits")
    assert (answer.consent, answer.kept) == (Consent(habits=True), None)
    assert (await room.memories.consent("ben", BEN, talks=True)).consent == Consent(habits=True, talks=True)
    assert (await room.memories.consent("ben", ANNA, talks=True)).consent is None


async def test_an_action_for_a_larger_plan_is_the_same_one(room: Room) -> None:
    action = room.memories.action(school("Oak"), ANNA, said="remember that Carl goes to Oak", by="program")
    await room.memories.tell(school("Oak"), ANNA, said="remember that Carl goes to Oak", by="program")
    assert room.door.asked[0][0] == action
