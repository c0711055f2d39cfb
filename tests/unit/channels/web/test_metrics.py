"""What a monitoring program reads: well formed, and without a client nothing that grows when somebody is at home."""

import re
from typing import Any

import pytest

from claw.channels.web.metrics import CONTENT_TYPE, exposition
from tests.serving import Served

VOICE: dict[str, Any] = {
    "wyoming": {"address": "127.0.0.1:10700", "open": 2, "counts": {"turns": 1_234_567, 'od"d\\\n': 1}},
    "transcriber": {"engine": "whisper", "problem": "", "median_ms": 420, "heard": 7, "failed": 1},
    "microphones": {"configured": 2, "listening": 1},
    "turns": 9,
    "results": {"done": 7, "echo": 2},
    "stages": {"text": {"turns": 9, "p50_ms": 151.5, "p95_ms": 800.0}},
}
STATUS: dict[str, Any] = {
    "link": {"ready": True},
    "audit": {"holds": False, "entries": 12},
    "model": {"tokens": 0},
    "uptime_s": 12.5,
    "stop": {"engaged": False},
    "pause": {"paused": True},
    "pending": 1,
    "voice": VOICE,
}
LINE = re.compile(r'(?:# (?:HELP|TYPE) .+|[a-z_]+(?:\{[a-z]+="(?:[^"\\\n]|\\.)*"(?:,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+)')
PRESENCE = (
    "voice_turns",
    "stage",
    "entries",
    "waiting",
    "connections",
    "wyoming",
    "tokens",
    "transcription_seconds",
    "transcriptions",
)


def test_every_line_is_one_that_prometheus_reads() -> None:
    text = exposition(STATUS, known=True)
    assert text.endswith("\n")
    for line in text.splitlines():
        assert LINE.fullmatch(line), line
    kinds = dict(re.findall(r"# TYPE (\S+) (\S+)", text))
    assert len(kinds) == text.count("# TYPE ") == text.count("# HELP ")
    for name, kind in kinds.items():
        assert name.endswith("_total") is (kind == "counter"), name
        assert re.search(rf"^{name}[ {{]", text, re.MULTILINE), f"{name} has no value"


@pytest.mark.parametrize(
    "line",
    [
        "claw_uptime_seconds 12.5",
        "claw_house_ready 1",
        "claw_stopped 0",
        "claw_paused 1",
        "claw_log_holds 0",
        "claw_voice_transcriber_ready 1",
        'claw_voice_transcriptions_total{result="heard"} 7',
        "claw_voice_transcription_seconds 0.42",
        "claw_voice_microphones_listening 1",
        "claw_voice_connections 2",
        'claw_voice_wyoming_total{what="turns"} 1234567',
        'claw_voice_turns_total{result="echo"} 2',
        'claw_voice_stage_seconds{stage="text",quantile="0.5"} 0.1515',
        'claw_voice_stage_seconds{stage="text",quantile="0.95"} 0.8',
    ],
)
def test_a_figure_is_what_the_status_says(line: str) -> None:
    assert line in exposition(STATUS, known=True).splitlines()


def test_without_a_client_nothing_grows_when_somebody_is_there() -> None:
    said = exposition(STATUS, known=False)
    assert "claw_house_ready 1" in said
    assert not [word for word in PRESENCE if word in said]
    busy = {
        **STATUS,
        "pending": 9,
        "audit": {"holds": False, "entries": 999},
        "voice": {**VOICE, "results": {"done": 9}},
    }
    assert exposition(busy, known=False) == said
    assert exposition(busy, known=True) != exposition(STATUS, known=True)


def test_that_enough_was_said_today_is_told_to_no_stranger() -> None:
    sent = {**VOICE["transcriber"], "seconds_today": 12.5, "enough": False}
    over = {**sent, "seconds_today": 3600.0, "enough": True, "problem": "I have listened enough for today."}
    before, after = ({**STATUS, "voice": {**VOICE, "transcriber": engine}} for engine in (sent, over))
    assert exposition(before, known=False) == exposition(after, known=False) == exposition(STATUS, known=False)
    assert "claw_voice_sent_seconds_today 3600\n" in exposition(after, known=True)


def test_a_house_without_ears_and_model_has_no_figures_of_them() -> None:
    said = exposition({**STATUS, "voice": None, "model": None}, known=True)
    assert "voice" not in said
    assert "tokens" not in said


@pytest.mark.asyncio(loop_scope="module")
async def test_it_answers_over_http_and_tells_a_stranger_less(served: Served) -> None:
    status, open_to_all, headers = await served.ask("GET", "/metrics", token=None)
    assert (status, headers["content-type"]) == (200, CONTENT_TYPE)
    assert "claw_house_ready 1\n" in open_to_all
    assert "entries" not in open_to_all
    status, whole, _ = await served.ask("GET", "/metrics")
    assert (status, "claw_log_entries " in whole) == (200, True)
    for name in (*served.daemon.mirror.registry.entities, "anna", "kitchen"):
        assert name not in whole.lower()
    assert (await served.ask("GET", "/metrics", token="claw_abc.wrong"))[0] == 401
    assert (await served.ask("GET", "/metrics", token=None, headers={"Authorization": "Basic x"}))[0] == 401
    assert (await served.ask("GET", "/metrics", token=None, headers={"Host": "evil.example"}))[0] == 421
