"""The row about voice: what the desk answers is what the document says, and it is for who may read the log."""

import pytest

from claw.base.config_voice import VoiceConfig
from claw.channels.voiced import Rooms, Voiced
from claw.channels.web.voice import OPERATIONS
from claw.channels.web.voice_shapes import Devices, Ears
from claw.house.model import Registry
from claw.voice.claims import Claims
from claw.voice.model import Stages
from claw.voice.stage_times import StageTimes
from tests.held_clock import HeldClock
from tests.serving import Served

CONFIG = VoiceConfig.model_validate(
    {
        "wyoming": {"peers": [{"address": "127.0.0.1", "satellites": ["assist_satellite.gone"]}]},
        "transcriber": {"engine": "wyoming", "server": "tcp://127.0.0.1:10300"},
        "microphones": [{"id": "desk", "command": ["cat"]}],
        "speech": {"rooms": {"kitchen": "media_player.radio"}},
    }
)


def voiced() -> Voiced:
    times, clock = StageTimes(), HeldClock()
    stages = Stages(clock)
    stages.mark("text", at=clock.monotonic() + 0.25)
    times.note(stages, "done")
    wyoming = CONFIG.wyoming
    assert wyoming is not None
    return Voiced(
        Rooms(
            CONFIG,
            Registry,
            times=lambda: times.times().as_json(),
            vouched=Claims(wyoming, Registry).vouched,
            server=lambda: {
                "host": "::1",
                "port": 1,
                "announced": False,
                "peers": 1,
                "open": 0,
                "counts": {"turns": 1},
            },
        )
    )


async def test_what_the_desk_answers_is_what_the_document_says() -> None:
    told = await voiced().devices()
    assert Devices.model_validate(told).model_dump(mode="json") == told
    assert told["stages"]["text"] == {"turns": 1, "p50_ms": 250, "p95_ms": 250}
    seen = voiced().status()
    assert Ears.model_validate(seen).model_dump(mode="json") == seen


@pytest.mark.asyncio(loop_scope="module")
async def test_it_is_for_who_may_read_the_log_and_only_where_there_is_voice(served: Served) -> None:
    (row,) = OPERATIONS
    status, body, _ = await served.ask("GET", row.path)
    assert (status, body["error"]["kind"]) == (404, "not_found")
    assert (await served.ask("GET", "/api/status"))[1]["voice"] is None
    served.daemon.desk.hear(voiced())
    try:
        status, body, _ = await served.ask("GET", row.path)
        assert (status, body["satellites"][0]["id"]) == (200, "assist_satellite.gone")
        assert (await served.ask("GET", "/api/status"))[1]["voice"]["results"] == {"done": 1}
        _, less = served.daemon.clients.issue("less", "anna", ["talk", "stop"])
        assert (await served.ask("GET", row.path, token=less))[0] == 403
        assert 'claw_voice_turns_total{result="done"} 1' in (await served.ask("GET", "/metrics"))[1]
        assert "voice_turns" not in (await served.ask("GET", "/metrics", token=None))[1]
    finally:
        served.daemon.desk._voiced = None
