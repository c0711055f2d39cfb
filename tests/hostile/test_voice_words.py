"""Words that mean something to a microphone: what they may not hide, and what Claw may not say."""

from pathlib import Path

from claw.base.action import Json
from claw.voice.model import Satellite, Stages, Utterance
from tests.living import living

STUDY = Satellite("study", "kitchen", None, "microphone")


async def test_a_wake_word_of_a_microphones_own_hides_no_stop_and_is_never_said(tmp_path: Path) -> None:
    wake = {"words": ["computer", "hey_marvin", "stop"], "server": "tcp://127.0.0.1:1"}
    voice: dict[str, Json] = {
        "microphones": [{"id": "study", "command": ["false"], "wake": wake}],
        "transcriber": {"engine": "wyoming", "server": "tcp://127.0.0.1:1"},
    }
    async with living(tmp_path, voice=voice) as daemon:
        assert daemon.voice is not None
        hearing = daemon.voice.hearing
        said = hearing._brief.words("The computer is on. Hey Marvin is off, and the bus will stop.")
        assert said == "The (left out) is on. (left out) is off, and the bus will stop."
        for phrase in ("Stop everything.", "Computer, stop everything!", "hey Marvin, stop everything now"):
            if daemon.stop.engaged:
                daemon.stop.reset("again", console=True, adult=True)
            await hearing.hear(Utterance(phrase, STUDY, Stages(daemon.clock), language="en"))
            assert daemon.stop.engaged, phrase


async def test_nobody_is_told_aloud_that_a_bare_stop_stops_everything(tmp_path: Path) -> None:
    async with living(tmp_path, languages=("en", "de", "fr", "nl", "zh"), voice={"wyoming": {"port": 0}}) as daemon:
        assert daemon.voice is not None
        for language, asked in (("en", "help"), ("de", "hilfe"), ("fr", "aide"), ("nl", "help"), ("zh", "帮助")):
            said = Utterance(asked, STUDY, Stages(daemon.clock), language=language)
            answer = await daemon.voice.hearing.hear(said)
            assert answer.language == language
            assert len(answer.text) > 15, language
            assert not any(word in answer.text.casefold() for word in ("stop", "停", "left out")), answer.text
