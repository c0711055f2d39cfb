"""What was shown and which skills there are, in words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from claw.base.action import Action
from claw.daemon.demo import FOLDER
from claw.house.file import load_house
from claw.mind.phrases import LANGUAGES, phrases
from claw.mind.skill_talk_telling import MOST_LISTED, left_out, listed, seen, state, title
from claw.skills.demonstration import Demonstration
from claw.skills.demonstration_lines import Left, Line
from claw.skills.model import Standing, State
from tests.shown_room import ANNA, CEILING, LAMP
from tests.skill_talking import skill

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
HOUSE = load_house(FOLDER / "house.yaml")
TV = "media_player.living_room_tv"


def shown(*lines: Line, left: tuple[Left, ...] = ()) -> Demonstration:
    return Demonstration(1, NOW, ANNA, "asking", "watch me", lines, left)


def row(*actions: Action) -> str:
    text = seen(shown(Line(actions[0].entities, actions)), HOUSE, NOW, phrases("en"))
    return text.splitlines()[1].removeprefix("1. ")


@pytest.mark.parametrize(
    ("actions", "told"),
    [
        ((Action("light.turn_off", (LAMP,)),), "the living room lamp: off"),
        ((Action("light.turn_off", (LAMP, CEILING)),), "the living room lights: off"),
        ((Action("light.turn_on", (LAMP,), {"brightness_pct": 30}),), "the living room lamp: at 30 %"),
        (
            (Action("light.turn_on", (LAMP,), {"brightness_pct": 30, "hs_color": [10, 90]}),),
            "the living room lamp: at 30 %, in this colour",
        ),
        ((Action("lock.lock", ("lock.front_door",)),), "the front door: locked"),
        (
            (
                Action("media_player.turn_on", (TV,)),
                Action("media_player.volume_set", (TV,), {"volume_level": 0.2}),
                Action("media_player.select_source", (TV,), {"source": "HDMI 2"}),
            ),
            "the living room TV: on, at volume 20 %, set to HDMI 2",
        ),
    ],
)
def test_a_line_says_what_the_house_would_be(actions: tuple[Action, ...], told: str) -> None:
    assert row(*actions) == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_tells_it_and_asks(language: str) -> None:
    left = tuple(Left(LAMP, why) for why in ("opens", "unknown", "many", "others"))
    line = Line((CEILING,), (Action("light.turn_off", (CEILING,)),))
    text = seen(shown(line, left=left), HOUSE, NOW, phrases(language))
    assert "\n1. " in text
    assert len(left_out(shown(left=left), HOUSE, phrases(language))) == 4
    assert "{" not in text


@pytest.mark.parametrize(
    ("came", "enabled", "word"),
    [
        ("draft", True, "draft"),
        ("tested", True, "tried"),
        ("shadow", True, "tried"),
        ("trusted", True, "runs"),
        ("stale", True, "runs"),
        ("retired", True, "idle"),
        ("trusted", False, "idle"),
        ("draft", False, "draft"),
    ],
)
def test_how_far_a_skill_came(came: State, enabled: bool, word: str) -> None:
    assert state(Standing("a", "1.0.0", "0" * 64, came, "learned", enabled=enabled)) == word


def test_a_skill_without_a_standing_is_a_draft() -> None:
    assert state(None) == "draft"


def test_skills_are_listed_by_how_far_they_came_under_names_that_cannot_lie() -> None:
    trusted = Standing("movie-time", "1.0.0", "0" * 64, "trusted", "shipped")
    skills = [
        (skill("movie-time"), trusted),
        (skill("good-night"), trusted),
        (skill("reading-time"), replace(trusted, state="shadow")),
        (skill("old-one"), replace(trusted, enabled=False)),
        (skill("new-one"), None),
    ]
    assert listed(skills, phrases("en")) == (
        "These skills run: “movie time” and “good night”. These I am still trying out: “reading time”. "
        "These are turned off: “old one”. These are not proved: “new one”."
    )
    assert listed([], phrases("en")) == "I have no skills yet."
    many = [(skill(f"s{n}"), trusted) for n in range(100)]
    assert listed(many, phrases("en")).count("“") == MOST_LISTED
    assert title("movie-time") == "movie time"
