"""The order of what is heard: what stops, what is dropped, what is asked, and that nobody is ever known."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.action import Action, Json, Message, Origin, Outcome, Pending, Reply, Terms
from claw.base.erasure import Erasure
from claw.base.errors import Unavailable
from claw.gate.confirm import Questions
from claw.house.model import Entity, House, Registry, State
from claw.mind.harmless import Harmless
from claw.mind.intents import Intents
from claw.mind.language import load
from claw.mind.replies import outcome_text
from claw.voice.afterwards import ASK_AFTER_S
from claw.voice.brief import Brief
from claw.voice.echo import Echo
from claw.voice.hearing import LONGEST, MOST_HEARD, Behind, Hearing, Words
from claw.voice.model import NOWHERE, Answer, Satellite, Stages, Utterance
from claw.voice.snapping import Snapped, Snapping
from claw.voice.stop_words import StopWords
from claw.voice.talks import SUGGESTED_S, TALK_S
from claw.voice.turns import ANSWER_S, AT_ONCE
from tests.held_clock import HeldClock

KITCHEN = Satellite("kitchen", "kitchen", "assist_satellite.kitchen", "10.0.0.5")
HALL = Satellite("hall", "hall", None, "10.0.0.5")
LOST = Satellite(NOWHERE, source="127.0.0.1")
SHADE = Entity("cover.shade", "Shade", area="kitchen", device_class="shade")
HOUSE = House(Registry(entities={"cover.shade": SHADE}), {"cover.shade": State("open")})
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@cache
def stops() -> StopWords:
    return StopWords(languages=[load("en"), load("de")])


@cache
def intents() -> Intents:
    return Intents(("en",))


@cache
def harmless() -> Harmless:
    return Harmless(languages=[load("en"), load("de")])


class Standing:
    """The gate's questions."""

    def __init__(self) -> None:
        self.standing: dict[str, Pending] = {}
        self.aloud = False

    def takes_voice(self, pending: Pending) -> bool:
        del pending
        return self.aloud


class Snap:
    """What a transcript is taken for; itself, unless something else is said here."""

    def __init__(self) -> None:
        self.as_: dict[str, Snapped] = {}
        self.hold: asyncio.Event | None = None
        self.warmed = 0

    async def warm(self) -> None:
        self.warmed += 1

    async def snap(self, text: str, origin: Origin) -> Snapped:
        del origin
        if self.hold is not None:
            await self.hold.wait()
        return self.as_.get(text, Snapped(text))


class Room:
    """A hearing with everything behind it scripted."""

    def __init__(self, language: str = "en") -> None:
        self.clock = HeldClock()
        self.said: list[tuple[str, Origin]] = []
        self.stopped: list[Origin] = []
        self.told: list[Message] = []
        self.notes: list[tuple[str, Mapping[str, Json], Origin]] = []
        self.cuts: list[Satellite] = []
        self.silenced: list[str | None] = []
        self.asked: list[tuple[Pending, Satellite, Origin]] = []
        self.speaking = self.ringing = False
        self.replies: dict[str, Reply] = {}
        self.hold: asyncio.Event | None = None
        self.fault: Exception | None = None
        self.put_answers: Reply | None = Reply("All right.", "done")
        self.questions, self.snap = Standing(), Snap()
        behind = Behind(
            say=self.say,
            stop=lambda _why, origin: self.stopped.append(origin),
            tell=self.tell,
            note=lambda kind, payload, origin: self.notes.append((kind, payload, origin)),
            cut=self.cut,
            silence=self.silence,
            asking=self,
            language=language,
        )
        words = Words(stops(), cast("Snapping", self.snap), intents().control)
        brief = Brief(lambda: HOUSE, harmless().text, lambda: False, cast("Questions", self.questions))
        self.hearing = Hearing(behind, words, brief, Echo(self.clock), self.clock, self.clock)

    async def say(self, text: str, origin: Origin) -> Reply:
        self.said.append((text, origin))
        if self.hold is not None:
            await self.hold.wait()
        if self.fault is not None:
            raise self.fault
        return self.replies.get(text, Reply(f"You said {len(self.said)}.", "answered"))

    async def tell(self, message: Message) -> bool:
        self.told.append(message)
        return True

    def cut(self, satellite: Satellite) -> bool:
        self.cuts.append(satellite)
        return self.speaking

    def silence(self, place: str | None) -> bool:
        self.silenced.append(place)
        return self.ringing

    def can(self, pending: Pending, satellite: Satellite, origin: Origin) -> bool:
        del pending, origin
        return satellite.entity is not None

    async def put(self, pending: Pending, satellite: Satellite, origin: Origin) -> Reply | None:
        self.asked.append((pending, satellite, origin))
        return self.put_answers

    def utterance(self, text: str, satellite: Satellite = KITCHEN, **more: Any) -> Utterance:
        return Utterance(text, satellite, Stages(self.clock), **more)

    async def hear(self, text: str, satellite: Satellite = KITCHEN, **more: Any) -> Answer:
        return await self.hearing.hear(self.utterance(text, satellite, **more))

    @property
    def texts(self) -> list[str]:
        return [text for text, _ in self.said]


