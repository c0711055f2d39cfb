"""What a yes that is said aloud may answer, term by term; who else would like to have said it is in tests/hostile."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Action, Origin, Pending, Terms
from claw.base.errors import Refused
from claw.gate.spoken import (
    SPOKEN_S,
    by_voice,
    check_aloud,
    check_spoken,
    check_terms,
    names_voice,
    only_voice,
)
from claw.house.file import parse_house
from tests.gate_room import GARAGE, HOUSE, LAMP_ON, OWNER, UNLOCK

HALL = Origin("voice:hall", place="hall", source="10.0.0.5", conversation="voice:10.0.0.5:hall:aa11")
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ASKED = Pending(
    id="q1",
    question="Turn on the lamp?",
    actions=(LAMP_ON,),
    origin=HALL,
    terms=Terms(channels=("voice", "web")),
    rule="lamps",
    before={},
    created=NOW,
    expires=NOW + timedelta(seconds=120),
    audit=1,
)
THINGS = parse_house(HOUSE)


def test_a_lamp_may_be_answered_aloud_where_the_rule_names_voice() -> None:
    check_aloud(ASKED, THINGS)
    check_spoken(ASKED, HALL, [ASKED], SPOKEN_S)


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (Terms(), "by voice"),
        (Terms(channels=("web", "cli")), "by voice"),
        (Terms(channels=("*",)), "by voice"),
        (Terms(channels=("v*",)), "by voice"),
        (Terms(channels=("voice:kitchen",)), "by voice"),
        (Terms(channels=("voice",), roles=("adult",)), "a voice is nobody"),
        (Terms(channels=("voice",), strength="session"), "does not prove enough"),
        (Terms(channels=("voice",), strength="signed"), "does not prove enough"),
    ],
)
def test_a_rule_that_asks_for_somebody_or_names_no_voice_takes_none(terms: Terms, why: str) -> None:
    with pytest.raises(Refused, match=why):
        check_terms(terms, "voice:hall")
    with pytest.raises(Refused, match=why):
        check_aloud(replace(ASKED, terms=terms), THINGS)


@pytest.mark.parametrize("channels", [("voice",), ("voice:hall",), ("voice:*",), ("web", "voice:h*")])
def test_a_rule_may_name_every_voice_or_one(channels: tuple[str, ...]) -> None:
    check_terms(Terms(channels=channels), "voice:hall")


@pytest.mark.parametrize(
    "actions",
    [
        (UNLOCK,),
        (LAMP_ON, UNLOCK),
        (GARAGE,),
        (Action("cover.toggle", ("cover.garage",)),),
        (Action("lock.lock", ("lock.door",)), LAMP_ON, Action("lock.unlock", ("lock.safe",))),
        (Action("script.turn_on", ("script.party",)),),
        (Action("claw.remember", (), {"text": "anna likes tea"}),),
        (Action("todo.remove_item", ("todo.list",), {"item": "milk"}),),
        (Action("notify.send_message", ("notify.phone",), {"message": "hi"}),),
        (),
    ],
    ids=str,
)
def test_what_is_risky_or_cannot_be_taken_back_is_never_answered_aloud(actions: tuple[Action, ...]) -> None:
    with pytest.raises(Refused):
        check_aloud(replace(ASKED, actions=actions), THINGS)


def test_what_a_lock_would_have_to_be_unlocked_for_is_not_taken_back_so_it_is_not_answered_aloud() -> None:
    house = parse_house({**HOUSE, "entities": [{"entity_id": "lock.door", "name": "Door", "state": "unlocked"}]})
    with pytest.raises(Refused, match="taken back"):
        check_aloud(replace(ASKED, actions=(Action("lock.lock", ("lock.door",)),)), house)


@pytest.mark.parametrize(
    "asked",
    [
        replace(ASKED, run="program1"),
        replace(ASKED, number="42"),
        replace(ASKED, origin=OWNER),
        replace(ASKED, origin=replace(HALL, person="anna")),
        replace(ASKED, origin=replace(HALL, skill="cosy")),
        replace(ASKED, origin=replace(HALL, routine="evening")),
        replace(ASKED, origin=replace(HALL, task="t1")),
        replace(ASKED, origin=replace(HALL, taint=("calendar",))),
        replace(ASKED, origin=replace(HALL, asks_only=True)),
        replace(ASKED, origin=replace(HALL, place=None)),
        replace(ASKED, origin=replace(HALL, channel="voice")),
        replace(ASKED, origin=replace(HALL, conversation="")),
    ],
    ids=range(12),
)
def test_only_what_was_plainly_asked_for_at_a_known_satellite_is_answered_aloud(asked: Pending) -> None:
    with pytest.raises(Refused):
        check_aloud(asked, THINGS)


@pytest.mark.parametrize(
    "origin",
    [
        replace(HALL, channel="voice:kitchen"),
        replace(HALL, source="10.0.0.6"),
        replace(HALL, place="kitchen"),
        replace(HALL, conversation="voice:10.0.0.5:hall:bb22"),
        replace(HALL, person="anna"),
        replace(HALL, authenticated=True),
        replace(HALL, strength="tap"),
        replace(HALL, taint=("mail",)),
        replace(HALL, routine="evening"),
        replace(HALL, skill="cosy"),
        replace(HALL, task="t1"),
        replace(HALL, asks_only=True),
    ],
    ids=range(12),
)
def test_a_yes_from_elsewhere_or_with_anything_behind_it_is_none(origin: Origin) -> None:
    with pytest.raises(Refused):
        check_spoken(ASKED, origin, [ASKED], 1.0)


def test_what_was_asked_of_a_screen_is_not_answered_as_if_it_was_asked_aloud() -> None:
    screen = replace(HALL, channel="screen:hall")
    asked = replace(ASKED, origin=screen)
    with pytest.raises(Refused, match="aloud"):
        check_spoken(asked, screen, [asked], 1.0)


def test_whose_channel_it_is_and_what_a_rule_names() -> None:
    assert by_voice(HALL)
    assert not by_voice(OWNER)
    assert names_voice(Terms(channels=("voice",)))
    assert only_voice(Terms(channels=("voice", "voice:hall")))
    assert not only_voice(Terms())
    assert not only_voice(ASKED.terms)


ANYBODY = st.builds(
    Origin,
    channel=st.sampled_from(["voice:hall", "voice:kitchen", "voice", "web", "cli", "screen:hall"]),
    person=st.sampled_from([None, "anna"]),
    place=st.sampled_from([None, "hall", "kitchen"]),
    authenticated=st.booleans(),
    source=st.sampled_from(["10.0.0.5", "10.0.0.6", ""]),
    conversation=st.sampled_from([HALL.conversation, "c1", ""]),
    language=st.sampled_from([None, "en"]),
    taint=st.sampled_from([(), ("mail",)]),
    asks_only=st.booleans(),
    strength=st.sampled_from([None, "tap", "session", "signed"]),
    routine=st.sampled_from(["", "evening"]),
    skill=st.sampled_from(["", "cosy"]),
    task=st.sampled_from(["", "t1"]),
)


@given(ANYBODY | st.just(HALL), st.floats(allow_nan=False) | st.floats(0, SPOKEN_S), st.integers(0, 2))
def test_nobody_but_whoever_stands_where_it_was_asked_says_yes(origin: Origin, asked_s: float, others: int) -> None:
    waiting = [ASKED, *(replace(ASKED, id=f"other{at}") for at in range(others))]
    try:
        check_spoken(ASKED, origin, waiting, asked_s)
    except Refused:
        assert origin != HALL or not 0 <= asked_s <= SPOKEN_S or others
    else:
        assert (replace(origin, language=None), 0 <= asked_s <= SPOKEN_S, others) == (HALL, True, 0)
