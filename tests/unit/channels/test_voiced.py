"""What is shown about voice, and to whom: figures without a place to everybody, places to who may read the log."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from claw.base.action import Action, Json
from claw.base.config_voice import VoiceConfig
from claw.base.errors import Refused, Unavailable
from claw.channels.voiced import NOBODY_KNOWN, Rooms, Voiced
from claw.house.model import Area, Registry
from claw.voice.meaning import Meant
from claw.voice.model import NOWHERE, Audio, Heard, Satellite
from claw.voice.stage_times import StageTimes

CONFIG = VoiceConfig.model_validate(
    {
        "wyoming": {},
        "transcriber": {"engine": "wyoming", "server": "tcp://127.0.0.1:10300"},
        "microphones": [{"id": "desk", "command": ["cat"], "place": "study"}],
    }
)
SERVER: dict[str, Json] = {
    "host": "127.0.0.1",
    "port": 10700,
    "announced": False,
    "peers": 0,
    "open": 3,
    "counts": {"turns": 4},
}
HEARD = datetime(2026, 11, 22, 7, tzinfo=UTC)


class Ears:
    def __init__(self) -> None:
        self.asked: list[tuple[Audio, Satellite, str | None]] = []

    async def transcribe(self, audio: Audio, satellite: Satellite, language: str | None = None) -> Heard:
        self.asked.append((audio, satellite, language))
        return Heard("turn on\x1b the light", "en", audio.seconds)

    def state(self) -> dict[str, Json]:
        return {"engine": "fake", "problem": ""}


def voiced(config: VoiceConfig = CONFIG, **more: Any) -> Voiced:
    registry = Registry(areas={"study": Area("study", "Study")})
    return Voiced(Rooms(config, lambda: registry, StageTimes().times().as_json, **more))


async def test_everybody_sees_figures_and_no_place() -> None:
    told = voiced(
        ear=Ears(),
        heard=lambda: {"desk": HEARD},
        microphones=lambda: {"desk": "listening"},
        server=lambda: {**SERVER, "host": "::1"},
    ).status()
    assert told["wyoming"] == {
        "address": "[::1]:10700",
        "announced": False,
        "peers": 0,
        "open": 3,
        "counts": {"turns": 4},
    }
    assert told["transcriber"] == {"engine": "fake", "problem": ""}
    assert told["microphones"] == {"configured": 1, "listening": 1}
    assert (told["turns"], told["results"], told["stages"]) == (0, {}, {})
    for private in ("desk", "study", HEARD.isoformat()):
        assert private not in json.dumps(told)


async def test_what_is_not_configured_is_none() -> None:
    told = voiced(VoiceConfig.model_validate({"speech": {"quiet": None}})).status()
    assert (told["wyoming"], told["transcriber"], told["quiet"]) == (None, None, None)
    assert told["microphones"] == {"configured": 0, "listening": 0}


async def test_who_may_read_the_log_sees_places_when_they_were_heard_and_what_is_worth_a_look() -> None:
    async def findings() -> list[str]:
        return ["The pipeline Home runs its own sentences first."]

    told = await voiced(ear=Ears(), heard=lambda: {"desk": HEARD}, findings=findings).devices()
    (desk, nowhere) = told["satellites"]
    assert (desk["id"], desk["place_name"], desk["heard"]) == ("desk", "Study", HEARD.isoformat())
    assert (nowhere["id"], nowhere["heard"]) == (NOWHERE, None)
    assert told["note"] == NOBODY_KNOWN
    assert told["findings"] == ["The pipeline Home runs its own sentences first."]


async def test_a_house_that_cannot_be_asked_is_a_finding() -> None:
    async def findings() -> list[str]:
        raise Unavailable("no link")

    assert "could not be asked: no link" in (await voiced(findings=findings).devices())["findings"][0]


async def test_a_clip_is_heard_as_from_a_satellite_of_this_house() -> None:
    ears, clip = Ears(), bytes(3200)
    told = await voiced(ear=ears).transcribe(base64.b64encode(clip).decode(), "desk", "en")
    assert told == {"text": "turn on the light", "language": "en", "seconds": 0.1, "means": None}
    assert ears.asked == [(Audio(clip), Satellite("desk", "study", source="trial"), "en")]
    await voiced(ear=ears).transcribe(base64.b64encode(clip).decode())
    assert ears.asked[-1][1] == Satellite(source="trial")


async def test_what_a_clip_would_mean_where_it_was_said_is_told_with_it() -> None:
    asked: list[tuple[str, Satellite, str | None]] = []

    async def means(text: str, satellite: Satellite, language: str | None) -> Meant:
        asked.append((text, satellite, language))
        return Meant("act", "turn on\x1b it", (Action("light.turn_on", ("light.desk",)),), "turn on it")

    told = (await voiced(ear=Ears(), means=means).transcribe("AAAA" * 800, "desk"))["means"]
    assert asked == [("turn on\x1b the light", Satellite("desk", "study", source="trial"), "en")]
    action = {"name": "light.turn_on", "entities": ["light.desk"], "data": {}}
    assert told == {"kind": "act", "text": "turn on it", "taken_for": "turn on it", "actions": [action]}
    json.dumps(told)


@pytest.mark.parametrize(
    ("ear", "audio", "satellite", "error"),
    [
        (None, "AAAA", "", Unavailable),
        (Ears(), "not base64!", "", Refused),
        (Ears(), "AAA", "", Refused),
        (Ears(), "é", "", Refused),
        (Ears(), "AAAA", "assist_satellite.none", Refused),
    ],
)
async def test_what_cannot_be_heard_is_one_clear_error(
    ear: Ears | None, audio: str, satellite: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await voiced(ear=ear).transcribe(audio, satellite)
