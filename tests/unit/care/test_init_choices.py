"""Short answers: what they mean, and which are none."""

import pytest

from claw.care.init_choices import (
    Resident,
    as_before,
    known_people,
    people_said,
    read_heat,
    read_people,
    read_ruling,
    read_rulings,
)
from claw.house.model import Area, Registry
from tests.init_room import ADMIN, home_of

REGISTRY = Registry(areas={"kids_room": Area("kids_room", "Kids"), "hall": Area("hall", "Hall")})
KNOWN = (Resident("anna", "Anna B.", "owner", (), "person.anna", "0" * 32), Resident("ben", "Ben", "adult"))


def test_the_persons_of_home_assistant_are_offered_whose_token_it_is_first() -> None:
    rows = [
        {"entity_id": "person.anna", "attributes": {"user_id": ADMIN.id}},
        {"entity_id": "person.alf", "attributes": {"user_id": "2" * 32}},
        {"entity_id": "person.zoe", "name": "Zoe\u202e\x1b[31m"},
    ]
    found = known_people(home_of(rows, token_of=ADMIN))
    assert [(one.id, one.role) for one in found] == [("anna", "owner"), ("alf", "adult"), ("zoe", "adult")]
    assert next(one.id for one in known_people(home_of(rows))) == "alf"
    assert [one.id for one in known_people(home_of(rows[2:]))] == ["zoe"]


def test_somebody_lives_there_also_where_home_assistant_knows_nobody() -> None:
    (one,) = known_people(home_of([], token_of=ADMIN))
    assert (one.id, one.name, one.role) == ("owner", "Anna", "owner")


def test_long_ids_are_cut_and_stay_apart() -> None:
    rows = [{"entity_id": f"person.{'a' * 45}{end}"} for end in "bc"]
    found = [one.id for one in known_people(home_of(rows))]
    assert len(set(found)) == 2
    assert all(len(one) <= 40 for one in found)


def test_people_are_read_and_said_again() -> None:
    found = read_people("anna=owner, mia = child : kids_room+hall", KNOWN, REGISTRY)
    assert found[0] == KNOWN[0]
    assert found[1] == Resident("mia", "Mia", "child", ("kids_room", "hall"))
    assert read_people(people_said(found), KNOWN, REGISTRY) == found


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("", "owner"),
        ("anna=adult", "owner"),
        ("anna", "role"),
        ("anna=boss", "role"),
        ("Anna B.=owner", "id"),
        ("anna=owner, anna=adult", "twice"),
        ("anna=owner, mia=child:attic", "no room"),
        ("anna=owner\nmia=child", "role"),
    ],
)
def test_wrong_people_are_named(answer: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        read_people(answer, KNOWN, REGISTRY)


def test_roles_are_as_they_were_who_came_is_an_adult_and_who_was_left_out_stays_out() -> None:
    before = {
        "people": {"anna": {"role": "owner", "rooms": ["hall"]}, "tim": {"role": "child", "rooms": []}, "X!": {}},
        "known": ["anna", "guest_of_old"],
    }
    known = (*KNOWN, Resident("guest_of_old", "G", "adult"))
    found = as_before(known, before)
    assert people_said(found) == "anna=owner:hall, tim=child, ben=adult"
    assert found[0].entity == "person.anna"
    assert as_before(KNOWN, {}) == KNOWN
    assert as_before(KNOWN, {"people": "broken", "known": 3}) == KNOWN


@pytest.mark.parametrize(
    ("answer", "means"), [("ask", "ask"), (" A ", "ask"), ("yes", "ask"), ("Never", "never"), ("n", "never")]
)
def test_a_ruling_is_one_of_two(answer: str, means: str) -> None:
    assert read_ruling(answer) == means


def test_anything_else_is_no_ruling() -> None:
    with pytest.raises(ValueError, match="ask"):
        read_ruling("allow")
    assert read_rulings({"locks": "never", "doors": "allow"}) == {"locks": "never", "doors": "ask"}
    assert read_rulings(["broken"]) == {}


@pytest.mark.parametrize(
    ("answer", "unit", "means"),
    [
        ("16-25", "°C", (16, 25)),
        ("17.5 to 22", "°C", (17.5, 22)),
        ("61-77 °F", "°F", (61, 77)),
        ("5-35", "°C", (5, 35)),
    ],
)
def test_two_temperatures_are_read(answer: str, unit: str, means: tuple[float, float]) -> None:
    assert read_heat(answer, unit) == means


@pytest.mark.parametrize("answer", ["", "16", "25-16", "4-20", "16-36", "a-b", "16-25-30", "nan-inf", "-20-20"])
def test_anything_else_is_no_range(answer: str) -> None:
    with pytest.raises(ValueError, match="two temperatures"):
        read_heat(answer, "°C")
