"""Voice in a terminal: who vouches for a place, what a clip says, and nothing in it drives the terminal."""

from typing import Any

import pytest

from claw.cli.voice_print import devices, heard

EARS: dict[str, Any] = {
    "wyoming": {"address": "127.0.0.1:10700", "open": 2, "counts": {}},
    "transcriber": {"engine": "whisper", "problem": "", "median_ms": 420},
    "microphones": {"configured": 2, "listening": 1},
    "quiet": "22:00 to 07:00",
    "turns": 3,
    "stages": {"text": {"turns": 3, "p50_ms": 151.4, "p95_ms": 800.0}},
    "results": {"done": 2, "echo": 1},
}
KITCHEN: dict[str, Any] = {
    "id": "assist_satellite.kitchen",
    "name": "Kitchen \x1b[31mvoice[/]",
    "kind": "satellite",
    "place": "kitchen",
    "place_name": "Kitchen",
    "vouched": "Home Assistant",
    "known": True,
    "addresses": ["192.168.1.10"],
    "about": "",
    "heard": "2026-11-22T07:01:02+00:00",
}
NOWHERE = {**KITCHEN, "id": "nowhere", "name": "", "kind": "nowhere", "place": None, "place_name": None, "heard": None}
TOLD: dict[str, Any] = {
    **EARS,
    "satellites": [KITCHEN, {**NOWHERE, "addresses": [], "about": "listens [bold]always[/]"}],
    "speakers": [{"place": "kitchen", "place_name": None, "by": ["media_player.radio", "desk"]}],
    "findings": ["A pipeline runs its own sentences first."],
    "note": "Nobody is known.",
}
PIECE: dict[str, Any] = {
    "begin_s": 0.7,
    "end_s": 2.4,
    "text": "turn on [red]the\x1b light",
    "language": "en",
    "text_ms": 80.2,
    "problem": "",
    "means": {"kind": "act", "text": "turn on [red]it", "taken_for": "", "actions": []},
}
CLIP: dict[str, Any] = {
    "seconds": 3.6,
    "listened_s": 3.6,
    "rate": 48_000,
    "channels": 2,
    "speech_s": 1.2,
    "pieces": [PIECE],
    "ms": {"detect": 254.4, "text": 80.2},
}


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.parametrize(
    "said",
    [
        "assist_satellite.kitchen Kitchen [31mvoice[/]  in Kitchen, says Home Assistant",
        "a satellite of Home Assistant's · by way of 192.168.1.10 · heard 2026-11-22 07:01 UTC",
        "nowhere  nowhere",
        "everything else · listens [bold]always[/] · not heard yet",
        "kitchen is spoken to by media_player.radio, desk",
        "Wyoming on 127.0.0.1:10700, 2 connections, 1 of 2 microphones listen",
        "text by whisper, half of the clips within 420 ms",
        "spoken turns: done 2, echo 1",
        "to text    151 ms, of one in twenty 800 ms and more",
        "- A pipeline runs its own sentences first.",
        "\n\nNobody is known.\n",
    ],
)
def test_each_place_says_where_it_is_who_says_so_and_when_it_was_heard(
    capsys: pytest.CaptureFixture[str], said: str
) -> None:
    devices(TOLD)
    out = capsys.readouterr().out
    assert said in out
    assert "\x1b" not in out


def test_where_there_is_nowhere_to_speak_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    empty = {"wyoming": None, "transcriber": None, "microphones": {"configured": 0, "listening": 0}, "results": {}}
    devices({**EARS, **empty, "stages": {}, "satellites": [], "speakers": [], "findings": [], "note": ""})
    out = capsys.readouterr().out
    assert "There is nowhere to speak" in out
    assert "no ears" in out


def test_a_problem_of_the_engine_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    devices({**TOLD, "transcriber": {"engine": "whisper", "problem": "the folder has no tokenizer.json"}})
    assert "the folder has no tokenizer.json" in capsys.readouterr().out


def test_how_much_sound_was_sent_away_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    engine = {"engine": "openai", "problem": "", "seconds_today": 1234.4, "seconds_per_day": 3600}
    devices({**TOLD, "transcriber": engine})
    assert "sound sent today: 1,234 of 3,600 s" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("clip", "said"),
    [
        (CLIP, "k.wav: 3.6 s, 48,000 Hz, 2 channels; 1.2 s of speech"),
        (CLIP, "  0.70 to 2.40 s  turn on [red]the light  (en, 80 ms)"),
        (CLIP, "    means: turn on [red]it\n"),
        (
            {**CLIP, "pieces": [{**PIECE, "means": {**PIECE["means"], "taken_for": "turn on the light"}}]},
            "    taken for: turn on the light\n    means: turn on [red]it",
        ),
        ({**CLIP, "pieces": [{**PIECE, "means": None}]}, "(en, 80 ms)\ndetect"),
        (CLIP, "detect 254 ms, text 80 ms. Nothing was done with it."),
        ({**CLIP, "channels": 1, "seconds": 90.0}, "90.0 s, 48,000 Hz, mono"),
        ({**CLIP, "seconds": 90.0}, "Only the first 3.6 s are listened to."),
        ({**CLIP, "pieces": []}, "Nobody speaks in it."),
        ({**CLIP, "pieces": [{**PIECE, "text": "", "language": None}]}, "no words  (80 ms)"),
        ({**CLIP, "pieces": [{**PIECE, "problem": "the engine is gone"}]}, "the engine is gone"),
    ],
)
def test_a_clip_says_what_was_heard_in_it_and_how_long_that_took(
    capsys: pytest.CaptureFixture[str], clip: dict[str, Any], said: str
) -> None:
    heard("k.wav", clip)
    assert said in capsys.readouterr().out
