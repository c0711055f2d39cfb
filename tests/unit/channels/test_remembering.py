"""What a channel is told about memory: only what its audience may hear, and never a hint of more."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from claw.base.action import Action, Origin, Outcome, OutcomeStatus, Pending, Reply
from claw.base.errors import Refused
from claw.channels.remembering import Remembering, Rooms, nothing
from claw.gate.perform import Performed
from claw.house.model import Registry
from claw.memory.audience import audience_of
from claw.memory.erasing import Scope
from claw.memory.facts import Facts
from claw.memory.forget import Forgotten
from claw.memory.habits import Habit
from claw.memory.memories import Answer
from claw.memory.model import OWNERS, Fact, Hit, Memory, Status, Told, private_to
from claw.memory.offers import Answered
from claw.memory.passages import Passages
from claw.memory.residents import Consent
from claw.memory.sleep import Night
from claw.mind.memos_talk import Told as Spoken
from claw.policy.people import People, Person
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PEOPLE = People([Person("anna", "Anna", "owner"), Person("ben", "Ben", "adult"), Person("gus", "Gus", "guest")])


def as_person(person: str, channel: str = "web") -> Origin:
    return Origin(channel, person, authenticated=True, source="test", conversation="c", strength="session")


ANNA, BEN, GUS = (as_person(one) for one in ("anna", "ben", "gus"))
VOICE = Origin("voice:hall", place="hall", source="a satellite")
SCREEN = Origin("screen:kitchen", place="kitchen", source="a tablet", person="anna", authenticated=True)
STRANGERS = (GUS, VOICE, SCREEN, Origin("cli", source="uid 0"), Origin("web", "zoe", authenticated=True))


@dataclass
class Room:
    """The desk's answers about memory over a real table of facts; the other rooms note what they are asked."""

    facts: Facts
    asked: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    outcome: OutcomeStatus = "sent"
    detail: str = ""
    pending: Pending | None = None
    hits: list[Hit] = field(default_factory=list[Hit])
    habits: list[Habit] = field(default_factory=list[Habit])
    forgotten: Forgotten = field(default_factory=lambda: Forgotten(told="Gone.", verified=True, rows=4))
    consent: Consent = field(default_factory=Consent)

    def performed(self) -> Performed:
        return Performed((Outcome(Action("claw.remember"), self.outcome, self.detail),), self.pending)

    async def tell(self, fact: Fact, origin: Origin, *, said: str = "") -> Answer:
        self.asked.append(("tell", fact, origin.person, said))
        kept = self.facts.keep(fact, told(origin.person)) if self.outcome == "sent" and not self.pending else None
        return Answer(self.performed(), kept)

    async def keep(self, text: str, origin: Origin) -> Spoken | None:
        if not text.startswith("remember "):
            return None
        kept = self.facts.keep(fact(text.removeprefix("remember ")), told(origin.person)).memory
        return Spoken(Reply("I will remember that.", "done"), (kept.id,))

    async def correct(self, number: int, fact: Fact, origin: Origin, *, said: str = "") -> Answer:
        self.asked.append(("correct", number, fact, said))
        return Answer(self.performed(), self.facts.correct(number, fact, told(origin.person)))

    async def settle(self, number: int, origin: Origin, *, yes: bool) -> Answer:
        self.asked.append(("settle", number, yes))
        if not yes:
            self.facts.reject(number)
            return Answer(self.performed())
        return Answer(self.performed(), self.facts.confirm(number, told(origin.person)))

    async def agree(self, person: str, _: Origin, *, habits: bool | None = None, talks: bool | None = None) -> Answer:
        self.consent = Consent(bool(habits), bool(talks))
        self.asked.append(("consent", person, habits, talks))
        return Answer(self.performed(), None, self.consent)

    async def forget(self, scope: Scope, origin: Origin) -> Forgotten:
        self.asked.append(("forget", scope, origin.person))
        return self.forgotten

    async def find(self, query: str, k: int, _audience: object, _origin: object = None) -> list[Hit]:
        self.asked.append(("find", query, k))
        return self.hits

    async def answer(self, habit: int, _: Origin, *, yes: bool) -> Answered:
        self.asked.append(("answer", habit, yes))
        return Answered("I will remember that.")

    async def run(self) -> Night:
        self.asked.append(("run",))
        return night()

    async def rehearse(self) -> Night:
        self.asked.append(("rehearse",))
        return night()

    async def undo(self, _: Origin) -> Night:
        self.asked.append(("undo",))
        return replace(night(), undone=NOW)


