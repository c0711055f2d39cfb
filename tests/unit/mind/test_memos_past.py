"""What was so when: thirty questions and more, and nothing is made up."""

from pathlib import Path

import pytest

from claw.mind import memos_past
from tests.talked_memory import ANNA, BEN, GUEST, VOICE, Household

TOLD = (
    "we changed the water filter on 3 March",
    "we changed the water filter on 2 September",
    "Ben fixed the kettle last Friday",
    "we went to Berlin in May",
    "the chimney was swept on 12 October 2024",
    "the bin day was Wednesday until April",
    "the bin day is Thursday since May",
    "the bin day is Friday since September",
    "Grandma lived here from May to July",
    "Otto moved in on 3 May 2024",
    "Otto moved out on 1 June 2025",
    "Zoe lives here since 2023",
    "the wifi name is Attic7",
)
UNKNOWN = "I do not know."


@pytest.fixture
async def home(tmp_path: Path) -> Household:
    made = Household(tmp_path)
    await made.tell(*TOLD)
    return made


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("when did we last change the water filter", "On Wednesday, 2 September 2026: “we changed the water filter on"),
        ("When did we last change the filter?", "On Wednesday, 2 September 2026"),
        ("when was the last time we changed the filter", "On Wednesday, 2 September 2026"),
        ("how long ago did we change the filter", "On Wednesday, 2 September 2026"),
        ("when was the filter last changed", "On Wednesday, 2 September 2026"),
        ("when did Ben last fix the kettle", "On Friday, 20 November 2026"),
        ("when did we sweep the chimney", "On Saturday, 12 October 2024"),
        ("when did we go to Berlin", "“we went to Berlin in May” (from Friday, 1 May 2026 to Sunday, 31 May 2026)"),
        ("when was the filter changed", "On Wednesday, 2 September 2026"),
        ("when did Ben fix the kettle", "On Friday, 20 November 2026"),
        ("how often did we change the filter", "2: "),
        ("how often did we change the filter in March", "1: “we changed the water filter on 3 March”."),
        ("how many times did we change the filter this year", "2: "),
        ("what did we do in May", "“we went to Berlin in May”"),
        ("what happened in October 2024", "“the chimney was swept on 12 October 2024”"),
        ("what was the bin day before", "Before that: “the bin day is Thursday since May” (from Friday, 1 May 2026 to"),
        ("what was the bin day in June", "“the bin day is Thursday since May”"),
        ("what was the bin day in October", "“the bin day is Friday since September”"),
        ("what was the bin day on 3 March", "“the bin day was Wednesday until April”"),
        ("since when is the bin day Friday", "Since Tuesday, 1 September 2026"),
        (
            "since when is the wifi name Attic7",
            "I know it since Saturday, 21 November 2026, but not since when it is so",
        ),
        ("who lived here in May", "Zoe (since Sunday, 1 January 2023) and Grandma (from Friday, 1 May 2026 to"),
        ("who lived here in July", "Grandma"),
        ("who lived here in 2024", "Otto (from Friday, 3 May 2024 to Saturday, 31 May 2025)"),
        ("who lived here between August and October", "As far as I know: Zoe (since Sunday, 1 January 2023)."),
        ("who lives here", "As far as I know: Zoe, Anna, Ben and Sam."),
        ("did Grandma live here in June", "Yes: Grandma (from Friday, 1 May 2026 to Friday, 31 July 2026)."),
        ("did Grandma live here in August", "Not then, as far as I know: Grandma (from"),
        ("did Otto live here in 2024", "Yes: Otto"),
        ("does Otto live here", "Not then, as far as I know: Otto"),
        ("has Otto ever lived here", "Yes: Otto"),
        ("when did Grandma live here", "Grandma (from Friday, 1 May 2026 to Friday, 31 July 2026)"),
        ("since when does Zoe live here", "Zoe (since Sunday, 1 January 2023)"),
        ("when did Otto move out", "Otto (from Friday, 3 May 2024 to Saturday, 31 May 2025)"),
        ("since when does Ben live here", "Ben (since I know the house (Saturday, 21 November 2026))"),
    ],
)
async def test_a_question_about_the_past_is_answered_from_its_times(home: Household, asked: str, answer: str) -> None:
    said = await home.say(asked)
    assert said is not None
    assert answer in said


