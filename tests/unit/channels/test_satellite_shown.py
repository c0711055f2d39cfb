"""Places to speak as a person sees them: who vouches for each, and what does not fit the house."""

from datetime import UTC, datetime

import pytest

from claw.base.config_voice import VoiceConfig
from claw.channels.satellite_shown import listed, odd, row_json, speakers
from claw.house.model import Area, Device, Entity, Registry
from claw.voice.claims import Claims

HA = "192.168.1.10"
KITCHEN, HALL, ATTIC = "assist_satellite.kitchen", "assist_satellite.hall", "assist_satellite.attic"
RADIO = "media_player.radio"
REGISTRY = Registry(
    areas={"kitchen": Area("kitchen", "Kitchen"), "study": Area("study", "The\u202e Study")},
    devices={"abc": Device("abc", "Puck", "study")},
    entities={
        KITCHEN: Entity(KITCHEN, "Kitchen voice", area="kitchen", device="dev1"),
        HALL: Entity(HALL, "Hall voice"),
        RADIO: Entity(RADIO, "Radio", area="kitchen"),
        ATTIC: Entity(ATTIC, "Attic voice", area="study"),
    },
)
CONFIG = VoiceConfig.model_validate(
    {
        "wyoming": {
            "host": "0.0.0.0",  # noqa: S104  nothing listens here
            "peers": [
                {"address": HA, "satellites": [KITCHEN, HALL, "abc", "assist_satellite.gone"]},
                {"address": "192.168.1.11", "satellites": [KITCHEN], "place": "study"},
                {"address": "192.168.1.12", "place": "moon"},
            ],
        },
        "transcriber": {"engine": "wyoming", "server": "tcp://127.0.0.1:10300"},
        "microphones": [
            {"id": "desk", "command": ["cat"], "place": "study", "wake": {"words": ["hey_jarvis"]}, "speaker": ["cat"]},
            {"id": "loose", "command": ["cat"]},
            {"id": "lost", "command": ["cat"], "place": "atlantis"},
        ],
        "speech": {"rooms": {"kitchen": "media_player.radio", "cellar": "media_player.none"}},
    }
)
ROWS = listed(CONFIG, Claims(CONFIG.wyoming, lambda: REGISTRY).vouched(), {"desk": "listening"})  # type: ignore[arg-type]
BY_ID = {row.id: row for row in ROWS}


@pytest.mark.parametrize(
    ("ident", "kind", "place", "vouched", "addresses"),
    [
        (KITCHEN, "satellite", "kitchen", "Home Assistant", [HA, "192.168.1.11"]),
        (HALL, "satellite", None, "nobody", [HA]),
        ("abc", "satellite", "study", "Home Assistant", [HA]),
        ("assist_satellite.gone", "satellite", None, "nobody", [HA]),
        ("192.168.1.11", "machine", "study", "the configuration", ["192.168.1.11"]),
        ("192.168.1.12", "machine", None, "nobody", ["192.168.1.12"]),
        ("desk", "microphone", "study", "the configuration", []),
        ("loose", "microphone", None, "nobody", []),
        ("lost", "microphone", "atlantis", "the configuration", []),
        ("nowhere", "nowhere", None, "nobody", []),
    ],
)
def test_each_place_to_speak_is_listed_once(
    ident: str, kind: str, place: str | None, vouched: str, addresses: list[str]
) -> None:
    row = BY_ID[ident]
    assert (row.kind, row.place, row.vouched, row.addresses) == (kind, place, vouched, addresses)
    assert len(ROWS) == len(BY_ID) == 10


def test_a_microphone_says_how_it_does_and_what_wakes_it() -> None:
    assert BY_ID["desk"].about == 'listening, waits for "hey jarvis"'
    assert BY_ID["loose"].about == "off, listens to everything"


def test_what_is_shown_is_harmless_and_says_when_it_was_heard() -> None:
    told = row_json(BY_ID["abc"], REGISTRY, datetime(2026, 11, 22, 7, tzinfo=UTC))
    assert (told["place_name"], told["heard"]) == ("The Study", "2026-11-22T07:00:00+00:00")
    assert row_json(BY_ID[KITCHEN], REGISTRY, None)["name"] == "Kitchen voice"
    assert row_json(BY_ID["nowhere"], REGISTRY, None)["heard"] is None


def test_what_speaks_in_a_room_is_what_is_configured_for_it_else_what_stands_there() -> None:
    told = {row["place"]: row["by"] for row in speakers(CONFIG, REGISTRY)}
    assert told == {"kitchen": ["media_player.radio"], "cellar": ["media_player.none"], "study": [ATTIC, "desk"]}


def test_what_does_not_fit_the_house_is_said() -> None:
    said = "\n".join(odd(CONFIG, ROWS, REGISTRY))
    assert f"assist_satellite.gone, for which {HA} may speak, is no satellite that Home Assistant has" in said
    assert f"{HALL}, for which {HA} may speak, is in no area" in said
    assert f"Nobody may speak for {ATTIC}:" in said
    assert "speech.rooms names cellar, which is no area" in said
    assert "speech.rooms names media_player.none, which Home Assistant does not have" in said
    assert "media_player.radio is to speak in kitchen, and speech.voice names no voice" in said
    assert "192.168.1.12" in said
    assert "lost is said to be in atlantis, which is no area of this house." in said
    assert KITCHEN not in said
    assert odd(VoiceConfig(), [], REGISTRY) == []