def told(person: str | None, trust: str = "resident_told") -> Told:
    return Told(cast("Any", trust), "web", person, explicit=True, episode=1, audit=9)


def night() -> Night:
    return Night(1, "2026-01-05", NOW, "end", NOW, (), ("Let 2 old talks go.",))


def fact(sentence: str, subject: str = "person:ben", visibility: str = "household", **more: Any) -> Fact:
    return Fact("fact", subject, "known", sentence, sentence, visibility=visibility, several=True, **more)


def understand(text: str, _: Origin) -> Fact:
    if text == "gibberish":
        raise Refused("I cannot make a fact of that")
    return fact(text)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    return Room(Facts(db, HeldClock(), Passages(db), lambda person: person))


@pytest.fixture
def memory(room: Room) -> Remembering:
    fake = cast("Any", room)
    return Remembering(
        Rooms(
            facts=room.facts,
            memories=cast(
                "Any",
                SimpleNamespace(tell=room.tell, correct=room.correct, settle=room.settle, consent=room.agree),
            ),
            recall=fake,
            residents=cast("Any", SimpleNamespace(consent=lambda person: room.consent if person else Consent())),
            forgetting=fake,
            offers=cast(
                "Any", SimpleNamespace(answer=room.answer, habits=SimpleNamespace(shown=lambda _: room.habits))
            ),
            sleep=cast(
                "Any",
                SimpleNamespace(
                    run=room.run, rehearse=room.rehearse, undo=room.undo, last=night, summary=lambda _: "All quiet."
                ),
            ),
            audience=lambda origin: audience_of(origin, PEOPLE, NOW),
            understand=understand,
            keep=room.keep,
            export=lambda origin: {"of": origin.person, "text": "a\x1b[31m"},
            people=PEOPLE,
            mirror=cast("Any", SimpleNamespace(registry=Registry(time_zone="Europe/Berlin"))),
            clock=HeldClock(),
        )
    )


def keep(room: Room, sentence: str, status: Status = "active", person: str = "anna", **more: Any) -> Memory:
    return room.facts.keep(fact(sentence, **more), told(person), status=status).memory


def hidden(room: Room) -> list[Memory]:
    return [
        keep(room, "Anna hides the key", visibility=private_to("anna"), person="anna"),
        keep(room, "The house is known to residents"),
        keep(room, "Owners pay", visibility=OWNERS),
    ]


def sentences(rows: list[dict[str, Any]]) -> set[str]:
    return {row["sentence"] for row in rows}


def test_each_hears_what_they_may_hear(room: Room, memory: Remembering) -> None:
    hidden(room)
    assert sentences(memory.listed(ANNA)) == {"Anna hides the key", "The house is known to residents", "Owners pay"}
    assert sentences(memory.listed(BEN)) == {"The house is known to residents"}


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda origin: f"{origin.channel}-{origin.person}")
async def test_a_stranger_is_told_the_same_as_if_nothing_were_there(
    room: Room, memory: Remembering, stranger: Origin
) -> None:
    kept = hidden(room)
    candidate = keep(room, "Perhaps", status="candidate")
    room.hits = [Hit(1.0, one.fact.sentence, memory=one.id) for one in kept]
    assert memory.listed(stranger) == memory.proposals(stranger) == await memory.search("key", stranger) == []
    for one in kept:
        with pytest.raises(Refused) as unknown:
            memory.why(one.id, stranger)
        assert str(unknown.value) == str(nothing(one.id))
        wrong = await memory.correct(one.id, "other", stranger)
        gone = await memory.correct(one.id + 1000, "other", stranger)
        assert wrong["text"].replace(str(one.id), "N") == gone["text"].replace(str(one.id + 1000), "N")
    settled = await memory.settle(f"memory-{candidate.id}", stranger, yes=True)
    assert settled["status"] == "refused"
    assert (await memory.consent(stranger, habits=True))["status"] == "refused"
    assert memory.consents(stranger)["person"] is None
    assert [one for one in room.asked if one[0] != "find"] == []


