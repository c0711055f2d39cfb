import pytest

from claw.base.action import Action
from claw.base.config import Config
from claw.base.errors import Broken, Refused
from claw.daemon.declared import people_of, risky_of, services_of
from claw.house.file import parse_house
from claw.house.services import validate

HOUSE = parse_house(
    {
        "entities": [{"entity_id": "dishwasher.kitchen", "state": "idle"}],
        "people": [{"id": "anna", "name": "Anna", "role": "owner"}, {"id": "zoe", "name": "Zoe"}],
    }
)


def declared(**services: object) -> Config:
    return Config.model_validate({"house": {"simulated": "x.yaml"}, "services": services})


STARTED = {"minutes": {"type": "integer", "required": True, "minimum": 1, "maximum": 180}}


def test_a_declared_service_is_validated_by_its_types() -> None:
    config = declared(**{"dishwasher.start": {"tier": 2, "fields": STARTED}})
    services = services_of(config)
    good = Action("dishwasher.start", ("dishwasher.kitchen",), {"minutes": 30})
    assert validate(HOUSE, good, services) == good
    for data in ({}, {"minutes": 0}, {"minutes": "30"}, {"minutes": 30, "extra": 1}):
        with pytest.raises(Refused):
            validate(HOUSE, Action("dishwasher.start", ("dishwasher.kitchen",), data), services)


def test_the_tiers_decide_what_is_risky_and_what_stays_unknown() -> None:
    config = declared(
        **{"dishwasher.start": {"tier": 2}, "dishwasher.open": {"tier": 3}, "dishwasher.format": {"tier": 4}}
    )
    assert risky_of(config) == {"dishwasher.open"}
    assert "dishwasher.format" not in services_of(config)


def test_a_phone_takes_what_is_sent_to_one_and_nothing_else_is_known_of_phones() -> None:
    phone = {"service": "notify.mobile_app_anna", "person": "anna", "user": "a" * 32}
    config = Config.model_validate({"house": {"simulated": "x.yaml"}, "channels": {"phones": [phone]}})
    services = services_of(config)
    hello = Action("notify.mobile_app_anna", (), {"message": "hello"})
    assert validate(HOUSE, hello, services) == hello
    with pytest.raises(Refused):
        validate(HOUSE, Action("notify.mobile_app_ben", (), {"message": "hello"}), services)
    with pytest.raises(Refused):
        validate(HOUSE, Action("notify.mobile_app_anna", (), {"message": "hello", "data": {"command": "x"}}), services)


def test_a_number_without_bounds_is_refused_at_the_start() -> None:
    with pytest.raises(Broken, match="minimum and a maximum"):
        services_of(declared(**{"dishwasher.start": {"tier": 1, "fields": {"minutes": {"type": "number"}}}}))


def test_claws_own_actions_cannot_be_declared_away() -> None:
    config = declared(**{"claw.notify": {"tier": 1, "targets": False}})
    assert services_of(config)["claw.notify"].fields


def test_the_people_of_a_simulated_house_are_taken_where_the_configuration_names_none() -> None:
    people = people_of(declared(), HOUSE)
    assert (people.role("anna"), people.role("zoe")) == ("owner", "guest")
    assert len(people_of(declared(), None)) == 0