@pytest.fixture
def room() -> Room:
    return Room()


async def test_a_sentence_is_asked_of_claw_as_a_place_and_nobody(room: Room) -> None:
    answer = await room.hear("what time is it", language="en", conversation="theirs")
    (text, origin), *_ = room.said
    assert text == "what time is it"
    assert origin == Origin(
        "voice:kitchen", place="kitchen", source="10.0.0.5", language="en", conversation=origin.conversation
    )
    assert set(room.hearing.times.times().stages) == {"text", "intent"}
    assert room.hearing._tasks == set()
    assert origin.conversation.startswith("voice:10.0.0.5:kitchen:")
    assert "theirs" not in origin.conversation
    assert (answer.text, answer.cue, answer.handled, answer.ignored) == ("You said 1.", "none", True, "")
    assert answer.origin == origin


@given(
    st.builds(
        Satellite,
        id=st.sampled_from(["kitchen", NOWHERE, "anna"]),
        place=st.sampled_from([None, "kitchen"]),
        source=st.sampled_from(["", "10.0.0.5"]),
    ),
    st.text(max_size=40),
    st.text(min_size=1, max_size=40),
)
@settings(max_examples=30, deadline=None)
def test_whatever_is_claimed_nothing_of_voice_is_a_person_or_a_proof(
    satellite: Satellite, claimed: str, text: str
) -> None:
    room = Room()
    asyncio.run(room.hear(text, satellite, conversation=claimed))
    for origin in (*room.stopped, *(origin for _, origin in room.said)):
        assert (origin.person, origin.authenticated, origin.strength) == (None, False, None)
        assert (origin.channel, origin.place) == (f"voice:{satellite.id}", satellite.place)
        assert (origin.taint, origin.routine, origin.skill, origin.task) == ((), "", "", "")


@pytest.mark.parametrize("satellite", [KITCHEN, HALL, LOST])
@pytest.mark.parametrize("text", ["Stop everything.", "claw, stop everything now", "Alles stoppen!"])
async def test_the_phrase_that_stops_everything_does_from_everywhere(
    room: Room, satellite: Satellite, text: str
) -> None:
    answer = await room.hear(text, satellite)
    assert [origin.channel for origin in room.stopped] == [f"voice:{satellite.id}"]
    assert answer.cue == "stopped"
    assert answer.text
    assert room.said == []