def test_a_list_may_be_about_one_thing_of_one_kind_and_short(room: Room, memory: Remembering) -> None:
    keep(room, "Ben likes tea")
    keep(room, "Anna likes milk", subject="person:anna")
    assert sentences(memory.listed(ANNA, about="me")) == {"Anna likes milk"}
    assert sentences(memory.listed(ANNA, about="Ben")) == {"Ben likes tea"}
    assert memory.listed(ANNA, about="Zoe") == memory.listed(ANNA, kind="alias") == []
    assert len(memory.listed(ANNA, limit=1)) == 1


async def test_a_search_gives_memories_and_own_words_and_notes_what_was_shown(room: Room, memory: Remembering) -> None:
    one = keep(room, "Ben likes tea")
    room.hits = [Hit(2.0, "Ben likes tea", memory=one.id), Hit(1.0, "where is the tea", episode=3)]
    found = await memory.search("tea", ANNA, k=500)
    assert [row["text"] for row in found] == ["Ben likes tea", "where is the tea"]
    assert room.asked == [("find", "tea", 50)]
    seen = room.facts.get(one.id)
    assert seen is not None
    assert seen.used == 1


def test_why_tells_what_it_rests_on_and_what_was_so_before(room: Room, memory: Remembering) -> None:
    said = {"kind": "fact", "subject": "thing:bin", "predicate": "day"}
    old = room.facts.keep(Fact(**said, value="Thu", sentence="The bin goes on Thursday"), told("anna")).memory
    clock = cast("HeldClock", room.facts._clock)
    clock._elapsed += timedelta(days=1).total_seconds()
    new = room.facts.keep(Fact(**said, value="Fri", sentence="The bin goes on Friday"), told("anna")).memory
    answer = memory.why(new.id, BEN)
    assert answer["memory"]["sentence"] == "The bin goes on Friday"
    assert [one["who"] for one in answer["evidence"]] == ["Anna"]
    assert [one["id"] for one in answer["before"]] == [old.id]


def test_a_stranger_is_not_told_what_the_house_says_to_guests_was_said_by_whom(room: Room, memory: Remembering) -> None:
    one = keep(room, "The towels are in the hall", visibility="guests_ok")
    answer = memory.why(one.id, GUS)
    assert (answer["memory"]["sentence"], answer["memory"]["author"]) == ("The towels are in the hall", "")
    assert (answer["evidence"], len(memory.why(one.id, ANNA)["evidence"])) == ([], 1)


async def test_what_is_added_is_read_back_as_it_was_understood(room: Room, memory: Remembering) -> None:
    answer = await memory.add("Sam is allergic to nuts", ANNA)
    assert (answer["status"], answer["text"]) == ("done", "I will remember: Sam is allergic to nuts")
    assert answer["memory"]["visibility"] == "household"
    again = await memory.add("Sam is allergic to nuts", ANNA)
    assert again["text"] == "I will remember: Sam is allergic to nuts (I knew that)"
    assert [one[3] for one in room.asked] == ["Sam is allergic to nuts"] * 2


async def test_what_is_told_as_one_would_say_it_is_kept_as_talk_keeps_it(room: Room, memory: Remembering) -> None:
    answer = await memory.add("remember Ben likes tea", ANNA)
    assert (answer["status"], answer["text"]) == ("done", "I will remember that.")
    assert answer["memory"]["sentence"] == "Ben likes tea"
    alone = await memory.add("remember Ben likes milk", ANNA, private=True)
    assert alone["memory"]["visibility"] == "person:anna"


async def test_what_is_for_oneself_alone_needs_a_person(room: Room, memory: Remembering) -> None:
    answer = await memory.add("I am afraid of spiders", BEN, private=True)
    assert answer["memory"]["visibility"] == "person:ben"
    assert memory.listed(ANNA) == []
    assert (await memory.add("I am afraid of spiders", VOICE, private=True))["status"] == "refused"


