from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import claw.daemon
from claw.base.action import Action, Json, Origin, Outcome, OutcomeStatus
from claw.base.erasure import Erasure
from claw.house.file import load_house
from claw.house.model import House, State
from claw.house.semantics import apply
from claw.mind.intents import Intents
from claw.mind.phrases import LANGUAGES
from claw.mind.thread import MOST, Correction, Threads, _Proposed
from claw.mind.understood import Command
from tests.held_clock import HeldClock
from tests.talked_house import came_of, house

DEMO = Path(claw.daemon.__file__).parent / "demo" / "house.yaml"


def act(name: str, entities: str, **data: Json) -> Action:
    return Action(name, tuple(entities.split()), data)


def after(*actions: Action, status: OutcomeStatus = "done", before: str | None = None) -> Threads:
    """Return the threads after these actions were done in the conversation ``c``."""
    threads = Threads(HeldClock())
    threads.remember("c", Command(actions, "en", "said"), [done(action, status, before) for action in actions])
    return threads


def done(action: Action, status: OutcomeStatus = "done", before: str | None = None) -> Outcome:
    earlier = {} if before is None else dict.fromkeys(action.entities, before)
    return came_of(action.name, " ".join(action.entities), status, before=earlier, **dict(action.data))


def afterwards(action: Action, before: str) -> House:
    """Return the house once ``action`` was done to things that were in the state ``before``."""
    told = house(dict.fromkeys(action.entities, State(before)))
    return apply(told, action, HeldClock().now())


def said(threads: Threads, text: str, told: House | None = None, language: str | None = "en") -> list[Action] | None:
    command = threads.follow_up(text, "c", told or house(), language)
    return None if command is None else list(command.actions)


LIGHT = act("light.turn_on", "light.kitchen_ceiling")
WARM = act("climate.set_temperature", "climate.living", temperature=20)
LOCK = act("lock.lock", "lock.back")
UNLOCK = act("lock.unlock", "lock.front")


@pytest.mark.parametrize(
    ("last", "text", "then"),
    [
        (WARM, "a bit warmer", [act("climate.set_temperature", "climate.living", temperature=21)]),
        (WARM, "cooler", [act("climate.set_temperature", "climate.living", temperature=19)]),
        (LIGHT, "a bit brighter", [act("light.turn_on", "light.kitchen_ceiling", brightness_pct=50)]),
        (LIGHT, "more", [act("light.turn_on", "light.kitchen_ceiling", brightness_pct=60)]),
        (LIGHT, "less", [act("light.turn_on", "light.kitchen_ceiling", brightness_pct=20)]),
        (
            act("media_player.media_play", "media_player.tv"),
            "quieter",
            [act("media_player.volume_set", "media_player.tv", volume_level=0.2)],
        ),
        (LIGHT, "again", [LIGHT]),
        (UNLOCK, "again", [UNLOCK]),
        (LIGHT, "that one too", [act("light.turn_on", "light.worktop")]),
        (LIGHT, "the other lamp", [act("light.turn_on", "light.worktop")]),
        (UNLOCK, "that one too", [act("lock.unlock", "lock.back")]),
        (LIGHT, "and the bedroom", [act("light.turn_on", "light.bedroom light.bedside")]),
        (LIGHT, "the bedroom too", [act("light.turn_on", "light.bedroom light.bedside")]),
        (LIGHT, "and the kettle", [act("switch.turn_on", "switch.kettle")]),
        (LIGHT, "turn it off", [act("light.turn_off", "light.kitchen_ceiling")]),
        (UNLOCK, "lock it", [act("lock.lock", "lock.front")]),
        (
            act("cover.close_cover", "cover.left cover.right"),
            "open them",
            [act("cover.open_cover", "cover.left cover.right")],
        ),
        (LIGHT, "set it to 70 %", [act("light.turn_on", "light.kitchen_ceiling", brightness_pct=70)]),
        (WARM, "make it 22 °C", [act("climate.set_temperature", "climate.living", temperature=22)]),
    ],
)
def test_a_follow_up_continues_the_last_act(last: Action, text: str, then: list[Action]) -> None:
    assert said(after(last), text) == then


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (LIGHT, "a bit warmer"),  # no heating was spoken of
        (WARM, "brighter"),
        (LIGHT, "lock it"),
        (LOCK, "turn it off"),
        (act("light.turn_on", "light.attic"), "that one too"),
        (LIGHT, "and the moon"),
        (LIGHT, "and turn off the hall"),
        (WARM, "make it 70 °F"),  # the house speaks Celsius
        (LIGHT, "what time is it"),
        (act("light.turn_on", "light.bedroom"), "brighter"),  # as bright as it goes
        (act("claw.notify", ""), "and the bedroom"),
    ],
)
def test_what_is_no_follow_up_is_left_to_others(last: Action, text: str) -> None:
    assert said(after(last), text) is None


