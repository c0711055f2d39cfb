"""Commands about voice: asked for as it was meant, and a recording changes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from claw.base.errors import Unavailable
from claw.cli import voice_trial
from claw.cli.client import NoDaemon
from claw.voice.speech_manners import URGENT_IS
from claw.voice.trial import Piece, Trial
from tests.cli_room import Cli, FakeDaemon
from tests.unit.cli.test_voice_print import TOLD

HEARD = Trial(3.6, 3.6, 16_000, 1, 1.2, (Piece(0.7, 2.4, "turn on the light", "en", 80.0),), {"text": 80.0})
EMPTY = Trial(2.0, 2.0, 16_000, 1, 0.0)
FAILED = Trial(2.0, 2.0, 16_000, 1, 1.0, (Piece(0.0, 1.0, problem="the engine is gone"), HEARD.pieces[0]))


class Trying:
    """Stands in for what hears; says what it was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, daemon: Trial | Exception, own: Trial | Exception) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self._comes = {"asked": daemon, "alone": own}
        for name in self._comes:
            monkeypatch.setattr(voice_trial, name, self._of(name))

    def _of(self, name: str) -> Any:
        async def tried(file: Path, *more: Any) -> Trial:
            self.asked.append((name, file.name, *(str(one) if isinstance(one, Path) else one for one in more[:2])))
            come = self._comes[name]
            if isinstance(come, Exception):
                raise come
            return come

        return tried


def test_devices_are_asked_for_and_shown(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["voice_devices"] = {"ok": TOLD}
    said = claw("voice", "devices")
    assert (said.code, daemon.asked) == (0, [{"do": "voice_devices"}])
    assert "assist_satellite.kitchen" in said.out
    assert json.loads(claw("voice", "devices", "--json").out) == TOLD


@pytest.mark.parametrize(
    ("trial", "code", "shown"), [(HEARD, 0, "turn on the light"), (EMPTY, 5, "Nobody speaks"), (FAILED, 1, "gone")]
)
def test_a_recording_is_tried_with_the_daemons_ear_and_the_exit_code_says_what_came_of_it(
    monkeypatch: pytest.MonkeyPatch, claw: Cli, trial: Trial, code: int, shown: str
) -> None:
    trying = Trying(monkeypatch, daemon=trial, own=Unavailable("not asked for"))
    said = claw("voice", "test", "k.wav", "--satellite", "desk", "--language", "en")
    assert (said.code, trying.asked) == (code, [("asked", "k.wav", "desk", "en")])
    assert shown in said.out
    told = json.loads(claw("voice", "test", "k.wav", "--json").out)
    assert told["pieces"] == [
        {name: getattr(piece, name) for name in ("begin_s", "end_s", "text", "language", "text_ms", "problem", "means")}
        for piece in trial.pieces
    ]


def test_without_a_daemon_an_engine_of_its_own_is_started(monkeypatch: pytest.MonkeyPatch, claw: Cli) -> None:
    trying = Trying(monkeypatch, daemon=NoDaemon("none"), own=HEARD)
    assert claw("voice", "test", "k.wav", "--config", "c.yaml").code == 0
    assert trying.asked[1:] == [("alone", "k.wav", None, "c.yaml")]
    refused = claw("voice", "test", "k.wav", "--satellite", "desk")
    assert (refused.code, "needs a running daemon" in refused.err) == (3, True)


@pytest.mark.parametrize(
    ("more", "to", "urgency"),
    [
        ((), "everyone", "normal"),
        (("--place", "kitchen"), "place:kitchen", "normal"),
        (("--urgent",), "everyone", "high"),
    ],
)
def test_what_is_said_aloud_is_a_message_that_the_rules_judge(
    daemon: FakeDaemon, claw: Cli, more: tuple[str, ...], to: str, urgency: str
) -> None:
    daemon.answers["act"] = {"ok": {"status": "refused", "text": "No."}}
    assert claw("voice", "say", "dinner", *more).code == 3
    data = {"to": to, "text": "dinner", "kind": "note", "urgency": urgency}
    assert daemon.asked == [{"do": "act", "action": "claw.notify", "data": data}]


@pytest.mark.parametrize(("why", "hint"), [(f"It is quiet; {URGENT_IS}.", True), ("Nothing there can speak.", False)])
def test_who_is_held_back_by_the_hour_learns_how_to_say_it_now(
    daemon: FakeDaemon, claw: Cli, why: str, *, hint: bool
) -> None:
    daemon.answers["act"] = {"ok": {"status": "failed", "text": why}}
    said = claw("voice", "say", "dinner", "--place", "kitchen")
    assert (said.code, why in said.out, "--urgent" in said.out) == (1, True, hint)


def test_a_daemon_without_voice_says_so(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["voice_devices"] = {"error": {"kind": "unavailable", "text": "nothing about voice is configured"}}
    said = claw("voice", "devices")
    assert (said.code, "nothing about voice" in said.err) == (1, True)
