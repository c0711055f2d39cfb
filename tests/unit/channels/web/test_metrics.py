"""What a monitoring program reads: well formed, and without a client nothing that grows when somebody is at home."""

from typing import Any

import pytest

from claw.base.spread import Spread
from claw.channels.web.metrics import CONTENT_TYPE, Metric, exposition
from tests.exposed import parse
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
    "degraded": [{"part": "model", "text": "", "since": ""}],
    "channels": [
        {"kind": "phone", "ready": True},
        {"kind": "telegram", "ready": True},
        {"kind": "phone", "ready": False},
    ],
}
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
    "degraded",
    "channel",
    "requests",
)


def test_every_line_is_one_that_prometheus_reads() -> None:
    spread = Spread()
    for seconds in (0.0, 0.004, 0.3, 1e6):
        spread.add(seconds)
    took = Metric("claw_stage_seconds", "histogram", "x", spreads={(("stage", "disk"),): spread, (): Spread()})
    families = parse(exposition(STATUS, [took, Metric("claw_nothing_total", "counter", "x")], known=True))
    assert families["claw_voice_wyoming_total"].value(what='od"d\\\n') == 1
    found = families["claw_stage_seconds"].samples
    disk = ("stage", "disk")
    assert found["claw_stage_seconds_bucket", frozenset({disk, ("le", "0.005")})] == 2
    assert found["claw_stage_seconds_bucket", frozenset({disk, ("le", "30")})] == 3
    assert found["claw_stage_seconds_bucket", frozenset({disk, ("le", "+Inf")})] == 4
    assert found["claw_stage_seconds_sum", frozenset({disk})] == 1_000_000.304
    assert "claw_nothing_total" not in families


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
        "claw_degraded_parts 1",
        'claw_channel_ready{kind="phone"} 0',
        'claw_channel_ready{kind="telegram"} 1',
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
        "degraded": [],
    }
    asked = Metric("claw_requests_total", "counter", "x", {(): 1.0})
    assert exposition(busy, [asked], known=False) == said
    assert exposition(busy, known=True) != exposition(STATUS, known=True)


def test_that_enough_was_said_today_is_told_to_no_stranger() -> None:
    sent = {**VOICE["transcriber"], "seconds_today": 12.5, "enough": False}
    over = {**sent, "seconds_today": 3600.0, "enough": True, "problem": "I have listened enough for today."}
    before, after = ({**STATUS, "voice": {**VOICE, "transcriber": engine}} for engine in (sent, over))
    assert exposition(before, known=False) == exposition(after, known=False) == exposition(STATUS, known=False)
    assert "claw_voice_sent_seconds_today 3600\n" in exposition(after, known=True)


def test_what_was_spent_is_told_without_by_whom() -> None:
    model = {
        "problem": "",
        "tokens": 900,
        "background": 100,
        "tokens_per_day": 1000,
        "money": 1.5,
        "money_per_day": 1.0,
        "by_person": {"anna": 900},
        "by_source": {"voice:kitchen": 900},
    }
    said = exposition({**STATUS, "model": model}, known=True)
    for line in (
        "claw_model_ready 1",
        "claw_model_tokens_today 900",
        "claw_model_background_tokens_today 100",
        "claw_model_tokens_left_today 100",
        "claw_model_money_today 1.5",
        "claw_model_money_left_today 0",
    ):
        assert line in said.splitlines()
    assert "anna" not in said
    assert "kitchen" not in said


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
    for rights, answers in ((["watch"], 200), (["talk"], 200), (["stop", "read_log", "approve"], 403)):
        _, token = served.daemon.clients.issue("a program", "anna", rights)
        status, text, _ = await served.ask("GET", "/metrics", token=token)
        assert (status, "claw_log_entries" in str(text)) == (answers, answers == 200), rights
        if rights == ["watch"]:
            assert (await served.ask("POST", "/api/messages", token=token, json={"text": "stop"}))[0] == 403
            assert (await served.ask("GET", "/api/log", token=token))[0] == 403
            assert (await served.ask("GET", "/api/stop", token=token))[1] == {"engaged": False}
        if "stop" in rights:
            assert {"reason", "by"} < (await served.ask("GET", "/api/stop", token=token))[1].keys()
    assert (await served.ask("GET", "/metrics", token=None, headers={"Authorization": "Basic x"}))[0] == 401
    assert (await served.ask("GET", "/metrics", token=None, headers={"Host": "evil.example"}))[0] == 421
