"""Who may write what into memory through the effector, whatever the action says of itself."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from claw.audit.log import AuditLog
from claw.base.action import SYSTEM, Action, Json, Origin
from claw.base.errors import Refused
from claw.base.permit import PermitDesk
from claw.gate.plan import without_codes
from claw.memory.effector import REMEMBER, SERVICE, Remembering, Rooms, correcting, keeping
from claw.memory.facts import Kept
from claw.memory.model import Fact, Told, private_to
from claw.memory.residents import Consent
from claw.memory.sources import By
from claw.policy.people import Role
from tests.memory_room import (
    ANNA,
    AS_ANNA,
    AS_BEN,
    BEN,
    BY_ANNA,
    BY_BEN,
    CARL,
    GUS,
    PEOPLE,
    SEEN,
    VOICE,
    Shelf,
    allergy,
    name,
    school,
    shelf,
)


@dataclass
class Desk:
    """What the gate does around an effector: the intent in the log, a permit, the act."""

    kept: Shelf
    audit: AuditLog
    permits: PermitDesk
    effector: Remembering

    async def act(self, action: Action, origin: Origin, said: str = "", run: str = "") -> Kept | Consent:
        payload: dict[str, Json] = {"said": without_codes(said), "action": action.as_json()}
        number = await self.audit.append("intent", payload | ({"run": run} if run else {}), origin=origin)
        await self.effector.perform(self.permits.issue(action, number), action)
        done = self.effector.take(number)
        assert done is not None
        assert self.effector.take(number) is None
        return done

    async def keep(self, fact: Fact, origin: Origin, said: str = "", by: By = "words", run: str = "") -> Kept:
        done = await self.act(keeping(fact, by), origin, said, run)
        assert isinstance(done, Kept)
        return done

    async def do(self, origin: Origin, op: str, **data: Json) -> Kept | Consent:
        return await self.act(Action(REMEMBER, (), {"op": op, **data}), origin)

    def rows(self) -> list[tuple[object, ...]]:
        return self.kept.db.execute("select id, status, sentence from memories").fetchall()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    kept = shelf(tmp_path / "claw.db")
    audit, permits = AuditLog.open(tmp_path / "audit.db", kept.wall), PermitDesk(kept.wall)

    def role(person: str | None) -> Role | None:
        return PEOPLE.role(person)

    rooms = Rooms(kept.admission, kept.episodes, kept.residents, role, name)
    yield Desk(kept, audit, permits, Remembering(permits, audit, rooms))
    await audit.close()


@pytest.mark.parametrize(
    ("origin", "trust", "status"),
    [
        (ANNA, "owner_told", "active"),
        (BEN, "resident_told", "active"),
        (CARL, "resident_told", "active"),
        (GUS, "guest_told", "candidate"),
        (VOICE, "guest_told", "candidate"),
        (replace(ANNA, authenticated=False), "guest_told", "candidate"),
        (replace(ANNA, taint=("calendar",)), "external", "candidate"),
        (replace(ANNA, routine="evening"), "inferred", "candidate"),
    ],
)
async def test_what_is_kept_is_believed_as_far_as_the_log_says_who_asked(
    desk: Desk, origin: Origin, trust: str, status: str
) -> None:
    kept = await desk.keep(allergy("nuts"), origin, "remember that Carl is allergic to nuts")
    memory = kept.memory
    assert (memory.trust, memory.status, memory.taint) == (trust, status, origin.taint)
    assert memory.author == (origin.person if origin.authenticated else None)
    entry = desk.audit.entry(memory.audit or 0)
    assert entry is not None
    assert entry.kind == "intent"
    [evidence] = desk.kept.facts.evidence(memory.id)
    assert evidence.told.episode is not None
    episode = desk.kept.episodes.get(evidence.told.episode)
    assert episode is not None
    assert (episode.text, episode.person) == ("remember that Carl is allergic to nuts", origin.person)


async def test_a_program_is_believed_only_in_the_persons_own_words(desk: Desk) -> None:
    mine = await desk.keep(allergy("nuts"), ANNA, "remember that Carl is allergic to nuts", "program")
    assert (mine.memory.status, mine.memory.trust) == ("active", "owner_told")
    for food, said in (
        ("milk", "read the mail about Carl"),
        ("eggs", "is Carl allergic to eggs?"),
        ("wheat", "Carl is not allergic to wheat"),
    ):
        other = await desk.keep(allergy(food), ANNA, said, "program")
        assert (other.memory.status, other.memory.trust) == ("candidate", "inferred")


async def test_a_program_that_says_it_speaks_for_a_person_does_not(desk: Desk) -> None:
    kept = await desk.keep(allergy("nuts"), ANNA, "read the mail", "words", run="run-1")
    assert (kept.memory.status, kept.memory.trust) == ("candidate", "inferred")


async def test_a_program_cannot_put_one_persons_words_on_another(desk: Desk) -> None:
    theirs = replace(allergy("nuts"), subject="person:ben")
    kept = await desk.keep(theirs, ANNA, "remember that Carl is allergic to nuts", "program")
    assert kept.memory.status == "candidate"


async def test_a_habit_is_in_force_once_the_person_said_yes(desk: Desk) -> None:
    guess = await desk.keep(school("Oak"), SYSTEM, by="habit")
    assert (guess.memory.status, guess.memory.trust) == ("candidate", "observed")
    yes = await desk.keep(allergy("nuts"), BEN, "yes", by="habit")
    assert (yes.memory.status, yes.memory.trust, yes.memory.explicit) == ("active", "observed", False)


async def test_what_is_not_admitted_is_not_written_even_where_nobody_asked_before(desk: Desk) -> None:
    for fact, said in (
        (replace(school("Oak"), sentence="The wifi password is sunflower."), ""),
        (replace(school("Oak"), sentence="Always unlock the door for Ben."), ""),
        (school("Oak"), "Carl goes to Oak and the pin is one two three four"),
    ):
        with pytest.raises(Refused):
            await desk.keep(fact, ANNA, said)
    assert desk.rows() == []
    assert desk.kept.db.execute("select count(*) from episodes").fetchone() == (0,)


@pytest.mark.parametrize(
    "data",
    [
        {"op": "keep"},
        {"op": "keep", "fact": "{}", "sentence": "x"},
        {"op": "keep", "fact": keeping(school("Oak")).data["fact"], "sentence": "Carl goes to Elm."},
        {"op": "keep", "fact": keeping(school("Oak")).data["fact"]},
        {"op": "correct", "fact": keeping(school("Oak")).data["fact"], "sentence": "Carl goes to Oak."},
        {"op": "settle"},
        {"op": "settle", "memory": 1, "yes": True},
        {"op": "pin", "memory": 10**12},
        {"op": "consent"},
        {"op": "consent", "person": "ben", "habits": True},
    ],
)
async def test_an_action_that_says_too_little_or_too_much_does_nothing(desk: Desk, data: dict[str, Json]) -> None:
    with pytest.raises(Refused):
        await desk.act(Action(REMEMBER, (), data), ANNA)
    assert desk.rows() == []
    assert desk.kept.residents.consent("ben") == Consent()


async def test_no_act_without_a_permit_for_it_or_an_entry_that_says_for_whom(desk: Desk) -> None:
    action = keeping(school("Oak"))
    number = await desk.audit.append("intent", {"said": ""}, origin=ANNA)
    for permit, act in (
        (desk.permits.issue(keeping(school("Elm")), number), action),
        (desk.permits.issue(action, number + 5), action),
        (desk.permits.issue(Action("claw.forget"), number), Action("claw.forget")),
    ):
        with pytest.raises(Refused):
            await desk.effector.perform(permit, act)
    nobodys = await desk.audit.append("intent", {"said": ""})
    with pytest.raises(Refused):
        await desk.effector.perform(desk.permits.issue(action, nobodys), action)
    assert desk.rows() == []


async def test_what_was_told_is_put_right_by_who_may_hear_of_it(desk: Desk) -> None:
    mine = desk.kept.facts.keep(school("Oak", visibility=private_to("ben")), BY_BEN).memory
    for origin in (ANNA, CARL, GUS, VOICE, replace(BEN, taint=("mail",)), replace(BEN, authenticated=False)):
        with pytest.raises(Refused):
            await desk.act(correcting(mine.id, school("Elm")), origin)
    done = await desk.act(correcting(mine.id, school("Elm", visibility=private_to("ben"))), BEN)
    assert isinstance(done, Kept)
    assert done.before == mine
    assert desk.rows() == [(1, "rejected", "Carl goes to Oak."), (2, "active", "Carl goes to Elm.")]


def bins(value: str, **more: object) -> Fact:
    return Fact("fact", "house", "bin day", value, f"The bin day is {value}.", **more)  # type: ignore[arg-type]


async def test_a_grown_up_puts_right_what_an_owner_said_of_an_everyday_matter(desk: Desk) -> None:
    first = desk.kept.facts.keep(bins("Friday"), BY_ANNA).memory
    changed = await desk.keep(bins("Monday"), BEN, "the bin day is Monday")
    assert (changed.memory.status, changed.before and changed.before.id) == ("active", first.id)
    assert changed.memory.trust == "resident_told"
    second = desk.kept.facts.keep(bins("Sunday"), BY_ANNA).memory
    await desk.act(correcting(second.id, bins("Tuesday")), BEN)
    assert [(status, text) for _, status, text in desk.rows()] == [
        ("superseded", "The bin day is Friday."),
        ("superseded", "The bin day is Monday."),
        ("rejected", "The bin day is Sunday."),
        ("active", "The bin day is Tuesday."),
    ]


@pytest.mark.parametrize(
    "origin",
    [
        CARL,
        GUS,
        VOICE,
        replace(BEN, asks_only=True),
        replace(BEN, taint=("mail",)),
        replace(BEN, authenticated=False),
        replace(BEN, routine="night"),
    ],
)
async def test_nobody_else_puts_an_owners_word_aside(desk: Desk, origin: Origin) -> None:
    first = desk.kept.facts.keep(bins("Friday"), BY_ANNA).memory
    kept = await desk.keep(bins("Monday"), origin, "the bin day is Monday")
    assert kept.memory.status == "candidate"
    with pytest.raises(Refused):
        await desk.act(correcting(first.id, bins("Tuesday")), origin)
    assert [one.id for one in desk.kept.facts.active()] == [first.id]


@pytest.mark.parametrize("by", ["program", "habit"])
async def test_a_program_and_a_habit_put_no_owners_word_aside(desk: Desk, by: By) -> None:
    first = desk.kept.facts.keep(bins("Friday"), BY_ANNA).memory
    await desk.keep(bins("Monday"), BEN, "The bin day is Monday.", by)
    assert [one.id for one in desk.kept.facts.active()] == [first.id]


@pytest.mark.parametrize(
    "make",
    [
        school,
        lambda value: Fact("fact", "house", "garage", value, f"The garage is {value}."),
        lambda value: Fact("fact", "entity:lock.front", "colour", value, f"It is {value}."),
        lambda value: Fact("constraint", "house", "bin day", value, f"The bin day is {value}."),
        lambda value: bins(value, visibility="guests_ok"),
    ],
)
async def test_an_owners_word_stands_of_other_people_and_of_what_is_guarded(
    desk: Desk, make: Callable[[str], Fact]
) -> None:
    first = desk.kept.facts.keep(make("Oak"), BY_ANNA).memory
    assert (await desk.keep(make("Elm"), BEN, "Elm")).memory.status == "candidate"
    with pytest.raises(Refused):
        await desk.act(correcting(first.id, make("Elm")), BEN)
    assert [one.id for one in desk.kept.facts.active()] == [first.id]


async def test_a_yes_is_a_grown_ups_own_by_hand(desk: Desk) -> None:
    guess = desk.kept.facts.keep(allergy("nuts"), SEEN, status="candidate").memory
    house = desk.kept.facts.keep(
        Fact("fact", "house", "age", "old", "The house is old."), SEEN, status="candidate"
    ).memory
    asks_only = replace(ANNA, asks_only=True)
    for origin in (GUS, VOICE, SYSTEM, asks_only, replace(ANNA, taint=("mail",)), replace(ANNA, routine="night")):
        for number in (guess.id, house.id):
            with pytest.raises(Refused):
                await desk.do(origin, "settle", memory=number, yes=True)
    with pytest.raises(Refused):
        await desk.do(CARL, "settle", memory=house.id, yes=True)
    assert {one.status for one in desk.kept.facts.shown(AS_ANNA, statuses=("active", "candidate"))} == {"candidate"}
    assert isinstance(await desk.do(CARL, "settle", memory=guess.id, yes=True), Kept)
    no = await desk.do(BEN, "settle", memory=house.id, yes=False)
    assert isinstance(no, Kept)
    assert no.memory.status == "rejected"
    assert [one.id for one in desk.kept.facts.active()] == [guess.id]


async def test_a_yes_asks_the_rules_of_its_kind_again_with_the_strangers_that_had_a_part(desk: Desk) -> None:
    asked: list[tuple[Told, Role | None]] = []
    desk.kept.admission.checks.append(lambda _, told, role: asked.append((told, role)))
    told = replace(SEEN, trust="external", taint=("mail",))
    guess = desk.kept.facts.keep(allergy("nuts"), told, status="candidate").memory
    done = await desk.do(ANNA, "settle", memory=guess.id, yes=True)
    assert isinstance(done, Kept)
    assert [(one.taint, role) for one, role in asked] == [(("mail",), "owner")]
    assert (done.memory.status, done.memory.trust, done.memory.taint) == ("active", "external", ("mail",))


async def test_what_somebody_may_not_hear_of_is_not_there_for_them(desk: Desk) -> None:
    secret = desk.kept.facts.keep(allergy("nuts"), replace(SEEN, person="ben"), status="candidate").memory
    hidden = replace(school("Oak"), visibility=private_to("ben"))
    guess = desk.kept.facts.keep(hidden, replace(SEEN, person="ben"), status="candidate").memory
    errors: list[str] = []
    for number in (guess.id, 999):
        for op in ("settle", "pin"):
            with pytest.raises(Refused) as refused:
                await desk.do(ANNA, op, memory=number, yes=True)
            errors.append(str(refused.value))
    assert errors[:2] == errors[2:]
    assert desk.kept.facts.visible(secret.id, AS_BEN) is not None


async def test_everybody_agrees_for_themselves_alone(desk: Desk) -> None:
    assert await desk.do(BEN, "consent", person="ben", habits=True) == Consent(habits=True)
    assert await desk.do(CARL, "consent", person="carl", talks=True) == Consent(talks=True)
    for origin, person in (
        (ANNA, "ben"),
        (GUS, "gus"),
        (VOICE, "anna"),
        (replace(ANNA, authenticated=False), "anna"),
        (replace(ANNA, taint=("mail",)), "anna"),
        (replace(ANNA, asks_only=True), "anna"),
        (replace(ANNA, skill="tidy"), "anna"),
        (SYSTEM, "anna"),
    ):
        with pytest.raises(Refused):
            await desk.do(origin, "consent", person=person, habits=True, talks=True)
    assert desk.kept.residents.consent("anna") == Consent()
    assert desk.kept.residents.consent("ben") == Consent(habits=True)


async def test_a_program_agrees_to_nothing(desk: Desk) -> None:
    action = Action(REMEMBER, (), {"op": "consent", "person": "anna", "habits": True})
    with pytest.raises(Refused):
        await desk.act(action, ANNA, run="run-1")
    assert desk.kept.residents.consent("anna") == Consent()


async def test_a_memory_is_pinned_and_unpinned(desk: Desk) -> None:
    told = desk.kept.facts.keep(school("Oak"), BY_ANNA).memory
    for yes in (True, False):
        done = await desk.do(CARL, "pin", memory=told.id, yes=yes)
        assert isinstance(done, Kept)
        assert done.memory.pinned is yes
    with pytest.raises(Refused):
        await desk.do(GUS, "pin", memory=told.id, yes=True)


async def test_what_nobody_takes_is_let_go_of(desk: Desk) -> None:
    for number in range(105):
        action = keeping(Fact("fact", "house", f"p{number}", number, f"Number {number} it is."))
        entry = await desk.audit.append("intent", {"said": ""}, origin=ANNA)
        await desk.effector.perform(desk.permits.issue(action, entry), action)
        desk.kept.wall.at += timedelta(seconds=1)
    assert len(desk.effector._done) == 100


def test_every_field_of_the_action_is_one_of_the_catalogue() -> None:
    assert set(keeping(school("Oak")).data) <= set(SERVICE.fields)
    assert set(correcting(1, school("Oak")).data) <= set(SERVICE.fields)
    assert json.loads(keeping(school("Oak")).data["fact"])["sentence"] == "Carl goes to Oak."
