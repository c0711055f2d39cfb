"""Whose it is to forget is decided before anything is touched; what may not be heard is answered as if it were not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.memory.erasing import Scope
from claw.memory.model import OWNERS, Fact, Told, private_to
from tests.forgetting_room import ANNA, BEN, GUEST, KIM, VOICE, ForgettingRoom, forgetting_room

SHARED = Fact("fact", "thing:boiler", "filter", "cartridge", "The boiler takes a cartridge filter")
ABOUT_KIM = Fact("fact", "person:kim", "allergic to", "cats", "Kim is allergic to cats")
PRIVATE = Fact("fact", "person:ben", "writes", "novel", "Ben writes a novel", visibility=private_to("ben"))
SECRET_GIFT = Fact("fact", "person:ben", "gets", "watch", "Ben gets a watch", visibility=private_to("anna"))
FOR_OWNERS = Fact("fact", "person:kim", "grounded", "may", "Kim is grounded in May", visibility=OWNERS)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[ForgettingRoom]:
    async with forgetting_room(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("fact", "teller", "asker", "refused"),
    [
        (SHARED, BEN, BEN, None),
        (SHARED, BEN, ANNA, None),
        (SHARED, ANNA, BEN, "memory 1 was told by somebody else: they can have it forgotten, or an owner"),
        (SHARED, ANNA, KIM, "memory 1 was told by somebody else: they can have it forgotten, or an owner"),
        (ABOUT_KIM, ANNA, KIM, None),
        (ABOUT_KIM, ANNA, BEN, "memory 1 was told by somebody else: they can have it forgotten, or an owner"),
        (PRIVATE, BEN, BEN, None),
        (PRIVATE, BEN, ANNA, "I know of no memory 1"),
        (SECRET_GIFT, ANNA, BEN, "I know of no memory 1"),
        (FOR_OWNERS, ANNA, KIM, "I know of no memory 1"),
        (SHARED, ANNA, GUEST, "I do not know who you are"),
        (SHARED, ANNA, VOICE, "I do not know who you are"),
        (SHARED, ANNA, Origin("voice:hall", "anna", authenticated=True), "I do not know who you are"),
    ],
)
async def test_who_told_it_or_is_meant_by_it_or_an_owner_may_have_it_forgotten(
    room: ForgettingRoom, fact: Fact, teller: Origin, asker: Origin, refused: str | None
) -> None:
    memory = await room.tell(fact, teller)
    before = room.audit.head().seq
    if refused is None:
        assert (await room.forgetting.forget(Scope.one(memory.id), asker)).verified
        assert room.facts.get(memory.id) is None
        return
    with pytest.raises(Refused, match=refused):
        await room.forgetting.forget(Scope.one(memory.id), asker)
    assert room.facts.get(memory.id) is not None
    assert room.audit.head().seq == before, "what is refused beforehand leaves no row that could be counted"


async def test_what_is_not_there_is_answered_exactly_as_what_may_not_be_heard(room: ForgettingRoom) -> None:
    memory = await room.tell(PRIVATE, BEN)
    told: set[str] = set()
    for number in (memory.id, 99):
        with pytest.raises(Refused) as refused:
            await room.forgetting.forget(Scope.one(number), ANNA)
        told.add(str(refused.value).replace(str(number), "N"))
    assert told == {"I know of no memory N"}


async def test_everything_of_a_person_is_theirs_to_forget_and_nobody_elses_notes_go_with_it(
    room: ForgettingRoom,
) -> None:
    for fact, teller in ((SHARED, BEN), (PRIVATE, BEN), (ABOUT_KIM, BEN)):
        await room.tell(fact, teller)
    gift = await room.tell(SECRET_GIFT, ANNA)
    forgotten = await room.forgetting.forget(Scope.about("ben"), BEN)
    assert forgotten.verified
    assert [one.id for one in room.facts.active()] == [gift.id]
    assert room.count("episodes") == 1


async def test_an_owner_has_only_the_households_knowledge_of_a_grown_up_forgotten(room: ForgettingRoom) -> None:
    private = await room.tell(PRIVATE, BEN)
    public = await room.tell(Fact("fact", "person:ben", "likes", "jazz", "Ben likes jazz"), BEN)
    await room.forgetting.forget(Scope.about("ben"), ANNA)
    assert room.facts.get(public.id) is None
    assert room.facts.get(private.id) is not None


async def test_an_owner_has_all_of_somebody_forgotten_who_has_no_say_of_their_own_here(room: ForgettingRoom) -> None:
    old = Origin("web", "old", authenticated=True, conversation="olds")
    for fact in (
        Fact("fact", "person:old", "hid", "locker", "Old hid it in locker", visibility=private_to("old")),
        Fact("fact", "house", "smells", "lavender", "The house smells of lavender"),
    ):
        await room.tell(fact, old)
    forgotten = await room.forgetting.forget(Scope.about("old"), ANNA)
    assert room.facts.active() == []
    assert room.left("locker", "lavender") == []
    assert "locker" not in forgotten.told


async def test_somebody_else_has_only_what_they_told_about_a_person_forgotten(room: ForgettingRoom) -> None:
    annas = await room.tell(ABOUT_KIM, ANNA)
    with pytest.raises(Refused, match="nothing of that kind"):
        await room.forgetting.forget(Scope.about("kim"), BEN)
    bens = await room.tell(Fact("fact", "person:kim", "likes", "chess", "Kim likes chess"), BEN)
    await room.forgetting.forget(Scope.about("kim"), BEN)
    assert room.facts.get(bens.id) is None
    assert room.facts.get(annas.id) is not None


async def test_only_an_owner_has_everything_forgotten(room: ForgettingRoom) -> None:
    await room.tell(PRIVATE, BEN)
    with pytest.raises(Refused, match="only an owner"):
        await room.forgetting.forget(Scope.all(), BEN)
    assert (await room.forgetting.forget(Scope.all(), ANNA)).verified
    assert [room.count(table) for table in ("memories", "evidence", "episodes", "passages")] == [0, 0, 0, 0]


async def test_the_last_hour_takes_what_came_in_it_and_brings_back_what_that_took_the_place_of(
    room: ForgettingRoom,
) -> None:
    friday = Fact("fact", "thing:bin", "collected on", "Friday", "The bins are collected on Friday")
    monday = Fact("fact", "thing:bin", "collected on", "Monday", "The bins are collected on Monday")
    old = await room.tell(friday, BEN)
    await room.clock.advance(7200)
    since = room.clock.now()
    await room.tell(monday, BEN)
    await room.tell(SHARED, ANNA)
    forgotten = await room.forgetting.forget(Scope.after(since), BEN)
    assert forgotten.verified
    assert {one.fact.sentence for one in room.facts.active()} == {friday.sentence, SHARED.sentence}
    again = room.facts.get(old.id)
    assert again is not None
    assert (again.status, again.retired, again.fact.valid_to) == ("active", None, None)
    found = room.db.conn.execute("select rowid from passages_fts where passages_fts match 'bins'").fetchall()
    assert len(found) == 1
    assert room.left("Monday") == []


async def test_forgetting_a_fact_takes_what_it_took_the_place_of_with_it(room: ForgettingRoom) -> None:
    first = Fact("fact", "person:kim", "school", "Oakfield", "Kim goes to Oakfield")
    second = Fact("fact", "person:kim", "school", "Elmhurst", "Kim goes to Elmhurst")
    await room.tell(first, ANNA)
    await room.clock.advance(60)
    memory = await room.tell(second, ANNA)
    assert room.count("memories") == 2
    await room.forgetting.forget(Scope.one(memory.id), ANNA)
    assert room.count("memories") == 0
    assert room.left("Oakfield", "Elmhurst") == []


async def test_the_last_hour_brings_back_what_was_put_right_in_it(room: ForgettingRoom) -> None:
    oak = Fact("fact", "person:kim", "school", "Oakfield", "Kim goes to Oakfield")
    elm = Fact("fact", "person:kim", "goes to", "Elmhurst", "Kim attends Elmhurst")
    old = await room.tell(oak, ANNA)
    await room.clock.advance(7200)
    since = room.clock.now()
    room.facts.correct(old.id, elm, Told("owner_told", "web", "anna", explicit=True, audit=1))
    assert [one.fact.sentence for one in room.facts.active()] == [elm.sentence]
    await room.forgetting.forget(Scope.after(since), ANNA)
    assert [one.fact.sentence for one in room.facts.active()] == [oak.sentence]


async def test_what_is_in_force_meanwhile_stays_in_force(room: ForgettingRoom) -> None:
    days = [Fact("fact", "thing:bin", "collected on", day, f"The bins go on {day}") for day in ("Friday", "Monday")]
    first = await room.tell(days[0], BEN)
    await room.clock.advance(7200)
    since = room.clock.now()
    second = await room.tell(days[1], BEN)
    await room.clock.advance(60)
    third = await room.tell(Fact("fact", "thing:bin", "collected on", "Sunday", "The bins go on Sunday"), ANNA)
    assert third.supersedes == second.id
    await room.forgetting.forget(Scope.after(since), BEN)
    assert [one.id for one in room.facts.active()] == [third.id]
    assert room.facts.active()[0].supersedes is None
    assert first.id in {one.id for one in room.facts.history(days[0].key)}
