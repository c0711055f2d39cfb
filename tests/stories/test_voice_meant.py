"""What a recording would mean, and why something is not said aloud: looked at, told, and nothing done."""

import base64
from pathlib import Path
from typing import Any

from claw.base.action import Message
from claw.daemon.build import Daemon
from claw.gate.messages import notify
from tests.living import OWNER, living
from tests.peers.scripted_ears import OpenAIEar

SOUND = base64.b64encode(bytes(16_000)).decode()
LIGHT = "light.kitchen_ceiling"
MEANT = (
    ("turn on the kitchen lights", "act", "turn on"),
    ("turn on the lights", "act", "ling"),
    ("unlock the front door", "act", "as far as the rules let it: unlock"),
    ("which lights are on", "question", "a question (which) about"),
    ("who is home", "question", "a question (presence)"),
    ("torn on the kitchen lights", "asks", "Did you mean"),
    ("Claw, stop everything.", "stop", "everything would be stopped"),
    ("stop", "cut", "a bare stop"),
    ("yes", "control", "a word to Claw itself: yes"),
    ("good evening here is the news", "unclear", "without a model"),
    ("remember that Anna likes tea", "unclear", "without a model"),
    (" ...", "nothing", "no words"),
)


def _seen(daemon: Daemon) -> tuple[Any, ...]:
    """Return what would tell that something was done, asked or kept."""
    kinds = [entry["kind"] for entry in daemon.desk.log(0, 1000, viewer=OWNER)]
    entries = [kind for kind in kinds if kind not in {"skill", "routine"}]  # these come with the house
    tables = ("pending", "episodes", "memories", "spending")
    db = daemon.memory.store.ground.db
    states = {entity: state.value for entity, state in daemon.mirror.states.items() if "." in entity}
    voice = daemon.voice
    assert voice is not None
    results = voice.hearing.times.times().as_json()["results"]
    return entries, [db.table(name).count for name in tables], states, daemon.stop.engaged, results


async def test_a_recording_is_told_what_it_would_mean_and_nothing_comes_of_it(tmp_path: Path) -> None:
    async with OpenAIEar() as server:
        engine = {"engine": "openai", "base_url": server.address, "model": "ear"}
        microphone = {"id": "cellar", "place": "kitchen", "command": ["sleep", "60"]}
        async with living(tmp_path, voice={"transcriber": engine, "microphones": [microphone]}) as daemon:
            before = _seen(daemon)
            for said, kind, text in MEANT:
                server.text = said
                told = await daemon.desk.voiced.transcribe(SOUND, "cellar", "en")
                assert (told["means"]["kind"], text in told["means"]["text"]) == (kind, True), (said, told)
            server.text = "turn on the kichen lites"
            told = (await daemon.desk.voiced.transcribe(SOUND, "cellar", "en"))["means"]
            assert (told["kind"], told["taken_for"]) == ("act", "turn on the kitchen lights")
            server.text = "turn on the kitchen lights"
            told = (await daemon.desk.voiced.transcribe(SOUND))["means"]
            assert LIGHT in {entity for action in told["actions"] for entity in action["entities"]}
            assert _seen(daemon) == before


async def test_whoever_is_held_back_at_night_learns_until_when(tmp_path: Path) -> None:
    speech = {"quiet": {"start": "00:00", "end": "23:59"}, "rooms": {"kitchen": "assist_satellite.kitchen"}}
    async with living(tmp_path, voice={"speech": speech}) as daemon:

        async def said(message: Message) -> str:
            return (await daemon.desk.act((notify(message),), OWNER)).text

        dinner = Message("place:kitchen", "Dinner is ready.")
        assert "it is quiet there until 23:59; what is urgent is said all the same" in await said(dinner)
        assert "nothing there can speak" in await said(Message("place:cellar", "Dinner is ready."))
        assert "is not said aloud" in await said(Message("everyone", "Dinner is ready."))
