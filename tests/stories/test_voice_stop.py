"""The spoken stop in a whole daemon: what people and televisions say never engages it, and the phrase always does.

And what was only misheard: it is put right, or asked about, and lets nobody in.
"""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from claw.base.errors import Unavailable
from claw.daemon.build import Daemon
from claw.house.backend import Link
from claw.mind.language import SHIPPED, load
from claw.voice.model import NOWHERE, Answer, Satellite, Stages, Utterance
from tests.living import living

EVERYDAY = Path(__file__).parents[1] / "everyday"
LEAST = {"en": 200, "de": 50, "fr": 50, "nl": 50, "zh": 50}
PHRASES = [(code, phrase) for code in SHIPPED for phrase in load(code).spoken["stop"]]
BARE = [(code, word) for code in SHIPPED for word in load(code).spoken["bare"]]

KITCHEN = Satellite("assist_satellite.kitchen", "kitchen", "assist_satellite.kitchen", "127.0.0.1")
SATELLITES = (
    KITCHEN,
    Satellite("desk", "office", None, "microphone"),
    Satellite("hall", None, None, "microphone"),
    Satellite(NOWHERE, None, None, "192.0.2.1"),
)
AROUND = ("{}", "{}.", "Claw, {}!", "hey claw {} please", "ok nabu, {}", "{0}! {0}!")


@pytest_asyncio.fixture
async def fresh(tmp_path: Path) -> AsyncIterator[Daemon]:
    """A daemon that nobody has asked for anything yet: who cannot be proven may not ask for much at once."""
    async with living(tmp_path, voice={}) as built:
        yield built


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Daemon]:
    async with living(tmp_path_factory.mktemp("spoken"), voice={}) as built:
        yield built


async def hear(daemon: Daemon, text: str, satellite: Satellite = KITCHEN, language: str = "en") -> Answer:
    assert daemon.voice is not None
    return await daemon.voice.hearing.hear(Utterance(text, satellite, Stages(daemon.clock), language))


def release(daemon: Daemon) -> None:
    daemon.stop.reset("a test", console=True, adult=True)
    assert not daemon.stop.engaged


def everyday(code: str) -> list[str]:
    lines = (EVERYDAY / f"{code}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


async def test_a_misheard_name_is_put_right_and_what_opens_is_asked_about(fresh: Daemon) -> None:
    put_right = await hear(fresh, "turn on the kichen lites")
    assert put_right.reply is not None
    assert put_right.reply.status == "done"
    assert "kitchen lights" in put_right.text, "what was put right is said, so that whoever speaks can object"
    asked = await hear(fresh, "turn of the desk lamp")
    assert (asked.text, asked.reply) == ("Did you mean “turn off Desk Lamp”?", None)
    agreed = await hear(fresh, "yes")
    assert agreed.reply is not None
    assert [outcome.action.name for outcome in agreed.reply.outcomes] == ["light.turn_off"]
    asked = await hear(fresh, "unlock the frond door")
    assert asked.text == "Did you mean “unlock Front Door”?"
    agreed = await hear(fresh, "yes")
    assert agreed.reply is None or not agreed.reply.outcomes
    assert fresh.mirror.states["lock.front_door"].value == "locked"
    assert not fresh.gate.questions.waiting()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("code", SHIPPED)
async def test_what_is_said_in_a_room_every_day_stops_nothing(daemon: Daemon, code: str) -> None:
    sentences, times = everyday(code), daemon.stop.times
    assert len(set(sentences)) >= LEAST[code]
    for at, sentence in enumerate(sentences):
        satellite = Satellite(f"room_{at}", "kitchen", None, "microphone")  # its own, or one would be another's twin
        await hear(daemon, sentence, satellite, code)
        assert daemon.stop.times == times, sentence
        assert not daemon.stop.engaged


@pytest.mark.asyncio(loop_scope="module")
async def test_a_bare_word_to_stop_stops_nothing_either(daemon: Daemon) -> None:
    times = daemon.stop.times
    for code, word in BARE:
        for said in (word, f"{word}! {word}!", f"Claw, {word}."):
            await hear(daemon, said, language=code)
    assert daemon.stop.times == times


@pytest.mark.asyncio(loop_scope="module")
async def test_every_listed_phrase_stops_from_every_kind_of_satellite(daemon: Daemon) -> None:
    for (code, phrase), around, at in zip(PHRASES * 2, AROUND * len(PHRASES), count(), strict=False):
        satellite = SATELLITES[at % len(SATELLITES)]
        answer = await hear(daemon, around.format(phrase), satellite, code)
        assert daemon.stop.engaged, (phrase, around, satellite)
        assert (answer.cue, answer.ignored) == ("stopped", "")
        assert answer.text
        release(daemon)


async def test_whatever_is_broken_the_phrase_stops(fresh: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise Unavailable("broken")

    breaks = {
        "the house is away": lambda: fresh.mirror.linked(Link("lost", "restart")),
        "memory is broken": lambda: monkeypatch.setattr(fresh.memory.memos, "answer", broken),
        "the log is broken": lambda: monkeypatch.setattr(fresh.audit, "note", broken),
        "nothing answers": lambda: monkeypatch.setattr(fresh.desk, "say", broken),
        "it is paused": lambda: fresh.stop.pauses.append(broken),
        "the last sentence is the same": lambda: None,
    }
    for what, breaking in breaks.items():
        breaking()
        for satellite in SATELLITES:
            answer = await hear(fresh, "stop everything", satellite)
            assert fresh.stop.engaged, what
            assert answer.cue == "stopped"
            fresh.stop.reset("a test", console=True, adult=True)


@pytest.mark.asyncio(loop_scope="module")
async def test_no_voice_releases_it(daemon: Daemon) -> None:
    await hear(daemon, "stop everything now", SATELLITES[-1])
    for said in ("reset", "claw reset", "go on", "release the stop", "resume", "start everything again", "yes"):
        for satellite in SATELLITES:
            await hear(daemon, said, satellite)
    assert daemon.stop.engaged
    daemon.stop.reset("a test", console=True, adult=True)
