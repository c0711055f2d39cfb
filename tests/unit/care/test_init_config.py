"""The first configuration: it is read back as it was meant, whatever names there are."""

from typing import Any

import pytest
import yaml

from claw.base.config import Config
from claw.base.documents import parse_document
from claw.care.init_choices import Choices, Resident
from claw.care.init_config import config_text, kept_answers, phones, placeless, satellites, yaml_text
from claw.care.init_home import Home
from claw.house.file import parse_house
from tests.init_room import demo_home, home_of

ANNA = Resident("anna", "Anna", "owner", (), "person.anna", "a" * 32)
NASTY = [
    "a: b # c",
    "- x",
    "'\"\\",
    "&a *a !x |",
    "yes",
    "null",
    "12:30",
    "{a: 1}",
    "\u2028\u2029\x85",
    "\u202eevil",
    "\x1b[31m",
    "\U0001f600",
    "%",
    "---",
    "@WARM@",
    "a\nrole: owner",
]


def read(home: Home, *people: Resident, port: int = 8321) -> Config:
    text = config_text(home, Choices(people or (ANNA,)), "house-token", "policy.yaml", 1000, port)
    return parse_document(text, "config.yaml", Config)


def test_it_says_where_the_house_is_and_who_lives_there() -> None:
    config = read(demo_home(), ANNA, Resident("mia", "Mia", "child", ("bedroom",)), port=9000)
    assert (config.house.url, str(config.house.token_file)) == ("http://homeassistant.local:8123", "house-token")
    anna, mia = config.people
    assert (anna.uid, anna.entity, anna.role) == (1000, "person.anna", "owner")
    assert (mia.uid, mia.rooms, mia.role) == (None, ("bedroom",), "child")
    assert config.listen.port == 9000


@pytest.mark.parametrize("name", NASTY)
def test_no_name_is_anything_but_a_name(name: str) -> None:
    assert yaml.safe_load(f"a: {yaml_text(name)}") == {"a": name}
    config = read(demo_home(url=f"http://home/{name.encode().hex()}"), Resident("anna", f"x{name}", "owner"))
    assert [one.role for one in config.people] == ["owner"]
    assert all(char.isprintable() for char in config.people[0].name)


@pytest.mark.parametrize(
    ("language", "languages"), [("en", ("en",)), ("de", ("de", "en")), ("nl-BE", ("nl", "en")), ("xx", ("en",))]
)
def test_the_language_of_the_house_comes_first(language: str, languages: tuple[str, ...]) -> None:
    assert read(home_of(parse_house({"language": language}))).languages == languages


def test_satellites_are_mapped_to_their_rooms() -> None:
    rows = [
        {"entity_id": "assist_satellite.hall", "area": "hall"},
        {"entity_id": "assist_satellite.lost"},
        {"entity_id": "light.hall", "area": "hall"},
    ]
    home = home_of(rows, theirs="192.168.1.10", ours="192.168.1.5")
    assert satellites(home) == {"assist_satellite.hall": "hall"}
    assert placeless(home) == ["assist_satellite.lost"]
    voice = read(home).voice
    assert voice.wyoming.host == "192.168.1.5"
    (peer,) = voice.wyoming.peers
    assert (peer.address, peer.satellites) == ("192.168.1.10", ("assist_satellite.hall",))
    assert read(home_of([])).voice is None


@pytest.mark.parametrize(
    ("trackers", "user", "found"),
    [
        (["device_tracker.annas_phone"], "a" * 32, ["notify.mobile_app_annas_phone"]),
        (["device_tracker.other"], "a" * 32, []),
        (["device_tracker.annas_phone"], "no user", []),
        ("device_tracker.annas_phone", "a" * 32, []),
    ],
)
def test_a_phone_is_taken_where_home_assistant_says_whose_it_is(trackers: Any, user: str, found: list[str]) -> None:
    rows = [{"entity_id": "person.anna", "attributes": {"device_trackers": trackers}}]
    home = home_of(rows, notifiers=("notify.mobile_app_annas_phone", "notify.notify"))
    anna = Resident("anna", "Anna", "owner", (), "person.anna", user)
    assert [service for service, _ in phones(home, [anna])] == found
    channels = read(home, anna).channels
    assert ([one.service for one in channels.phones] if channels else []) == found


def test_a_phone_of_two_people_is_nobodys() -> None:
    rows = [
        {"entity_id": f"person.{one}", "attributes": {"device_trackers": ["device_tracker.p"]}} for one in ("a", "b")
    ]
    people = [Resident(one, one, "adult", (), f"person.{one}", "a" * 32) for one in ("a", "b")]
    assert phones(home_of(rows, notifiers=("notify.mobile_app_p",)), people) == []


def test_what_is_kept_for_the_next_time_holds_no_secret() -> None:
    kept = kept_answers(Choices((ANNA,), {"locks": "never"}, (17, 22.5)), 8321, ["anna", "ben"])
    assert kept == {
        "people": {"anna": {"role": "owner", "rooms": []}},
        "rulings": {"locks": "never"},
        "heating": "17-22.5",
        "port": 8321,
        "known": ["anna", "ben"],
    }
