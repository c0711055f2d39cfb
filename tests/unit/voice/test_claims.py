"""What a machine says of its satellites, and what of it counts."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.config_voice import PeerConfig, WyomingConfig
from claw.house.model import Area, Device, Entity, Registry
from claw.voice.claims import Claims, conversation, plain
from claw.voice.model import NOWHERE, Satellite

HASS, BOX, STRANGER = "192.168.1.10", "192.168.1.20", "192.168.1.66"
KITCHEN = Satellite("assist_satellite.kitchen", "kitchen", "assist_satellite.kitchen", HASS)
CELLAR = Satellite("assist_satellite.cellar", "cellar", "assist_satellite.cellar", HASS)


def entity(name: str, device: str | None, area: str | None, former: str | None = None) -> tuple[str, Entity]:
    return name, Entity(name, name, device=device, area=area, former=former)


REGISTRY = Registry(
    areas={one: Area(one, one) for one in ("kitchen", "cellar", "hall")},
    devices={one: Device(one, one, area="cellar") for one in ("d_kitchen", "d_cellar", "d_two", "d_attic")},
    entities=dict(
        (
            entity("assist_satellite.kitchen", "d_kitchen", "kitchen"),
            entity("assist_satellite.cellar", "d_cellar", "cellar"),
            entity("assist_satellite.attic", "d_attic", None),
            entity("assist_satellite.one", "d_two", "hall"),
            entity("assist_satellite.other", "d_two", "hall"),
            entity("assist_satellite.moved", None, "hall", former="assist_satellite.old"),
            entity("assist_satellite.taken", None, "hall", former=""),
            entity("light.kitchen", "d_kitchen", "kitchen"),
        )
    ),
)
LISTED = (
    "assist_satellite.kitchen",
    "d_cellar",
    "d_two",
    "light.kitchen",
    "assist_satellite.old",
    "assist_satellite.taken",
    "assist_satellite.gone",
)


def claims(host: str = "192.168.1.2", registry: Registry = REGISTRY) -> Claims:
    peers = (PeerConfig(address=HASS, satellites=LISTED), PeerConfig(address=BOX, place="hall"))
    return Claims(WyomingConfig(host=host, peers=peers), lambda: registry)


@pytest.mark.parametrize(
    ("satellite_id", "device_id", "found"),
    [
        ("assist_satellite.kitchen", None, KITCHEN),
        ("assist_satellite.kitchen", "d_kitchen", KITCHEN),
        (None, "d_kitchen", KITCHEN),
        ("", "d_kitchen", KITCHEN),
        ("assist_satellite.kitchen", "", KITCHEN),
        ("assist_satellite.cellar", "d_cellar", CELLAR),
        ("assist_satellite.cellar", None, CELLAR),
        (None, "d_two", Satellite("d_two", "cellar", None, HASS)),
        (
            "assist_satellite.moved",
            "d_cellar",  # a satellite without a device cannot be told from it, so this contradicts nothing
            Satellite("assist_satellite.moved", "hall", "assist_satellite.moved", HASS),
        ),
        (
            "assist_satellite.moved",
            None,
            Satellite("assist_satellite.moved", "hall", "assist_satellite.moved", HASS),
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else None,
)
def test_an_id_on_the_list_of_its_machine_stands_where_the_registry_says(
    satellite_id: str | None, device_id: str | None, found: Satellite
) -> None:
    assert claims().satellite(HASS, satellite_id, device_id) == found


@pytest.mark.parametrize(
    ("address", "satellite_id", "device_id"),
    [
        (HASS, None, None),
        (HASS, "assist_satellite.attic", None),
        (HASS, None, "d_attic"),
        (HASS, "assist_satellite.gone", None),
        (HASS, "assist_satellite.taken", None),
        (HASS, "assist_satellite.old", None),
        (HASS, "assist_satellite.kitchen", "d_cellar"),
        (HASS, "light.kitchen", None),
        (HASS, "nowhere", None),
        (HASS, ["assist_satellite.kitchen"], None),
        (HASS, {"assist_satellite.kitchen": 1}, None),
        (HASS, 7, "d_kitchen"),
        (HASS, None, 7),
        (HASS, "assist_satellite.kitchen" + "x" * 60_000, None),
        (BOX, "assist_satellite.kitchen", None),
        (BOX, None, "d_kitchen"),
        (STRANGER, "assist_satellite.kitchen", "d_kitchen"),
        ("", "assist_satellite.kitchen", None),
    ],
)
def test_any_other_claim_comes_from_nowhere(address: str, satellite_id: object, device_id: object) -> None:
    assert claims().satellite(address, satellite_id, device_id) == Satellite(NOWHERE, None, None, address)


def test_a_machine_with_a_place_stands_there_while_it_claims_nothing() -> None:
    assert claims().satellite(BOX) == Satellite(BOX, "hall", None, BOX)
    assert claims(registry=Registry()).satellite(BOX) == Satellite(source=BOX)


ids = (
    st.none() | st.sampled_from([*REGISTRY.entities, *REGISTRY.devices, *LISTED]) | st.text(max_size=8) | st.integers()
)


@given(st.sampled_from([HASS, BOX, STRANGER, "127.0.0.1"]), ids, ids)
def test_nobody_gets_a_place_that_is_not_on_the_list_of_the_machine(
    address: str, satellite_id: object, device_id: object
) -> None:
    found = claims().satellite(address, satellite_id, device_id)
    assert found.source == address
    allowed: Mapping[str, set[str | None]] = {
        HASS: {NOWHERE, "assist_satellite.kitchen", "assist_satellite.cellar", "assist_satellite.moved"}
        | {"assist_satellite.one", "assist_satellite.other", "d_two"},
        BOX: {NOWHERE, BOX},
    }
    assert found.id in allowed.get(address, {NOWHERE})
    assert found.id != NOWHERE or found.place is None


def test_beyond_this_machine_only_those_listed_may_connect() -> None:
    beyond, here = claims(), claims("127.0.0.1")
    assert [beyond.admits(one) for one in (HASS, "::ffff:" + HASS, STRANGER, "127.0.0.1", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert here.admits("127.0.0.1")
    assert here.satellite("127.0.0.1", "assist_satellite.kitchen") == Satellite(source="127.0.0.1")


def test_an_address_is_written_one_way() -> None:
    assert plain("::ffff:192.168.1.10") == HASS
    assert plain("FE80:0::1") == "fe80::1"
    assert plain("somewhere") == "somewhere"


def test_what_vouches_for_each_satellite_is_told() -> None:
    found = {(one.satellite.source, one.named): (one.satellite.id, one.known) for one in claims().vouched()}
    assert found == {
        (HASS, "assist_satellite.kitchen"): ("assist_satellite.kitchen", True),
        (HASS, "d_cellar"): ("assist_satellite.cellar", True),
        (HASS, "d_two"): ("d_two", True),
        (HASS, "light.kitchen"): (NOWHERE, False),
        (HASS, "assist_satellite.old"): ("assist_satellite.moved", True),
        (HASS, "assist_satellite.taken"): (NOWHERE, False),
        (HASS, "assist_satellite.gone"): (NOWHERE, False),
        (BOX, BOX): (BOX, True),
    }


@pytest.mark.parametrize("claimed", [None, 7, ["a"], "a" * 129, "a\nb", "\x00"])
def test_what_is_no_name_of_a_talk_names_none(claimed: object) -> None:
    assert not conversation(claimed)
    assert conversation("01KB2H4YQ0") == "01KB2H4YQ0"
