"""While everything is stopped, what an open microphone hears stays on this machine."""

import pytest

from claw.base.errors import Unavailable
from claw.voice.model import Heard, Hints
from claw.voice.transcriber import Transcriber
from claw.voice.withheld import STOPPED, OpenEar, TriedEar
from tests.unit.voice.test_transcriber import KITCHEN, SECOND, StubEngine


async def test_sound_is_withheld_as_long_as_it_is_to_be_and_heard_otherwise() -> None:
    engine, stopped = StubEngine(), [True]
    ear = Transcriber(engine, engine.clock, engine.clock, lambda _, said: Hints(said))
    always, tried = OpenEar(ear, lambda: stopped[0]), TriedEar(ear, lambda: stopped[0])
    assert await always.transcribe(SECOND, KITCHEN, "en") == Heard("", "en", 1.0)
    assert always.speculate(SECOND, KITCHEN) is None
    with pytest.raises(Unavailable, match=STOPPED):
        await tried.transcribe(SECOND, KITCHEN)
    assert engine.asked == []
    stopped[0] = False
    guess = always.speculate(SECOND, KITCHEN)
    assert guess is not None
    assert {(await guess.heard()).text, (await always.transcribe(SECOND, KITCHEN)).text} == {"hello"}
    assert (await tried.transcribe(SECOND, KITCHEN)).text == "hello"
    assert tried.state() == ear.state()
