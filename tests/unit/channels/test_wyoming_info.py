"""What Claw says of itself, read by the field's own package."""

from wyoming.event import Event
from wyoming.info import Info

from claw.channels.wyoming_info import info


def read(*, hears: bool, partials: bool = False) -> Info:
    frame = info(("en", "nl"), hears=hears, partials=partials)
    return Info.from_event(Event(frame.type, dict(frame.data)))


def test_it_answers_words_and_may_control_the_home() -> None:
    said = read(hears=False)
    (handle,) = said.handle
    assert (handle.name, handle.installed, handle.supports_home_control) == ("Claw", True, True)
    assert not handle.supports_handled_streaming
    assert [(model.installed, model.languages) for model in handle.models] == [(True, ["en", "nl"])]
    assert (said.asr, said.tts, said.wake, said.intent, said.mic, said.snd, said.satellite) == (
        [],
        [],
        [],
        [],
        [],
        [],
        None,
    )


def test_it_takes_sound_only_where_something_hears() -> None:
    (asr,) = read(hears=True).asr
    assert (asr.supports_transcript_streaming, asr.requires_external_vad) == (False, True)
    assert [model.languages for model in asr.models] == [["en", "nl"]]
    assert read(hears=True, partials=True).asr[0].supports_transcript_streaming