@pytest.mark.parametrize(
    ("last", "before", "text", "then"),
    [
        (act("light.turn_on", "light.worktop"), "off", "not that one", [act("light.turn_off", "light.worktop")]),
        (UNLOCK, "locked", "no, not that one", [act("lock.lock", "lock.front")]),
        (
            act("light.turn_on", "light.worktop"),
            "off",
            "not that one, the other one",
            [act("light.turn_off", "light.worktop"), act("light.turn_on", "light.kitchen_ceiling")],
        ),
        (
            act("light.turn_off", "light.living"),
            "on",
            "no, the bedroom",
            [act("light.turn_on", "light.living"), act("light.turn_off", "light.bedroom light.bedside")],
        ),
    ],
)
def test_not_that_one_takes_the_last_act_back(last: Action, before: str, text: str, then: list[Action]) -> None:
    assert said(after(last, before=before), text, afterwards(last, before)) == then


def test_a_failed_act_is_not_taken_back() -> None:
    lamp = act("light.turn_on", "light.worktop")
    assert said(after(lamp, status="failed", before="off"), "not that one", afterwards(lamp, "off")) is None


def test_a_step_is_taken_back_to_the_figure_before() -> None:
    threads = after(LIGHT)
    command = threads.follow_up("brighter", "c", house(), "en")
    assert command is not None
    (action,) = command.actions
    prior = {"light.kitchen_ceiling": {"brightness": 102}}
    threads.remember("c", command, [replace(done(action, before="on"), audit=7, prior=prior)])
    dimmable = State("on", {"brightness": 153, "supported_color_modes": ["brightness"]})
    told = house({"light.kitchen_ceiling": dimmable})
    back = threads.follow_up("not that one", "c", told, "en")
    assert back is not None
    assert back.actions == (act("light.turn_on", "light.kitchen_ceiling", brightness=102),)
    assert back.undoes == (7,)


@pytest.mark.parametrize(("text", "brightness"), [("more", 40), ("again", 40), ("a bit more", 50), ("less", 80)])
def test_more_goes_on_the_way_it_went(text: str, brightness: int) -> None:
    threads = after(act("light.turn_on", "light.living"))
    lit = house({"light.living": State("on", {"brightness": 204})})
    command = threads.follow_up("dimmer", "c", lit, "en")
    assert command is not None
    threads.remember("c", command, [done(action, before="on") for action in command.actions])
    dimmed = house({"light.living": State("on", {"brightness": 153})})
    assert said(threads, text, dimmed) == [act("light.turn_on", "light.living", brightness_pct=brightness)]


def test_the_thread_is_forgotten_after_two_minutes() -> None:
    clock = HeldClock()
    threads = Threads(clock)
    threads.remember("c", Command((LIGHT,), "en", ""), [done(LIGHT)])
    clock._elapsed = 119.0
    assert threads.follow_up("again", "c", house(), "en") is not None
    clock._elapsed = 121.0
    assert threads.follow_up("again", "c", house(), "en") is None


def test_one_conversation_knows_nothing_of_another_and_the_nameless_of_none() -> None:
    threads = after(LIGHT)
    threads.remember("", Command((LIGHT,), "en", ""), [done(LIGHT)])
    assert threads.follow_up("again", "d", house(), "en") is None
    assert threads.follow_up("again", "", house(), "en") is None


def test_after_another_sentence_and_the_bedroom_is_no_longer_clear() -> None:
    threads = after(LIGHT)
    assert said(threads, "is the bedroom light on") is None
    assert said(threads, "and the bedroom") is None
    assert said(threads, "turn it off") == [act("light.turn_off", "light.kitchen_ceiling")]


def test_only_so_many_conversations_are_remembered() -> None:
    threads = Threads(HeldClock())
    for number in range(MOST * 2):
        threads.remember(f"c{number}", Command((LIGHT,), "en", ""), [done(LIGHT)])
        threads.follow_up("again", f"c{number}", house(), "en")
    assert len(threads._talks) <= MOST
    assert len(threads._proposed) <= MOST


@pytest.mark.parametrize(
    ("language", "text"), [("de", "mach es aus"), ("fr", "éteins-la"), ("nl", "doe het uit"), ("zh", "把它关掉")]
)
def test_the_thread_is_understood_in_the_language_that_is_spoken(language: str, text: str) -> None:
    command = after(LIGHT).follow_up(text, "c", house(), language)
    assert command is not None
    assert command.language == language
    assert command.actions == (act("light.turn_off", "light.kitchen_ceiling"),)


def test_english_is_understood_beside_the_language_of_the_channel() -> None:
    command = after(LIGHT).follow_up("turn it off", "c", house(), "de-CH")
    assert command is not None
    assert command.language == "en"


