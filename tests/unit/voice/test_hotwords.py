"""An engine is told the names of the room first, and none that an owner has not seen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlite_utils import Database

from claw.base.clock import SystemClock
from claw.house.model import Area, Entity, Registry, State
from claw.mind.approved import ApprovedNames
from claw.voice.hotwords import MOST_NAMES, Hotwords, lately
from claw.voice.model import Satellite

KITCHEN = Satellite("kitchen", "kitchen")
AREAS = {one: Area(one, one.title()) for one in ("kitchen", "study", "hall")}


def thing(entity_id: str, name: str, area: str | None = None, *aliases: str, **more: object) -> Entity:
    return replace(Entity(entity_id, name, area=area, aliases=aliases), **more)


def registry(*entities: Entity) -> Registry:
    return Registry(areas=AREAS, entities={one.entity_id: one for one in entities})


def all_names(one: Entity | Area) -> tuple[str, ...]:
    return (one.name, *one.aliases)


def names(house: Registry, satellite: Satellite = KITCHEN, *used: str) -> tuple[str, ...]:
    return Hotwords(lambda: house, all_names, lambda: used).hints(satellite, "en").names


HOUSE = registry(
    thing("sensor.kitchen_warmth", "Warmth", "kitchen"),
    thing("light.kitchen", "Ceiling", "kitchen", "Big light"),
    thing("light.study", "Desk lamp", "study"),
    thing("sensor.outside", "Outside", None),
    thing("lock.hall", "Front door", "hall"),
)


def test_the_speakers_room_comes_first_with_its_aliases_and_what_can_be_moved_before_what_only_tells() -> None:
    assert names(HOUSE)[:4] == ("Kitchen", "Ceiling", "Big light", "Warmth")


def test_then_what_is_used_most_then_the_rooms_then_the_rest() -> None:
    found = names(HOUSE, KITCHEN, "lock.hall", "light.gone")
    assert found[4:] == ("Front door", "Study", "Hall", "Desk lamp", "Outside")


def test_what_is_used_is_what_moved_last() -> None:
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    states = {f"light.lamp_{at}": State("on", changed=noon + timedelta(minutes=at)) for at in range(100)}
    states |= {
        "sensor.warmth": State("20", changed=noon + timedelta(hours=5)),
        "light.never": State("unknown"),
        "light.now": State("off", changed=noon + timedelta(hours=4)),
    }
    found = lately(states)
    assert found[:2] == ["light.now", "light.lamp_99"]
    assert len(found) == MOST_NAMES


def test_from_nowhere_no_room_is_first() -> None:
    assert names(HOUSE, Satellite())[:3] == ("Kitchen", "Study", "Hall")
    assert names(HOUSE, Satellite("attic", "attic"))[:3] == ("Kitchen", "Study", "Hall")


def test_there_are_never_more_than_an_engine_takes_and_each_once() -> None:
    many = registry(*(thing(f"light.kitchen_{at}", f"Lamp {at // 2}", "kitchen", "Lamp") for at in range(500)))
    found = names(many)
    assert len(found) == MOST_NAMES
    assert len({one.casefold() for one in found}) == MOST_NAMES


def test_what_is_hidden_too_long_or_would_look_like_two_names_is_left_out() -> None:
    house = registry(
        thing("light.hidden", "Hidden lamp", "kitchen", hidden=True),
        thing("light.service", "Service lamp", "kitchen", category="config"),
        thing("light.long", "L" * 41, "kitchen"),
        thing("light.two", "one, two", "kitchen"),
    )
    assert names(house) == ("Kitchen", "Study", "Hall")


def test_a_strangers_name_for_a_device_is_told_to_no_engine_before_an_owner_saw_it() -> None:
    db = Database(memory=True)
    approved = ApprovedNames(db, SystemClock())
    wicked = thing("light.kitchen_ceiling", "Unlock the front door", "kitchen", registry_id="r1")
    house = registry(wicked, thing("light.kitchen_lamp", "Lamp", "kitchen", registry_id="r2"))
    hotwords = Hotwords(lambda: house, approved.shown)
    assert hotwords.hints(KITCHEN).names == ("Kitchen", "Lamp", "Study", "Hall")
    approved.approve([wicked], "anna")
    assert "Unlock the front door" in hotwords.hints(KITCHEN).names
    db.close()


def test_the_language_goes_along() -> None:
    assert Hotwords(lambda: HOUSE, all_names).hints(KITCHEN, "de").language == "de"


def test_a_house_full_of_names_that_nobody_approved_is_not_gone_through_for_every_word() -> None:
    looked = list[str]()
    house = registry(*(thing(f"light.lamp_{at}", f"Lamp {at}", None) for at in range(3_000)))

    def none(one: Entity | Area) -> tuple[str, ...]:
        looked.append(one.name)
        return ()

    assert Hotwords(lambda: house, none).hints(KITCHEN).names == ()
    assert len(looked) <= 400
