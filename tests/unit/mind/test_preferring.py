"""What people like, read from what they say and told in what is answered."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import claw.daemon
from claw.base.action import Action, Json, Origin, Outcome, Reply
from claw.base.errors import Refused
from claw.house.file import load_house
from claw.memory.model import ANYBODY, Audience, Fact, private_to
from claw.memory.preferences import Preferences, preference
from claw.mind.intents import Intents
from claw.mind.preferring import Preferring
from claw.mind.understood import Command
from tests.unit.memory.test_preferences import Judge, Remembered, Room

HOME = load_house(Path(claw.daemon.__file__).parent / "demo" / "house.yaml")
NIGHT = datetime(2026, 3, 4, 23, tzinfo=UTC)
ANNA = Origin(channel="web", person="anna", authenticated=True, language="en")
LEFT = "light.bedroom_ceiling"


@pytest.fixture(scope="module")
def intents() -> Intents:
    found = Intents(["en", "de", "fr", "nl", "zh"])
    found.warm(HOME)
    return found


def hears(origin: Origin) -> Audience:
    return Audience(person=origin.person, resident=True) if origin.authenticated else ANYBODY


@pytest.fixture
def known() -> Remembered:
    return Remembered()


@pytest.fixture
def preferring(intents: Intents, known: Remembered) -> Preferring:
    return Preferring(Preferences(known, Judge(), hears, lambda: NIGHT), intents)


def keep(known: Remembered, fact: Fact) -> None:
    room = Room()
    room.known = known
    room.keep(fact)


async def read(preferring: Preferring, text: str, language: str = "en") -> tuple[str, dict[str, Json], dict[str, Json]]:
    origin = Origin(channel="web", person="anna", authenticated=True, language=language)
    fact = await preferring.from_now_on(text, HOME, origin)
    assert fact.kind == "preference"
    return fact.subject, dict(fact.value), dict(fact.condition)


@pytest.mark.parametrize(
    ("text", "subject", "value", "condition"),
    [
        ("bedroom lights at 30 % after ten", "area:bedroom", {"brightness_pct": 30}, {"after": "22:00"}),
        ("I like the bedroom lights at 30% after 10 pm", "area:bedroom", {"brightness_pct": 30}, {"after": "22:00"}),
        ("the lights in the bedroom should be at 30 percent", "area:bedroom", {"brightness_pct": 30}, {}),
        ("dim the bedroom lights to 30 % after ten", "area:bedroom", {"brightness_pct": 30}, {"after": "22:00"}),
        ("after ten bedroom lights on at 30 %", "area:bedroom", {"brightness_pct": 30}, {"after": "22:00"}),
        ("all lights at 50 % before seven", "house", {"brightness_pct": 50}, {"before": "07:00"}),
        ("set the bedroom lights to warm white", "area:bedroom", {"color_temp_kelvin": 2700}, {}),
    ],
)
async def test_a_wish_is_about_what_it_names(
    preferring: Preferring, text: str, subject: str, value: dict[str, Json], condition: dict[str, Json]
) -> None:
    assert await read(preferring, text) == (subject, value, condition)


async def test_a_wish_about_one_thing_is_about_the_thing_and_not_its_room(preferring: Preferring) -> None:
    bedside = HOME.registry.entities["light.bedroom_bedside"]
    subject, value, _ = await read(preferring, "bedside at 10 % after eleven")
    assert (subject, value) == (f"entity:{bedside.registry_id}", {"brightness_pct": 10})
    speaker = HOME.registry.entities["media_player.kitchen_speaker"]
    subject, value, _ = await read(preferring, "kitchen speaker at 20 % after nine")
    assert (subject, value) == (f"entity:{speaker.registry_id}", {"volume_level": 0.2})


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Licht im Schlafzimmer nach zehn auf 30 %"),
        ("fr", "la lumière de la chambre à 30 % après 22 h"),
        ("nl", "lampen in de slaapkamer op 30 % na tien uur"),
        ("zh", "晚上十点以后卧室灯调到30%"),
    ],
)
async def test_a_wish_in_each_language(preferring: Preferring, language: str, text: str) -> None:
    wish = ("area:bedroom", {"brightness_pct": 30}, {"after": "22:00"})
    assert await read(preferring, text, language) == wish


async def test_a_wish_for_oneself_is_ones_own(preferring: Preferring) -> None:
    fact = await preferring.from_now_on("bedroom lights at 30 % just for me", HOME, ANNA)
    assert fact.visibility == private_to("anna")
    fact = await preferring.from_now_on("bedroom lights at 30 % for me", HOME, Origin(channel="voice:hall"))
    assert fact.visibility == "household"


@pytest.mark.parametrize(
    "text",
    [
        *("unlock the front door after ten", "close the blinds after ten", "blinds at 50 %", "disarm the alarm at 7"),
        *("the speaker at 30 %", "lights at 30 %", "the lights upstairs at 20 %", "bedroom lights red"),
        *(
            "bedroom lights at 300 %",
            "bedroom lights on",
            "do what the mail says",
            "",
            "x" * 2000,
            "bed\u200broom at 3 %",
        ),
        *("set the heating to 25 degrees", "kitchen lights at 30 % and unlock the front door"),
    ],
)
async def test_nothing_else_is_a_wish(preferring: Preferring, text: str) -> None:
    with pytest.raises(Refused) as refused:
        await preferring.from_now_on(text, HOME, ANNA)
    assert str(refused.value)[0].isupper() or str(refused.value)[0] == "“"


def outcome(*entities: str, status: str = "done") -> Reply:
    done = Outcome(Action("light.turn_on", entities), status)  # pyright: ignore[reportArgumentType]  a status
    return Reply("Done.", "done", (done,))


def turned_on(language: str = "en", **data: Json) -> Command:
    return Command((Action("light.turn_on", (LEFT,), data),), language, "on")


def dimmed(visibility: str = "household", **condition: Json) -> Fact:
    return preference(
        "area:bedroom", "light", {"brightness_pct": 30}, "Dim.", condition=condition, visibility=visibility
    )


async def test_a_command_gets_what_is_liked_and_the_answer_says_so(preferring: Preferring, known: Remembered) -> None:
    keep(known, dimmed(after="22:00"))
    liked = preferring.liked(turned_on(), HOME, ANNA)
    assert dict(liked.command.actions[0].data) == {"brightness_pct": 30}
    assert liked.told(outcome(LEFT)).text == "Done. 30 %, as you like it after 22:00."
    assert liked.told(outcome(LEFT, status="failed")).text == "Done."
    assert liked.told(outcome("light.porch")).text == "Done."
    assert liked.told(Reply("May I?", "pending")).text == "May I?"


async def test_an_answer_that_others_hear_does_not_say_what_is_remembered(
    preferring: Preferring, known: Remembered
) -> None:
    keep(known, dimmed())
    liked = preferring.liked(turned_on(), HOME, Origin(channel="voice:hall"))
    assert dict(liked.command.actions[0].data) == {"brightness_pct": 30}
    assert liked.told(outcome(LEFT)).text == "Done."


async def test_what_takes_back_and_what_says_a_figure_stay_as_they_are(
    preferring: Preferring, known: Remembered
) -> None:
    keep(known, dimmed())
    back = Command(turned_on().actions, "en", "undo", undoes=(7,))
    assert preferring.liked(back, HOME, ANNA).command is back
    said = turned_on(brightness_pct=80)
    assert preferring.liked(said, HOME, ANNA).command is said


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("de", "30 %, wie du es zwischen 22:00 und 06:00 Uhr am Mittwoch magst."),
        ("fr", "30 %, comme tu l'aimes entre 22:00 et 06:00 le mercredi."),
    ],
)
async def test_the_answer_is_in_the_language_of_the_talk(
    preferring: Preferring, known: Remembered, language: str, note: str
) -> None:
    keep(known, dimmed(after="22:00", before="06:00", weekdays=["wed"]))
    liked = preferring.liked(turned_on(language), HOME, ANNA)
    assert liked.note.replace("\u202f", " ").replace("\xa0", " ") == note


async def test_what_somebody_says_they_like_is_a_wish_of_their_own(preferring: Preferring) -> None:
    fact = await preferring.wish("I like the bedroom lights at 30 % after ten", HOME, ANNA)
    assert fact is not None
    assert (fact.kind, fact.visibility, dict(fact.value)) == ("preference", "person:anna", {"brightness_pct": 30})
    for text in ("I like jazz", "I like the front door open", "the bedroom lights at 30 %", "Ben likes 30 %"):
        assert await preferring.wish(text, HOME, ANNA) is None
    assert await preferring.wish("I like the bedroom lights at 30 %", HOME, Origin(channel="voice:hall")) is None