OPENING = {"lock.unlock", "lock.open", "cover.open_cover", "valve.open_valve", "alarm_control_panel.alarm_disarm"}
REFERRING = [
    "again",
    "that one too",
    "not that one",
    "the other one",
    "and the hall",
    "more",
    "less",
    "higher",
    "turn it up",
]


@pytest.mark.parametrize(
    "text", [*REFERRING, "turn it off", "turn it on", "no, the other one", "the others too", "lower"]
)
@pytest.mark.parametrize(
    "last",
    [
        LOCK,
        LIGHT,
        act("cover.close_cover", "cover.garage"),
        act("alarm_control_panel.alarm_arm_home", "alarm_control_panel.house"),
    ],
)
@pytest.mark.parametrize("before", ["unlocked", "open", "disarmed", "off", "on"])
def test_a_reference_never_becomes_an_opening_that_was_not_the_last_act(last: Action, text: str, before: str) -> None:
    for action in said(after(last, before=before), text) or []:
        assert action.name not in OPENING
        assert not action.name.startswith("cover.set")


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=60) | st.sampled_from(REFERRING),
    st.sampled_from(LANGUAGES) | st.none(),
    st.lists(
        st.sampled_from([LIGHT, WARM, LOCK, UNLOCK, act("light.turn_on", "x.y"), act("claw.notify", "")]), max_size=3
    ),
)
def test_no_text_breaks_the_thread(text: str, language: str | None, actions: list[Action]) -> None:
    threads = after(*actions)
    command = threads.follow_up(text, "c", house(), language)
    assert command is None or command.actions


@pytest.mark.parametrize("text", ["the other lamp", "that one too", "and the other one", "that lamp too"])
def test_after_a_room_s_lamp_the_other_light_of_the_room_can_be_meant(text: str) -> None:
    demo = load_house(DEMO)
    first = Intents(["en"]).recognise("turn on the lamp in the living room", demo, Origin("cli"))
    assert isinstance(first, Command)
    assert first.actions == (act("light.turn_on", "light.living_room_lamp"),)
    assert said(after(*first.actions), text, demo) == [act("light.turn_on", "light.living_room_ceiling")]


def corrected(text: str, seconds: float = 30.0, status: OutcomeStatus = "done") -> Correction | None:
    """Return what is made of ``text`` so long after a lamp was turned on at 128 of 255."""
    clock = HeldClock()
    threads = Threads(clock)
    lamp = act("light.turn_on", "light.living")
    threads.remember("c", Command((lamp,), "en", "lamp on"), [done(lamp, before="off")])
    clock._elapsed = seconds
    told = house({"light.living": State("on", {"brightness": 128})})
    command = threads.follow_up(text, "c", told, "en")
    if command is None:
        return None
    return threads.remember("c", command, [done(action, status) for action in command.actions])


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("too bright", act("light.turn_on", "light.living", brightness_pct=30)),
        ("no, not that", act("light.turn_off", "light.living")),
        ("I don't like this", act("light.turn_off", "light.living")),
    ],
)
def test_a_complaint_within_a_minute_is_a_correction_of_the_last_act(text: str, mend: Action) -> None:
    found = corrected(text)
    assert found is not None
    assert (found.said, found.did.text, found.mend.actions) == (text, "lamp on", (mend,))


def test_a_complaint_later_than_that_mends_and_teaches_nothing() -> None:
    assert corrected("too bright", 61.0) is None
    assert corrected("not that", 61.0) is None
    assert corrected("I don't like this", 61.0) is None


@pytest.mark.parametrize("text", ["dimmer", "again", "turn it off", "set it to 40 %"])
def test_what_only_goes_on_is_no_correction(text: str) -> None:
    assert corrected(text) is None


def test_what_could_not_be_mended_teaches_nothing() -> None:
    assert corrected("too bright", status="refused") is None
    assert corrected("too bright", status="failed") is None


def test_a_complaint_about_something_else_is_no_follow_up() -> None:
    assert corrected("too loud") is None
    assert said(after(LIGHT), "I don't like this, I prefer jazz") is None


@pytest.mark.parametrize(
    ("erasure", "gone"),
    [
        (Erasure(conversations=frozenset({"c"})), 2),
        (Erasure(words=("said",)), 2),
        (Erasure(everything=True), 2),
        (Erasure(conversations=frozenset({"d"}), words=("something",)), 0),
    ],
)
def test_a_talk_that_is_forgotten_has_no_last_act(erasure: Erasure, gone: int) -> None:
    threads = after(LIGHT)
    threads._propose("c", _Proposed(Command((LIGHT,), "en", "as said before")))
    assert threads.erase(erasure) == gone
    assert (said(threads, "turn it off") is None) is bool(gone)