@pytest.mark.parametrize("text", ["", "  \u200b ", "gibberish"])
async def test_what_is_no_fact_is_refused_with_a_sentence(room: Room, memory: Remembering, text: str) -> None:
    answer = await memory.add(text, ANNA)
    assert answer["status"] == "refused"
    assert answer["text"]
    assert room.asked == []


async def test_a_refusal_of_the_gate_and_its_question_are_told(room: Room, memory: Remembering) -> None:
    room.outcome, room.detail = "refused", "Guests may not write"
    assert await memory.add("a", GUS) == {"status": "refused", "text": "Guests may not write", "memory": None}
    room.pending = cast("Any", SimpleNamespace(id="1f2e", question="Shall I remember it?"))
    answer = await memory.add("a", ANNA)
    assert (answer["status"], answer["ask"], answer["memory"]) == ("pending", "1f2e", None)


async def test_while_everything_is_stopped_that_is_the_answer(room: Room, memory: Remembering) -> None:
    room.outcome, room.detail = "refused", "stopped"
    room.forgotten = Forgotten(told="stopped", performed=room.performed())
    for answer in (await memory.add("a", ANNA), await memory.forget(ANNA, number=7)):
        assert answer["status"] == "stopped"
        assert answer["text"].startswith("I am stopped.")


async def test_what_is_put_right_stays_for_the_same_ears(room: Room, memory: Remembering) -> None:
    one = keep(room, "Anna hides the key", visibility=private_to("anna"), sensitivity="private")
    answer = await memory.correct(one.id, "The key is in the jar", ANNA)
    assert answer["text"] == "Put right: The key is in the jar (not any more: Anna hides the key)"
    assert (answer["memory"]["visibility"], memory.listed(BEN)) == ("person:anna", [])


@pytest.mark.parametrize(
    ("what", "scope"),
    [
        ({"number": 7}, Scope.one(7)),
        ({"since": "hour"}, Scope.after(NOW - timedelta(hours=1))),
        ({"since": "12:30"}, Scope.after(NOW - timedelta(minutes=30))),
        ({"person": "me"}, Scope.about("anna")),
        ({"person": "Ben"}, Scope.about("ben")),
        ({"person": "Zoe"}, Scope.about("Zoe")),
        ({"everything": True}, Scope.all()),
    ],
)
async def test_what_is_forgotten_is_what_was_meant(
    room: Room, memory: Remembering, what: dict[str, Any], scope: Scope
) -> None:
    answer = await memory.forget(ANNA, **what)
    assert (answer["status"], answer["text"], answer["rows"], answer["verified"]) == ("done", "Gone.", 4, True)
    assert room.asked == [("forget", scope, "anna")]


@pytest.mark.parametrize("what", [{}, {"number": 7, "everything": True}, {"since": "noon"}])
async def test_a_forgetting_that_is_not_clear_forgets_nothing(
    room: Room, memory: Remembering, what: dict[str, Any]
) -> None:
    assert (await memory.forget(ANNA, **what))["status"] == "refused"
    assert room.asked == []


@pytest.mark.parametrize(
    ("forgotten", "status"),
    [
        (Forgotten(told="Some bytes are left.", verified=False, found=2), "partial"),
        (Forgotten(performed=Performed((Outcome(Action("claw.forget"), "refused"),))), "refused"),
        (Forgotten(performed=Performed((Outcome(Action("claw.forget"), "done"),))), "partial"),
        (Forgotten(performed=Performed((Outcome(Action("claw.forget"), "sent"),)), verified=True), "done"),
    ],
)
async def test_a_forgetting_that_left_something_is_no_success(
    room: Room, memory: Remembering, forgotten: Forgotten, status: str
) -> None:
    room.forgotten = forgotten
    assert (await memory.forget(ANNA, number=7))["status"] == status


