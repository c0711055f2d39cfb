import pytest

from claw.house.model import Entity, House, Registry, State
from claw.policy.people import People, Person
from claw.policy.presence import at_home, away, entities_of, state_of

PEOPLE = People(
    [
        Person("anna", "Anna", "owner", entity="person.anna"),
        Person("ben", "Ben", "adult", entity="person.ben"),
        Person("zoe", "Zoe", "guest"),
    ]
)


def house(anna: str | None, ben: str | None, *, stale: bool = False) -> House:
    states = {"person.anna": anna, "person.ben": ben}
    return House(Registry(), {name: State(value) for name, value in states.items() if value is not None}, stale)


@pytest.mark.parametrize(
    ("anna", "ben", "anyone", "anna_home", "anna_away", "both"),
    [
        ("home", "not_home", True, True, False, True),
        ("not_home", "not_home", False, False, True, False),
        ("work", "not_home", False, False, True, False),  # a zone is not at home
        ("unknown", "home", True, None, None, True),
        ("unavailable", "not_home", None, None, None, None),
        (None, "not_home", None, None, None, None),
        ("home", None, True, True, False, True),
    ],
)
def test_who_is_at_home(
    anna: str, ben: str, anyone: bool | None, anna_home: bool | None, anna_away: bool | None, both: bool | None
) -> None:
    there = house(anna, ben)
    assert at_home(there, PEOPLE, ("anyone",)) is anyone
    assert at_home(there, PEOPLE, ("nobody",)) is (None if anyone is None else not anyone)
    assert at_home(there, PEOPLE, ("anna",)) is anna_home
    assert away(there, PEOPLE, ("anna",)) is anna_away
    assert at_home(there, PEOPLE, ("anna", "ben")) is both


def test_somebody_of_whom_nothing_says_it_is_not_known_about() -> None:
    assert at_home(house("home", "home"), PEOPLE, ("zoe",)) is None
    assert away(house("home", "home"), PEOPLE, ("zoe",)) is None
    assert at_home(house("home", "home"), People([Person("zoe", "Zoe", "guest")]), ("anyone",)) is None
    assert at_home(house("home", "home"), People(), ("nobody",)) is None


def test_what_was_so_when_the_house_was_last_heard_of_is_not_known() -> None:
    assert at_home(house("home", "home", stale=True), PEOPLE, ("anyone",)) is None
    assert state_of(house("home", "home", stale=True), "person.anna") is None


def test_a_renamed_person_is_followed_and_a_thing_that_took_the_id_is_not_asked() -> None:
    entities = {"person.new": Entity("person.new", "Anna", former="person.anna")}
    states = {"person.new": State("home"), "person.anna": State("not_home")}
    assert at_home(House(Registry(entities=entities), states), PEOPLE, ("anna",)) is True
    thief = {**entities, "person.anna": Entity("person.anna", "T", former="")}
    assert at_home(House(Registry(entities=thief), states), PEOPLE, ("anna",)) is True


def test_what_says_where_people_are_is_known() -> None:
    assert entities_of(PEOPLE, ("nobody",)) == ["person.anna", "person.ben"]
    assert entities_of(PEOPLE, ("ben", "zoe")) == ["person.ben", ""]
