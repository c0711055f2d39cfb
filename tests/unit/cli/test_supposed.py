from collections.abc import Sequence
from typing import Any

import pytest

from claw.base.action import Action
from claw.base.errors import Refused
from claw.cli.ground import Ground
from claw.cli.supposed import Supposed, supposed
from claw.daemon.demo import FOLDER
from claw.house.file import load_house
from claw.house.services import CATALOGUE
from claw.policy.people import People, Person

HOUSE = load_house(FOLDER / "house.yaml")
THERE = Ground(People([Person("anna", "Anna", "owner")]), CATALOGUE, HOUSE)
POLICY = """\
version: 1
rules:
  - {id: night, allow: light.*, when: {between: [22:00, 07:00]}}
  - {id: owner, allow: light.turn_off, who: {role: owner}}
  - {id: hall, allow: media_player.turn_off, who: {place: hall, channel: voice}}
  - {id: shut, allow: fan.*, when: {states: {lock.front_door: locked}}}
  - {id: influenced, deny: light.*, when: {tainted: true}}
"""


def said(name: str, entity: str, **asked: Any) -> tuple[str, str | None, str]:
    action = Action(name, (entity,), asked.pop("data", {}))
    one = supposed(Supposed(action, **asked), THERE.parse(POLICY, "p"), THERE)["entities"][0]
    return one["decision"]["effect"], one["decision"]["rule"], (one["nearest"] or {}).get("lacked", "")


def test_what_if_it_were_eleven() -> None:
    assert said("light.turn_on", "light.porch", at="23:00")[:2] == ("allow", "night")
    assert said("light.turn_on", "light.porch", at="12:00") == ("deny", None, "between 22:00 and 07:00")


def test_what_if_somebody_else_asked_from_somewhere_else() -> None:
    assert said("light.turn_off", "light.porch", at="12:00", person="anna")[1] == "owner"
    assert said("light.turn_off", "light.porch", at="12:00")[0] == "deny"
    assert (
        said("media_player.turn_off", "media_player.kitchen_speaker", channel="voice:hall", place="hall")[1] == "hall"
    )


def test_what_if_the_house_were_otherwise_or_somebody_had_whispered() -> None:
    assert said("fan.turn_on", "fan.bathroom")[0] == "allow"
    assert said("fan.turn_on", "fan.bathroom", states=["lock.front_door=unlocked"])[0] == "deny"
    assert said("light.turn_on", "light.porch", at="23:00", tainted=True)[:2] == ("deny", "influenced")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"person": "bob"}, "nobody here is bob"),
        ({"at": "25:00"}, "--at"),
        ({"states": ["light.porch"]}, "light.a=on"),
        ({"states": ["light.moon=on"]}, "light.moon"),
    ],
)
def test_what_cannot_be_supposed_is_refused(asked: dict[str, str | Sequence[str]], words: str) -> None:
    with pytest.raises(Refused, match=words):
        said("light.turn_on", "light.porch", **asked)