@pytest.mark.parametrize(
    "asked",
    [
        "when did we last feed the fish",
        "when did we last change the tyres",
        "how often did we wash the car",
        "what did we do in February",
        "what was the bin day in 1999",
        "what was the wifi name before",
        "what was the wifi name in May",
        "since when is the boiler old",
        "did Ben live here in 2019",
        "did Nobody live here in 2019",
        "when did Walter live here",
        "who lived here in 1950",
    ],
)
async def test_what_nobody_told_is_not_known(home: Household, asked: str) -> None:
    if asked == "what was the bin day in 1999":
        assert await home.say(asked) == "I remember: “the bin day was Wednesday until April”."
    else:
        assert await home.say(asked) == UNKNOWN


@pytest.mark.parametrize(
    "asked",
    [
        "when did we last change the filter",
        "what was the bin day before",
        "what was the bin day in June",
        "who lived here in May",
        "who lives here",
        "did Grandma live here in June",
        "since when does Zoe live here",
        "what did we do in May",
        "how often did we change the filter",
        "since when is the bin day Friday",
        "does Ben live here",
        "since when does Ben live here",
    ],
)
async def test_a_guest_and_a_voice_learn_nothing_of_the_past(home: Household, asked: str) -> None:
    for origin in (GUEST, VOICE):
        assert await home.say(asked, origin) == UNKNOWN


async def test_what_it_was_before_follows_what_was_spoken_of(home: Household) -> None:
    await home.say("when is the bin day")
    assert await home.say("what is the bin day") == "I remember: “the bin day is Friday since September”."
    said = await home.say("what was it before?")
    assert said is not None
    assert "“the bin day is Thursday since May”" in said
    said = await home.say("and what was it before that")
    assert said is not None
    assert "“the bin day was Wednesday until April” (until Thursday, 30 April 2026)" in said
    assert await home.say("what was it before") == UNKNOWN


async def test_since_when_follows_what_was_spoken_of(home: Household) -> None:
    await home.say("what is the bin day")
    said = await home.say("since when?")
    assert said is not None
    assert said.startswith("Since Tuesday, 1 September 2026")
    said = await home.say("when did I tell you that")
    assert said is not None
    assert said.startswith("I know it since Saturday, 21 November 2026")


async def test_a_change_ends_what_was_so_before(home: Household) -> None:
    await home.days(10)
    await home.tell("the wifi name is Cellar9")
    said = await home.say("what was the wifi name before")
    assert said == "Before that: “the wifi name is Attic7” (until Tuesday, 1 December 2026)."


async def test_a_private_past_is_told_to_its_owner_alone(home: Household) -> None:
    await home.say("remember just for me that we hid the gift on 3 November")
    mine = await home.say("when did we hide the gift", ANNA)
    assert mine is not None
    assert mine.startswith("On Tuesday, 3 November 2026")
    assert await home.say("when did we hide the gift", BEN) == UNKNOWN


async def test_what_is_still_to_come_was_not_done_yet(home: Household) -> None:
    await home.tell("we booked the plumber for 5 December 2026")
    assert await home.say("when did we last book the plumber") == UNKNOWN
    assert await home.say("when is the plumber booked") == "I remember: “we booked the plumber for 5 December 2026”."
    await home.days(20)
    said = await home.say("when did we last book the plumber")
    assert said is not None
    assert "plumber" in said


def test_every_question_about_the_past_has_its_answer() -> None:
    assert callable(memos_past.last)