async def test_nothing_that_could_lose_a_sentence_loses_the_stop(room: Room) -> None:
    room.hold = asyncio.Event()
    busy = [asyncio.ensure_future(room.hear(f"sentence {at}")) for at in range(AT_ONCE + 1)]
    await room.clock.settle()
    await room.hear("stop everything", HALL)
    await room.hear("stop everything", KITCHEN)  # a twin of the other, and one turn too many
    room.hearing.echo.spoke("I will not stop, everything right now goes on as it is here.")
    await room.hear("stop everything right now")
    assert len(room.stopped) == 3
    room.hold.set()
    await asyncio.gather(*busy)
    room.hearing.echo.spoke("Then say stop everything.")
    await room.hear("stop everything")
    assert len(room.stopped) == 3  # these were Claw's own words, to the letter


@pytest.mark.parametrize("text", ["", "   ", "...", "\x00\n", "?!"])
async def test_no_words_are_not_handled_and_asked_of_nobody(room: Room, text: str) -> None:
    answer = await room.hear(text)
    assert (answer.ignored, answer.handled, answer.text) == ("blank", False, "")
    assert room.said == []


async def test_more_than_anybody_says_is_not_handled(room: Room) -> None:
    answer = await room.hear("word " * (LONGEST // 5 + 1))
    assert (answer.ignored, answer.handled) == ("long", False)
    assert answer.text
    assert room.said == []
    assert (await room.hear("w" * LONGEST)).ignored == ""


async def test_claws_own_voice_is_dropped_wherever_it_is_heard(room: Room) -> None:
    room.replies["how is the garage"] = Reply("The garage door is open and the light is on.", "answered")
    await room.hear("how is the garage")
    for satellite in (KITCHEN, HALL, LOST):
        answer = await room.hear("the garage door is open and the light is on", satellite)
        assert (answer.ignored, answer.text) == ("echo", "")
    await room.clock.advance(60)
    assert (await room.hear("the garage door is open and the light is on")).ignored == ""


async def test_a_yes_in_claws_own_words_is_no_yes(room: Room) -> None:
    room.hearing.echo.spoke("It waits for a yes.")
    assert (await room.hear("yes")).ignored == "echo"
    assert room.said == []


async def test_what_two_satellites_hear_is_done_once_and_both_are_logged(room: Room) -> None:
    room.replies["turn on the lamp"] = Reply("The lamp is on.", "done")
    first = await room.hear("turn on the lamp", KITCHEN)
    second = await room.hear("Turn on the lamp.", HALL)
    assert (first.ignored, second.ignored, second.text) == ("", "twin", "")
    assert room.texts == ["turn on the lamp"]
    ((kind, payload, origin),) = room.notes
    assert (kind, payload, origin.channel) == ("twin", {"heard_first": "kitchen"}, "voice:hall")
    await room.clock.advance(3)
    assert (await room.hear("turn on the lamp", HALL)).ignored == ""


async def test_what_two_ears_spell_in_two_ways_is_one_command(room: Room) -> None:
    room.snap.as_["turn on the kichen lites"] = Snapped("turn on the kitchen lights", changed=True)
    first = await room.hear("turn on the kichen lites", KITCHEN)
    second = await room.hear("turn on the kitchen lights", HALL)
    assert (first.ignored, second.ignored, len(room.said)) == ("", "twin", 1)


async def test_a_twin_waits_for_what_becomes_of_the_first(room: Room) -> None:
    room.hold = asyncio.Event()
    room.replies["turn on the lamp"] = Reply("The lamp is on.", "done")
    first = asyncio.ensure_future(room.hear("turn on the lamp", KITCHEN))
    await room.clock.settle()
    second = asyncio.ensure_future(room.hear("turn on the lamp", HALL))
    await room.clock.settle()
    assert not second.done()
    room.hold.set()
    assert ((await first).ignored, (await second).ignored) == ("", "twin")


async def test_where_the_first_stood_nowhere_and_could_not_the_second_does_it(room: Room) -> None:
    room.replies["turn on the lamp"] = Reply("Which lamp?", "unclear")
    await room.hear("turn on the lamp", LOST)
    await room.hear("turn on the lamp", KITCHEN)
    await room.hear("turn on the lamp", HALL)
    assert [origin.channel for _, origin in room.said] == ["voice:nowhere", "voice:kitchen"]


async def test_of_several_that_waited_for_the_first_one_does_it(room: Room) -> None:
    room.hold = asyncio.Event()
    room.replies["turn it up"] = Reply("Turn what up?", "unclear")
    heard = []
    for satellite in (LOST, KITCHEN, HALL):
        heard.append(asyncio.ensure_future(room.hear("turn it up", satellite)))
        await room.clock.settle()
    room.hold.set()
    await asyncio.gather(*heard)
    assert [origin.channel for _, origin in room.said] == ["voice:nowhere", "voice:kitchen"]


async def test_where_too_much_was_said_at_once_the_second_does_it(room: Room) -> None:
    room.hold = asyncio.Event()
    busy = [asyncio.ensure_future(room.hear(f"sentence {at}", KITCHEN)) for at in range(AT_ONCE)]
    await room.clock.settle()
    turned_away = await room.hear("turn on the lamp", KITCHEN)
    second = asyncio.ensure_future(room.hear("turn on the lamp", HALL))
    await room.clock.settle()
    room.hold.set()
    assert (turned_away.cue, (await second).ignored, len(room.said)) == ("failed", "", AT_ONCE + 1)
    await asyncio.gather(*busy)


async def test_a_yes_that_another_room_heard_first_still_answers_where_it_was_asked(room: Room) -> None:
    room.replies["yes"] = Reply("There is no question here.", "unclear")
    await room.hear("yes", HALL)
    await room.hear("yes", KITCHEN)
    assert [origin.channel for _, origin in room.said] == ["voice:hall", "voice:kitchen"]


async def test_a_conversation_is_kept_for_some_minutes_and_for_one_satellite(room: Room) -> None:
    await room.hear("one")
    await room.clock.advance(TALK_S - 1)
    await room.hear("two")
    await room.hear("three", HALL)
    await room.clock.advance(TALK_S + 1)
    await room.hear("four")
    talks = [origin.conversation for _, origin in room.said]
    assert talks[0] == talks[1]
    assert len(set(talks)) == 3


async def test_the_talk_of_a_page_or_another_satellite_cannot_be_claimed(room: Room) -> None:
    await room.hear("one", HALL)
    halls = room.said[0][1].conversation
    for claimed in (halls, "web", "c1", "cli:1000"):
        await room.hear(f"about {claimed}", KITCHEN, conversation=claimed)
        await room.hear(f"again about {claimed}", LOST, conversation=claimed)
    talks = {origin.conversation for _, origin in room.said[1:]}
    assert not talks & {halls, "web", "c1", "cli:1000"}


async def test_a_bare_stop_ends_speech_and_what_rings(room: Room) -> None:
    room.speaking = True
    answer = await room.hear("stop")
    assert (room.cuts, room.silenced) == ([KITCHEN], ["kitchen"])
    assert (answer.text, answer.cue) == ("", "stopped")
    room.speaking, room.ringing = False, True
    assert (await room.hear("stop stop")).cue == "stopped"
    room.ringing = False
    answer = await room.hear("stop it")
    assert (answer.text, answer.handled) == ("Nothing of mine is going on here.", False)
    assert (room.said, room.stopped) == ([], [])


async def test_a_bare_stop_ends_the_turn_and_says_what_it_had_done(room: Room) -> None:
    room.hold = asyncio.Event()
    turn = asyncio.ensure_future(room.hear("make it cosy"))
    other = asyncio.ensure_future(room.hear("what time is it", HALL))
    await room.clock.settle()
    room.hearing.noted(
        Outcome(Action("light.turn_on", ("light.lamp",)), "done", after={"light.lamp": "on"}), room.said[0][1]
    )
    answer = await room.hear("stop")
    assert answer.text.startswith("I left the rest.")
    assert "on" in answer.text
    assert (await turn).text == ""
    assert not other.done()
    room.hold.set()
    assert (await other).text


async def test_a_slow_answer_is_told_later_where_it_was_asked(room: Room) -> None:
    room.hold = asyncio.Event()
    turn = asyncio.ensure_future(room.hear("make it cosy"))
    await room.clock.advance(ANSWER_S + 0.1)
    assert (await turn).text == "One moment."
    room.replies["make it cosy"] = Reply("It is cosy now.", "done")
    room.hold.set()
    await room.clock.settle()
    conversation = room.said[0][1].conversation
    assert room.told == [Message(f"conversation:{conversation}", "It is cosy now.", "late")]
    assert room.hearing.talks.satellite(conversation) == KITCHEN


async def test_a_slow_turn_that_was_cut_or_broke_is_not_left_without_a_word(room: Room) -> None:
    room.hold = asyncio.Event()
    turn = asyncio.ensure_future(room.hear("make it cosy"))
    await room.clock.advance(ANSWER_S + 0.1)
    await turn
    assert (await room.hear("stop")).text == "I left it at that."
    assert room.told == []
    turn = asyncio.ensure_future(room.hear("make it cosier"))
    await room.clock.advance(ANSWER_S + 0.1)
    await turn
    room.fault = ValueError("secret words")
    room.hold.set()
    await room.clock.settle()
    assert [one.text for one in room.told] == ["That did not work."]


async def test_whoever_hangs_up_ends_nothing_and_what_there_is_to_say_is_told(room: Room) -> None:
    room.hold = asyncio.Event()
    turn = asyncio.ensure_future(room.hear("is the garage open"))
    await room.clock.settle()
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    assert turn.cancelled()
    room.hold.set()
    await room.clock.settle()
    assert [one.text for one in room.told] == ["You said 1."]


async def test_what_was_misheard_is_asked_about_and_a_yes_means_it_for_a_while(room: Room) -> None:
    asks = Snapped(
        "turn on the chicken lights", "Did you mean “turn on the kitchen lights”?", "turn on the kitchen lights"
    )
    room.snap.as_["turn on the chicken lights"] = asks
    answer = await room.hear("turn on the chicken lights")
    assert (answer.text, room.said) == (asks.ask, [])
    await room.hear("yes")
    assert room.texts == ["turn on the kitchen lights"]
    await room.hear("yes")
    assert room.texts[1:] == ["yes"]  # it was a yes to the one question
    await room.hear("turn on the chicken lights")
    assert (await room.hear("no")).text == "All right."
    await room.clock.advance(30)  # else it would be the kitchen's, heard twice
    assert (await room.hear("turn on the chicken lights", HALL)).text == asks.ask
    await room.clock.advance(SUGGESTED_S)
    await room.hear("yes", HALL)
    assert room.texts == ["turn on the kitchen lights", "yes", "yes"]
    await room.clock.advance(30)
    await room.hear("turn on the chicken lights")
    await room.hear("what time is it")
    await room.hear("yes")
    assert room.texts[3:] == ["what time is it", "yes"]  # it was a yes to what was said last
    room.snap.as_["both"] = Snapped("both", "Did you mean the one or the other?")
    await room.hear("both")
    await room.hear("yes")
    assert room.texts[5:] == ["yes"]  # there was nothing that a yes could mean


async def test_a_suggestion_is_said_yes_to_where_it_was_made_only(room: Room) -> None:
    room.snap.as_["x"] = Snapped("x", "Did you mean “y”?", "y")
    await room.hear("x", KITCHEN)
    await room.hear("yes", HALL)
    await room.hear("yes", LOST, conversation=room.said[0][1].conversation)
    assert set(room.texts) == {"yes"}


async def test_what_was_put_right_is_answered_in_a_sentence(room: Room) -> None:
    room.snap.as_["turn on the lamb"] = Snapped("turn on the lamp", changed=True)
    room.replies["turn on the lamp"] = Reply("The lamp is on.", "done")
    assert (await room.hear("turn on the lamb")).text == "The lamp is on."


async def test_what_was_agreed_to_is_answered_in_a_sentence_and_another_word_to_claw_is_not(room: Room) -> None:
    opened = Outcome(
        Action("cover.open_cover", ("cover.shade",)),
        "done",
        after={"cover.shade": "open"},
        entities={"cover.shade": "done"},
    )
    text = outcome_text((opened,), HOUSE, "en")
    for said in ("open the shade", "undo"):
        room.replies[said] = Reply(text, "done", (opened,), timings={"recognise": 2.0, "device": 30.0})
        utterance = room.utterance(said)
        answer = await room.hearing.hear(utterance)
        assert (answer.text, answer.cue) == ("Done.", "done")
        spans = utterance.stages.spans()
        assert (spans["intent"], spans["act"]) == (2.0, 30.0)
    room.snap.as_["open the jade"] = Snapped("open the jade", "Did you mean “open the shade”?", "open the shade")
    await room.hear("open the jade")
    answer = await room.hear("yes")
    assert (answer.text, answer.cue) == (text, "none")


async def test_only_a_question_that_waits_is_put_aloud_and_one_that_is_gone_is_said(room: Room) -> None:
    pending = Pending(
        "q1", "Turn off the lamps?", (), Origin("voice:kitchen"), Terms(), "r", {}, NOW, NOW + timedelta(minutes=1), 1
    )
    room.questions.standing["q1"], room.questions.aloud = pending, True
    room.replies["lamps off"] = Reply("One is off, the other waits.", "partial", pending=(pending,))
    assert (await room.hear("lamps off")).text == "One is off, the other waits."
    room.replies["all lamps off"] = Reply("It waits.", "pending")
    assert (await room.hear("all lamps off")).text == "It waits."
    await room.clock.advance(ASK_AFTER_S + 0.1)
    assert room.asked == []
    room.replies["every lamp off"] = Reply("It waits.", "pending", pending=(pending,))
    await room.hear("every lamp off")
    await room.hearing.close()
    await room.clock.advance(ASK_AFTER_S + 0.1)
    assert room.asked == []  # the end came before it was put


async def test_a_question_at_the_end_of_an_answer_is_answered_in_its_words_and_an_answer_is_not(room: Room) -> None:
    room.replies["lights"] = Reply("They are on. Shall I turn off the kitchen lights?", "answered")
    await room.hear("lights")
    assert (await room.hear("turn off the kitchen lights")).ignored == ""
    await room.clock.advance(60)
    room.replies["lamps"] = Reply("The lamp over the table is off.", "answered")
    await room.hear("lamps")
    assert (await room.hear("over the table is off")).ignored == "echo"


async def test_two_satellites_that_were_asked_may_both_answer_and_nothing_is_kept_of_it(room: Room) -> None:
    room.replies["lights"] = room.replies["lamps"] = Reply("Say “turn on the kitchen lights”.", "unclear")
    await room.hear("lights", KITCHEN)
    await room.hear("lamps", HALL)
    assert (await room.hear("turn on the kitchen lights", KITCHEN)).ignored == ""
    await room.clock.advance(60)
    await room.hear("lights", LOST)
    assert len(room.hearing._awaited) == 1


async def test_a_single_word_of_what_claw_said_is_an_echo_only_where_it_is_a_yes(room: Room) -> None:
    room.hearing.echo.spoke("If it was wrong, say undo.")
    assert (await room.hear("undo")).ignored == ""


@pytest.mark.parametrize(("language", "spoken"), [("en", "de"), ("de", None)])
async def test_what_is_said_without_an_answer_is_in_the_language_of_whoever_spoke_or_the_house(
    language: str, spoken: str | None
) -> None:
    room = Room(language)
    assert (await room.hear("", language=spoken)).language == "de"
    room.hold = asyncio.Event()
    turn = asyncio.ensure_future(room.hear("mach es hell", language=spoken))
    await room.clock.settle()
    done = Outcome(Action("cover.open_cover", ("cover.shade",)), "done", after={"cover.shade": "open"})
    room.hearing.noted(done, room.said[0][1])
    told = outcome_text((done,), HOUSE, "de")
    assert told != outcome_text((done,), HOUSE, "en")
    assert told in (await room.hear("stopp", language=spoken)).text
    await turn


async def test_what_was_done_for_one_who_stands_nowhere_is_done(room: Room) -> None:
    room.replies["turn on the lamp"] = Reply("The lamp is on.", "done")
    await room.hear("turn on the lamp", LOST)
    assert (await room.hear("turn on the lamp", KITCHEN)).ignored == "twin"
    await room.clock.advance(60)
    room.replies["turn on the lamp"] = Reply("Which lamp?", "unclear")
    await room.hear("turn on the lamp", LOST)
    assert (await room.hear("turn on the lamp", replace(LOST, source="10.0.0.9"))).ignored == "twin"
    assert len(room.said) == 2
    room.fault = RuntimeError("half way")
    assert (await room.hear("turn on the lights", LOST)).cue == "failed"
    assert (await room.hear("turn on the lights", KITCHEN)).ignored == "twin", "who knows what was done"


async def test_what_takes_long_is_done_before_somebody_waits_for_it(room: Room) -> None:
    await room.hearing.warm()
    assert room.snap.warmed == 1


async def test_of_the_satellites_those_heard_last_are_remembered(room: Room) -> None:
    for satellite in (KITCHEN, HALL, KITCHEN):
        await room.hear("", satellite)
    for number in range(MOST_HEARD - 1):
        await room.hear("", replace(KITCHEN, id=f"s{number}"))
    assert {"kitchen", "hall"} & room.hearing.heard().keys() == {"kitchen"}


async def test_a_question_that_may_be_answered_aloud_is_put_by_the_satellite_that_listens(room: Room) -> None:
    origin = Origin("voice:kitchen", place="kitchen")
    pending = Pending(
        "q1", "Turn off the lamps?", (), origin, Terms(), "r", {}, NOW, NOW + timedelta(minutes=1), 1, number="42"
    )
    room.questions.standing["q1"] = pending
    room.replies["lamps off"] = Reply("Turn off the lamps? It waits.", "pending", pending=(pending,))
    answer = await room.hear("lamps off")
    assert "phone" in answer.text
    assert answer.reply is not None
    assert answer.reply.pending[0].number == ""
    room.questions.aloud = True
    await room.clock.advance(30)
    assert (await room.hear("lamps off", HALL)).text == "Turn off the lamps?"  # it has nothing that could ask
    await room.clock.advance(30)
    assert (await room.hear("lamps off")).text == ""
    await room.clock.advance(ASK_AFTER_S + 0.1)
    assert [(one.id, where) for one, where, _ in room.asked] == [("q1", KITCHEN)]
    assert room.told == []
    room.put_answers = None
    await room.hear("lamps off")
    await room.clock.advance(ASK_AFTER_S + 0.1)
    assert [(one.text, one.kind) for one in room.told] == [("Turn off the lamps?", "question")]


async def test_what_everybody_there_saw_arrive_needs_no_words_and_nothing_else_is_needless(room: Room) -> None:
    await room.hear("open the shade", KITCHEN)
    origin = room.said[0][1]
    opened = Outcome(
        Action("cover.open_cover", ("cover.shade",)),
        "done",
        after={"cover.shade": "open"},
        entities={"cover.shade": "done"},
    )
    room.hearing.ended(opened, origin)
    told = Message(f"conversation:{origin.conversation}", room.hearing.afterwards._shown[0][0].text, "late")
    assert told.text == "The shade is now open."
    assert room.hearing.afterwards.needless(told)
    for other in (replace(told, text="Smoke."), replace(told, to="place:kitchen"), replace(told, urgency="high")):
        assert not room.hearing.afterwards.needless(other)
    await room.clock.advance(6)
    assert not room.hearing.afterwards.needless(told)
    room.hearing.ended(replace(opened, status="failed"), origin)
    room.hearing.ended(opened, replace(origin, conversation="web"))
    await room.hear("open the shade", HALL)
    room.hearing.ended(opened, room.said[-1][1])  # nobody sees it from the hall
    assert not room.hearing.afterwards._shown


async def test_what_somebody_is_told_to_say_instead_is_no_echo_when_they_say_it(room: Room) -> None:
    room.replies["lights"] = Reply("I did not understand. Say for example “turn on the kitchen lights”.", "unclear")
    await room.hear("lights")
    assert (await room.hear("turn on the kitchen lights", HALL)).ignored == "echo"  # heard through an open door
    assert (await room.hear("turn on the kitchen lights")).ignored == ""


async def test_where_nobody_knows_who_stands_an_answer_in_words_of_the_question_is_heard_too(room: Room) -> None:
    room.snap.as_["lights"] = Snapped(
        "lights", "Did you mean “turn on the kitchen lights”?", "turn on the kitchen lights"
    )
    await room.hear("lights", LOST)
    assert (await room.hear("turn on the kitchen lights", LOST)).ignored == ""
    await room.clock.advance(60)
    await room.hear("lights", LOST)
    assert (await room.hear("turn on the kitchen lights", HALL)).ignored == "echo"


async def test_whatever_breaks_there_is_a_word_and_none_of_the_sentence_in_the_log(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room.fault = RuntimeError("secret sentence")
    with caplog.at_level(logging.DEBUG):
        answer = await room.hear("secret sentence")
    assert (answer.text, answer.cue) == ("That did not work.", "failed")
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text
    room.fault = Unavailable("no")
    assert (await room.hear("another")).cue == "failed"


async def test_too_much_at_once_is_said_so(room: Room) -> None:
    room.hold = asyncio.Event()
    busy = [asyncio.ensure_future(room.hear(f"sentence {at}")) for at in range(AT_ONCE)]
    await room.clock.settle()
    assert (await room.hear("one more")).text == "I am busy. Try again in a moment."
    room.hold.set()
    await asyncio.gather(*busy)


async def test_what_came_of_turns_is_counted_and_when_each_satellite_was_heard(room: Room) -> None:
    await room.hear("one")
    await room.hear("")
    await room.hear("stop everything")
    results = room.hearing.times.times().results
    assert results == {"answered": 1, "blank": 1, "stop": 1}
    assert set(room.hearing.heard()) == {"kitchen"}
    for number in range(MOST_HEARD + 5):
        await room.hear("", replace(KITCHEN, id=f"s{number}"))
    assert len(room.hearing.heard()) == MOST_HEARD


async def test_what_is_known_of_talks_is_let_go_of_and_the_end_leaves_nothing_running(room: Room) -> None:
    await room.hear("one")
    assert room.hearing.erase(Erasure(everything=True)) == 2  # the talk, and the answer
    room.hold = asyncio.Event()
    turn = asyncio.ensure_future(room.hear("two"))
    await room.clock.settle()
    late = asyncio.ensure_future(room.hear("three", HALL))
    await room.clock.advance(ANSWER_S + 0.1)  # the answer to these comes afterwards
    await asyncio.gather(turn, late)
    turn = asyncio.ensure_future(room.hear("four"))
    await room.clock.settle()
    room.snap.hold = asyncio.Event()
    understanding = asyncio.ensure_future(room.hear("five"))
    await room.clock.settle()
    await asyncio.wait_for(room.hearing.close(), 5)
    assert turn.done()
    await asyncio.gather(turn, understanding, return_exceptions=True)
    await room.clock.settle()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    room.snap.hold = room.hold = None
    assert (await room.hear("six")).cue == "failed"
    assert "six" not in room.texts