async def test_a_forgetting_that_is_asked_about_first_says_how_to_answer(room: Room, memory: Remembering) -> None:
    asks = cast("Any", SimpleNamespace(id="1f2e", question="Shall I?"))
    room.forgotten = Forgotten(told="Shall I?", performed=Performed((), asks))
    answer = await memory.forget(ANNA, everything=True)
    assert (answer["status"], answer["text"], answer["ask"]) == ("pending", "Shall I?", "1f2e")


def habit(state: Any) -> Habit:
    return Habit(3, "anna", fact("The lamp goes off at ten"), "9 of 10 evenings", 9, 10, 0.9, NOW, NOW, state)


async def test_a_proposal_is_answered_by_its_id(room: Room, memory: Remembering) -> None:
    one = keep(room, "Ben may like tea", status="candidate")
    other = keep(room, "Ben may like milk", status="candidate")
    room.habits = [habit("offered"), replace(habit("candidate"), id=4)]
    assert {row["id"] for row in memory.proposals(ANNA)} == {f"memory-{one.id}", f"memory-{other.id}", "habit-3"}
    yes = await memory.settle(f"memory-{one.id}", ANNA, yes=True)
    assert yes["text"] == "I will remember: Ben may like tea"
    no = await memory.settle(f"memory-{other.id}", ANNA, yes=False)
    assert no["text"] == "I will not remember that."
    assert (await memory.settle("habit-3", ANNA, yes=True))["text"] == "I will remember that."
    assert room.asked == [("settle", one.id, True), ("settle", other.id, False), ("answer", 3, True)]
    assert sentences(memory.listed(ANNA)) == {"Ben may like tea"}


@pytest.mark.parametrize("proposal", ["", "memory", "memory-x", "memory--1", "habit-" + "9" * 40, "memory-²", "x-1"])
async def test_a_proposal_that_is_none_is_refused(room: Room, memory: Remembering, proposal: str) -> None:
    assert (await memory.settle(proposal, ANNA, yes=True))["status"] == "refused"
    assert room.asked == []


async def test_what_is_believed_already_is_no_proposal(room: Room, memory: Remembering) -> None:
    one = keep(room, "Ben likes tea")
    assert (await memory.settle(f"memory-{one.id}", ANNA, yes=False))["status"] == "refused"
    assert room.asked == []


async def test_consent_is_given_for_oneself(room: Room, memory: Remembering) -> None:
    assert memory.consents(BEN) == {"person": "ben", "habits": False, "talks": False}
    answer = await memory.consent(BEN, habits=True)
    assert (answer["status"], answer["habits"], answer["person"]) == ("done", True, "ben")
    assert (await memory.consent(BEN))["status"] == "refused"
    assert room.asked == [("consent", "ben", True, None)]


@pytest.mark.parametrize(("options", "asked"), [({}, "run"), ({"dry_run": True}, "rehearse"), ({"undo": True}, "undo")])
async def test_a_night_is_an_owners_to_ask_for(
    room: Room, memory: Remembering, options: dict[str, bool], asked: str
) -> None:
    for other in (BEN, *STRANGERS):
        with pytest.raises(Refused):
            await memory.sleep(other, **options)
    answer = await memory.sleep(ANNA, **options)
    assert answer["night"]["lines"] == ["Let 2 old talks go."]
    assert room.asked == [(asked,)]
    with pytest.raises(Refused):
        await memory.sleep(ANNA, dry_run=True, undo=True)


def test_what_a_night_did_in_words_is_for_owners(memory: Remembering) -> None:
    assert (memory.night(ANNA)["night"]["lines"], memory.night(ANNA)["may"]) == (["Let 2 old talks go."], True)
    assert (memory.night(BEN)["night"]["lines"], memory.night(BEN)["may"]) == ([], False)
    assert (memory.night(GUS)["night"], memory.night(GUS)["may"]) == (None, False)
    assert memory.night(BEN)["text"] == "All quiet."


def test_what_is_taken_along_drives_no_terminal(memory: Remembering) -> None:
    assert memory.export(ANNA) == {"of": "anna", "text": "a[31m"}


def test_what_is_hidden_and_what_is_not_there_are_told_alike() -> None:
    assert str(nothing(7)) == "I know of no memory 7"
